"""What may people write into an article?"""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from deliveries.models import FailureCategory
from knowledgebase.articles import TITLE_MAX
from knowledgebase.models import Locale

BODY_MAX = 50_000  # characters


# Generic for the type checker alone: Django's class takes no parameter when run.
if TYPE_CHECKING:
    StockField = forms.ModelMultipleChoiceField[FailureCategory]
else:
    StockField = forms.ModelMultipleChoiceField


class CategoriesField(StockField):
    """Causes by their name in the reader's language."""

    def label_from_instance(self, obj: FailureCategory) -> str:
        """The plain words for the cause."""
        return obj.name


class ArticleForm(forms.Form):
    """The words of an article in one language, and the causes it is about."""

    locale = forms.ChoiceField(label=_("Language"), choices=Locale.choices)
    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_MAX,
        widget=forms.Textarea(attrs={"rows": 18}),
    )
    categories = CategoriesField(
        label=_("About these causes"),
        queryset=FailureCategory.objects.filter(deprecated_at=None),
        widget=forms.SelectMultiple(attrs={"size": 8}),
        error_messages={"required": _("An article is about at least one cause.")},
    )
