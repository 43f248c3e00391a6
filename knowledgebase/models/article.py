"""What do we know about a failure, for whom, and who looks after it?"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from deliveries.models import ChannelKind, FailureCategory, Provider, known
from knowledgebase.models.translation import ArticleTranslation
from knowledgebase.models.version import ArticleVersion
from knowledgebase.models.vocabulary import Audience, Locale, TranslationState


class ArticleQuerySet(models.QuerySet["Article"]):
    """Articles."""

    def visible_to(self, actor: Actor) -> "ArticleQuerySet":
        """All for staff; for anybody else what is published for them."""
        if actor.may("article.read_internal"):
            return self
        published = ArticleTranslation.objects.for_readers().values("article")
        return self.exclude(audience=Audience.INTERNAL).filter(pk__in=published)

    def about(self, category_id: int) -> "ArticleQuerySet":
        """Articles linked to a category, the newest first."""
        return self.filter(categories=category_id).distinct().order_by("-id")

    def in_use(self) -> "ArticleQuerySet":
        """All but those that are archived in every language."""
        live = ArticleTranslation.objects.exclude(state=TranslationState.ARCHIVED)
        return self.filter(pk__in=live.values("article"))

    def with_versions_for_list(self) -> "ArticleQuerySet":
        """Everything a list of articles shows, in a fixed number of queries."""
        rows = self.select_related("owner").prefetch_related("categories")
        return rows.with_versions()

    def with_versions(self) -> "ArticleQuerySet":
        """The texts in each language, in one more query."""
        texts = ArticleTranslation.objects.select_related(
            "current_version__source_version", "published_version__source_version"
        )
        return self.prefetch_related(
            models.Prefetch("translations", texts.order_by("locale"))
        )


class Article(models.Model):
    """The unit that a resolution cites.

    No channel or provider means: it holds for every one. ``version`` rises with each
    change of what is said here; the texts have versions of their own.
    """

    slug = models.SlugField(_("slug"), max_length=120)
    audience = models.CharField(
        _("audience"),
        max_length=10,
        choices=Audience.choices,
        default=Audience.INTERNAL,
    )
    categories = models.ManyToManyField(
        FailureCategory, related_name="articles", verbose_name=_("categories")
    )
    channels = ArrayField(
        models.CharField(max_length=10, choices=ChannelKind.choices),
        verbose_name=_("channels"),
        default=list,
        blank=True,
    )
    providers = models.ManyToManyField(
        Provider, related_name="articles", blank=True, verbose_name=_("providers")
    )
    source_locale = models.CharField(
        _("source language"),
        max_length=10,
        choices=Locale.choices,
        default=Locale.EN,
        help_text=_("The language in which it is written first."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    review_by = models.DateField(_("review by"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="article_slug"),
            known("audience", Audience, "article_audience_known"),
            known("source_locale", Locale, "article_source_locale_known"),
            models.CheckConstraint(
                condition=Q(channels__contained_by=ChannelKind.values),
                name="article_channels_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["review_by"],
                name="article_review_by",
                condition=Q(review_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        version = self.shown_version()
        return version.title if version else self.slug

    def translation_in(self, locale: str | None) -> ArticleTranslation | None:
        """The article in one language, if it is written in it."""
        rows: list[ArticleTranslation] = list(self.translations.all())
        return next((each for each in rows if each.locale == locale), None)

    def current_version(self, locale: str | None = None) -> ArticleVersion | None:
        """The newest text, published or not, in ``locale`` or else in any language."""
        for translation in self._preferred(locale):
            if translation.current_version is not None:
                return translation.current_version
        return None

    def readable_version(self, locale: str | None = None) -> ArticleVersion | None:
        """The published text for a reader of ``locale``: theirs, else any there is."""
        for translation in self._preferred(locale):
            if translation.is_readable:
                return translation.published_version
        return None

    def shown_version(self, locale: str | None = None) -> ArticleVersion | None:
        """The text that staff see: what readers get, else the draft of what comes."""
        return self.readable_version(locale) or self.current_version(locale)

    def _preferred(self, locale: str | None) -> list[ArticleTranslation]:
        wanted = (locale or get_language() or Locale.EN).lower()
        rows = list(self.translations.all())
        rows.sort(key=lambda each: (each.locale != wanted, each.locale))
        return rows

    @property
    def is_published(self) -> bool:
        """Whether there is a text for readers, in any language."""
        return any(each.is_readable for each in self.translations.all())

    def is_outdated(self, translation: ArticleTranslation) -> bool:
        """Whether the source language was published anew since this one followed it."""
        version = translation.published_version or translation.current_version
        if translation.locale == self.source_locale or version is None:
            return False
        source = self.translation_in(self.source_locale)
        newest = source.published_version if source else None
        followed = version.source_version
        if newest is None or translation.state == TranslationState.ARCHIVED:
            return False
        return followed is None or followed.number < newest.number
