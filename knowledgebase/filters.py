"""By what can articles be narrowed?"""

from datetime import timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deliveries.models import ChannelKind, FailureCategory, Provider
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    Audience,
    Locale,
    TranslationState,
)

REVIEW_SOON = timedelta(days=14)


class _People(django_filters.ModelChoiceFilter):
    """Owners by their names."""

    def __init__(self, **settings: Any) -> None:
        owners = Article.objects.exclude(owner=None).values("owner")
        people = User.objects.filter(pk__in=owners).order_by("first_name", "username")
        super().__init__(queryset=people, **settings)

    @property
    def field(self) -> Any:
        """The choices by name."""
        made = super().field
        made.label_from_instance = lambda person: person.get_full_name() or str(person)
        return made


class ArticleFilter(django_filters.FilterSet):
    """Articles by what they are about, where they stand, and words in them.

    State and language hold of one translation: what is a draft in Chinese.
    """

    category = django_filters.ModelChoiceFilter(
        label=_("Cause"),
        queryset=FailureCategory.objects.all(),
        field_name="categories",
        to_field_name="slug",
        widget=forms.HiddenInput,
    )
    q = django_filters.CharFilter(
        label=_("Words"), method="by_words", max_length=200, widget=forms.HiddenInput
    )
    audience = django_filters.ChoiceFilter(
        label=_("Readers"), choices=Audience.choices, empty_label=_("All readers")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=TranslationState.choices,
        method="by_translation",
        empty_label=_("Every state"),
    )
    language = django_filters.ChoiceFilter(
        label=_("Language"),
        choices=Locale.choices,
        method="by_translation",
        empty_label=_("Every language"),
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"),
        choices=ChannelKind.choices,
        method="by_channel",
        empty_label=_("Every channel"),
    )
    provider = django_filters.ModelChoiceFilter(
        label=_("Provider"),
        queryset=Provider.objects.order_by("name"),
        method="by_provider",
        to_field_name="slug",
        empty_label=_("Every provider"),
    )
    owner = _People(label=_("Owner"), empty_label=_("Every owner"))
    attention = django_filters.ChoiceFilter(
        label=_("Attention"),
        choices=[("outdated", _("Outdated")), ("review", _("Review due"))],
        method="by_attention",
        empty_label=_("All articles"),
    )

    class Meta:
        model = Article
        fields: ClassVar = ["category", "q"]

    def by_words(
        self, rows: QuerySet[Article], name: str, value: str
    ) -> QuerySet[Article]:
        """All of them: by words articles are ranked (``search``), not filtered."""
        return rows

    def by_translation(
        self, rows: QuerySet[Article], name: str, value: str
    ) -> QuerySet[Article]:
        """Articles with one translation that has the state and the language asked."""
        chosen = self.form.cleaned_data
        asked = {"state": chosen["state"], "locale": chosen["language"]}
        wanted = {field: asked[field] for field in asked if asked[field]}
        of_it = ArticleTranslation.objects.filter(article=OuterRef("pk"), **wanted)
        return rows.filter(Exists(of_it))

    def by_channel(
        self, rows: QuerySet[Article], name: str, value: str
    ) -> QuerySet[Article]:
        """Articles about a channel, and those that hold for every one."""
        return rows.filter(Q(channels__contains=[value]) | Q(channels=[]))

    def by_provider(
        self, rows: QuerySet[Article], name: str, value: Provider
    ) -> QuerySet[Article]:
        """Articles about a provider, and those that hold for every one."""
        return rows.filter(Q(providers=value) | Q(providers=None)).distinct()

    def by_attention(
        self, rows: QuerySet[Article], name: str, value: str
    ) -> QuerySet[Article]:
        """Articles in which a language fell behind, or whose review is near or past."""
        if value == "review":
            soon = timezone.localdate() + REVIEW_SOON
            return rows.filter(review_by__lte=soon)
        return rows.filter(Exists(outdated().filter(article=OuterRef("pk"))))


def outdated() -> QuerySet[ArticleTranslation]:
    """Languages whose readers get a text that follows an older one of the source."""
    source = ArticleTranslation.objects.filter(
        article=OuterRef("article"), locale=OuterRef("article__source_locale")
    )
    newest = Subquery(source.values("published_version__number")[:1])
    followed = F("published_version__source_version__number")
    rows: QuerySet[ArticleTranslation] = (
        ArticleTranslation.objects.for_readers()
        .exclude(locale=F("article__source_locale"))
        .annotate(newest=newest)
        .filter(newest__isnull=False)
    )
    behind = Q(published_version__source_version=None) | Q(newest__gt=followed)
    return rows.filter(behind)
