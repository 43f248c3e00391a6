"""What may the owner of an endpoint say about it?"""

from django import forms
from django.utils.translation import gettext_lazy

from deliveries.models import Source
from triage.models import EndpointState, WebhookKind
from triage.models.webhook import LONGEST_DESCRIPTION, LONGEST_URL


class ChangeForm(forms.Form):
    """What is to be different about an endpoint."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=WebhookKind.choices,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=LONGEST_DESCRIPTION,
        required=False,
    )


class EndpointForm(ChangeForm):
    """A new endpoint."""

    source = forms.ModelChoiceField(Source.objects.none(), label=gettext_lazy("Source"))
    field_order = ("source", "url", "events", "description")


class StateForm(forms.Form):
    """Whether an endpoint is to be called."""

    state = forms.ChoiceField(choices=EndpointState.choices)
