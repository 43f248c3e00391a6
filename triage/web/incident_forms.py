"""What is chosen about an incident: how long it is quiet, and where it goes?"""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from triage.incidents import Mute
from triage.tickets import Invalid

UNTIL: list[tuple[str, Any]] = [
    ("worse", _("Until it gets worse")),
    ("1h", _("For 1 hour")),
    ("4h", _("For 4 hours")),
    ("12h", _("For 12 hours")),
    ("24h", _("For 24 hours")),
    ("10", _("Until 10 more reports")),
    ("100", _("Until 100 more reports")),
    ("1000", _("Until 1,000 more reports")),
]


class MuteForm(forms.Form):
    """How long an incident stays quiet."""

    until = forms.ChoiceField(
        label=_("How long"),
        choices=UNTIL,
        help_text=_(
            "It always ends when twice as many reports come within an hour as now. "
            "Counting goes on."
        ),
    )

    @property
    def how(self) -> Mute:
        """What was chosen."""
        text: str = self.cleaned_data["until"]
        if text == "worse":
            return Mute()
        if text.endswith("h"):
            hours = timedelta(hours=int(text.removesuffix("h")))
            return Mute(until=timezone.now() + hours)
        return Mute(more=int(text))


NUMBER_MOST = 18  # digits


def ticket_number(text: str) -> int:
    """Read the number of a ticket as people type it; raises :class:`Invalid`."""
    digits = text.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= NUMBER_MOST):
        raise Invalid("into", gettext("Type the number of a ticket."))
    return int(digits)


class IntoForm(forms.Form):
    """Where an incident or a ticket goes: the number of the other."""

    into = forms.CharField(max_length=20)

    def __init__(self, *args: Any, words: str, **kwargs: Any) -> None:
        """``words`` is the label."""
        super().__init__(*args, **kwargs)
        self.fields["into"].label = words
        self.fields["into"].widget.attrs["inputmode"] = "numeric"
