"""What may people write into an article, and say about it?"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from deliveries.models import ChannelKind, FailureCategory, Provider
from knowledgebase.articles import TITLE_MAX, About, Draft
from knowledgebase.models import (
    ASKED_MAX,
    COMMENT_MAX,
    NOTE_MAX,
    Audience,
    FeedbackKind,
    Locale,
    StaleReason,
)

BODY_MAX = 50_000  # characters


# Generic for the type checker alone: Django's class takes no parameter when run.
if TYPE_CHECKING:
    StockField = forms.ModelMultipleChoiceField[FailureCategory]
    PersonField = forms.ModelChoiceField[User]
else:
    StockField = forms.ModelMultipleChoiceField
    PersonField = forms.ModelChoiceField


class CategoriesField(StockField):
    """Causes by their name in the reader's language."""

    def label_from_instance(self, obj: FailureCategory) -> str:
        """The plain words for the cause."""
        return obj.name


class OwnerField(PersonField):
    """People by their name."""

    def label_from_instance(self, obj: User) -> str:
        """First and last name, or else the user name."""
        return obj.get_full_name() or obj.username


class ArticleForm(forms.Form):
    """The words of an article in one language, and what it is about.

    ``base`` is the number of the text that was edited, ``follows`` that of the source
    language, ``seen`` the article's version; all come back as they were given out.
    """

    locale = forms.ChoiceField(label=_("Language"), choices=Locale.choices)
    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_MAX,
        widget=forms.Textarea(attrs={"rows": 22}),
    )
    asked_as = forms.CharField(
        label=_("What do people type who need it?"),
        required=False,
        max_length=ASKED_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line, in their words. It is searched, and not shown."),
    )
    categories = CategoriesField(
        label=_("About these causes"),
        queryset=FailureCategory.objects.filter(deprecated_at=None),
        widget=forms.SelectMultiple(attrs={"size": 8}),
        error_messages={"required": _("An article is about at least one cause.")},
    )
    audience = forms.ChoiceField(
        label=_("Readers"), choices=Audience.choices, required=False
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=ChannelKind.choices,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("None chosen: it holds for every channel."),
    )
    providers = forms.ModelMultipleChoiceField(
        label=_("Providers"),
        queryset=Provider.objects.order_by("name"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=_("None chosen: it holds for every provider."),
    )
    owner = OwnerField(
        label=_("Owner"),
        queryset=User.objects.filter(is_active=True).order_by("first_name", "username"),
        required=False,
        empty_label=_("Nobody"),
    )
    review_by = forms.DateField(
        label=_("Review by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: half a year after it is published."),
    )
    base = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    follows = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def words(self) -> Draft:
        """What was written."""
        cleaned = self.cleaned_data
        return Draft(
            cleaned["title"],
            cleaned["body"],
            cleaned["locale"],
            asked_as=cleaned["asked_as"] if "asked_as" in self.data else None,
        )

    def about(self, before: About) -> About:
        """What is said of the article; what was not asked stays as it was."""
        cleaned: dict[str, Any] = self.cleaned_data
        if "audience" not in self.data:
            return About(
                list(cleaned["categories"]),
                before.audience,
                before.channels,
                before.providers,
                before.owner_id,
                before.review_by,
            )
        owner = cleaned["owner"]
        return About(
            categories=list(cleaned["categories"]),
            audience=cleaned["audience"] or before.audience,
            channels=tuple(cleaned["channels"]),
            providers=list(cleaned["providers"]),
            owner_id=owner.pk if owner else None,
            review_by=cleaned["review_by"],
        )


class FeedbackForm(forms.Form):
    """What a reader says about the text that they read."""

    kind = forms.ChoiceField(label=_("What do you say?"), choices=FeedbackKind.choices)
    comment = forms.CharField(
        label=_("Words for the editor"),
        required=False,
        max_length=COMMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StepForm(forms.Form):
    """One step with one language: which, about which text, with which words."""

    step = forms.CharField(max_length=20)
    language = forms.ChoiceField(choices=Locale.choices)
    seen = forms.IntegerField(min_value=1, max_value=10**6)
    note = forms.CharField(
        required=False,
        max_length=NOTE_MAX,
        label=pgettext_lazy("a step", "Words"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = forms.ChoiceField(
        required=False,
        choices=[
            (each.value, each.label)
            for each in (StaleReason.WRONG, StaleReason.SOURCE_MOVED)
        ],
        label=_("Why"),
    )
    publish_at = forms.DateTimeField(
        required=False,
        label=_("Publish at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Empty: at once."),
    )
