"""What may a person ask for when they plan a bulk resend?"""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.models import (
    CANARY,
    MOST_RATE,
    MOST_STEP,
    RAMP,
    RATE_PER_S,
    ChannelKind,
)
from deliveries.retry import Remedy
from triage.resending import Pace, Query
from triage.web.forms import category_choices
from triage.web.moments import MomentInput, with_zone

REMEDIES: dict[str, Any] = {
    "": gettext_lazy("Nothing: only what is safe to send again"),
    Remedy.WAITED: gettext_lazy("Waited: long enough for the cause to pass"),
    Remedy.OTHER_ROUTE: gettext_lazy("Other route: over another provider"),
    Remedy.CONFIG_FIXED: gettext_lazy("Configuration mended"),
    Remedy.SUPPRESSION_LIFTED: gettext_lazy("Suppression lifted"),
    Remedy.CONSENT_RENEWED: gettext_lazy("Consent renewed"),
    Remedy.HUMAN_JUDGEMENT: gettext_lazy("I vouch for an unknown cause"),
}
MESSAGES_MOST = 1_000  # named one by one in an address


class Steps(forms.CharField):
    """Sizes of steps, separated by commas."""

    def to_python(self, value: Any) -> Any:
        """Return the sizes as a list."""
        text = str(super().to_python(value)).replace("\uff0c", ",").replace("、", ",")
        sizes = [each.strip() for each in text.split(",") if each.strip()]
        if not all(each.isascii() and each.isdigit() for each in sizes):
            raise forms.ValidationError(_("Write numbers with commas between them."))
        steps = [int(each) for each in sizes if len(each) < 6]
        fits = 0 < len(sizes) <= 20 and len(steps) == len(sizes)
        if not fits or not all(1 <= each <= MOST_STEP for each in steps):
            raise forms.ValidationError(
                _("A step has 1 to %(most)d messages.") % {"most": MOST_STEP}
            )
        return steps


class PlanForm(forms.Form):
    """Which messages, what was done about the cause, and how fast they go."""

    ticket = forms.IntegerField(
        label=gettext_lazy("Ticket"), min_value=1, max_value=10**12, required=False
    )
    group = forms.IntegerField(
        label=gettext_lazy("Incident"), min_value=1, max_value=10**12, required=False
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[("", gettext_lazy("Every channel")), *ChannelKind.choices],
        required=False,
    )
    provider = forms.CharField(
        label=gettext_lazy("Provider"), max_length=64, required=False
    )
    region = forms.CharField(
        label=gettext_lazy("Region"), max_length=32, required=False
    )
    category = forms.ChoiceField(label=gettext_lazy("Cause"), required=False)
    since = forms.DateTimeField(
        label=with_zone(gettext_lazy("Reported since (%(zone)s)")),
        required=False,
        widget=MomentInput,
    )
    until = forms.DateTimeField(
        label=with_zone(gettext_lazy("Reported before (%(zone)s)")),
        required=False,
        widget=MomentInput,
    )
    selection = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    remedy = forms.ChoiceField(
        label=gettext_lazy("What was done about the cause?"),
        choices=list(REMEDIES.items()),
        required=False,
        help_text=gettext_lazy("It is checked for every message, never believed."),
    )
    with_unclear = forms.BooleanField(
        label=gettext_lazy("Also send what may have arrived already"),
        required=False,
        help_text=gettext_lazy("Needs a second person."),
    )
    new_region = forms.CharField(
        label=gettext_lazy("Another region"),
        max_length=32,
        required=False,
        help_text=gettext_lazy("Sends over the routes of that region."),
    )
    new_expires_at = forms.DateTimeField(
        label=with_zone(gettext_lazy("Another end of its time (%(zone)s)")),
        required=False,
        widget=MomentInput,
    )
    canary_size = forms.IntegerField(
        label=gettext_lazy("Canary"),
        min_value=1,
        max_value=MOST_STEP,
        initial=CANARY,
        help_text=gettext_lazy("Messages that go first."),
    )
    ramp = Steps(
        label=gettext_lazy("Ramp"),
        max_length=100,
        initial=", ".join(map(str, RAMP)),
        help_text=gettext_lazy("Messages of each step; the last one repeats."),
    )
    rate_per_s = forms.FloatField(
        label=gettext_lazy("At most, a second"),
        min_value=0.01,
        max_value=MOST_RATE,
        initial=RATE_PER_S,
    )

    def __init__(self, *args: Any, messages: tuple[str, ...] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.messages = messages
        field = self.fields["category"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Every cause")), *category_choices()]

    def clean_new_expires_at(self) -> datetime | None:
        """An end of time lies ahead."""
        at: datetime | None = self.cleaned_data["new_expires_at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("Choose a time that lies ahead."))
        return at

    @property
    def query(self) -> Query:
        """Which messages are meant."""
        data = self.cleaned_data
        return Query(
            ticket=data["ticket"],
            group=data["group"],
            channel=data["channel"],
            provider=data["provider"],
            region=data["region"],
            category=data["category"],
            since=data["since"],
            until=data["until"],
            messages=self.messages,
            selection=data["selection"],
        )

    @property
    def pace(self) -> Pace:
        """How they are sent."""
        data = self.cleaned_data
        at: datetime | None = data["new_expires_at"]
        patch = {"region": data["new_region"], "expires_at": at and at.isoformat()}
        return Pace(
            remedy=data["remedy"],
            patch={name: value for name, value in patch.items() if value},
            with_unclear=data["with_unclear"],
            canary_size=data["canary_size"],
            ramp=data["ramp"],
            rate_per_s=data["rate_per_s"],
        )
