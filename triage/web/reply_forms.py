"""What may an agent type for the reporters of a ticket?"""

from django import forms
from django.utils.translation import gettext_lazy

from triage import replies as use_cases


class ReplyForm(forms.Form):
    """An answer in one language or in both."""

    text_en = forms.CharField(
        label=gettext_lazy("In English"),
        max_length=use_cases.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}),
    )
    text_zh_hans = forms.CharField(
        label=gettext_lazy("In Chinese"),
        max_length=use_cases.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "zh-Hans"}),
    )

    @property
    def texts(self) -> dict[str, str]:
        """What was typed, by language."""
        return {
            locale: self.cleaned_data[use_cases.field_of(locale)]
            for locale in use_cases.LOCALES
        }
