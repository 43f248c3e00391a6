"""How is the state of the service said to everybody?"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deliveries.models import ChannelKind
from knowledgebase.models import FeedbackKind
from triage.service_status import Line, Trouble

SAYINGS: dict[str, str | Promise] = {
    Trouble.INTERRUPTED: _("Interrupted. What waits is sent when it works again."),
    Trouble.FAILING: _("Many messages do not arrive, or arrive late. We are on it."),
    Trouble.DETOUR: _("Messages take another way and may be late."),
}


def status_in_words(lines: list[Line]) -> list[dict[str, Any]]:
    """Say what is wrong with each channel, since when and over whom."""
    return [
        {
            "channel": str(ChannelKind(line.channel).label),
            "tone": "stop" if line.trouble == Trouble.INTERRUPTED else "warn",
            "text": SAYINGS[line.trouble],
            "since": line.since,
            "providers": line.providers,
        }
        for line in lines
    ]


# What is answered to a reader who said whether a text helped.
SAID: dict[str, str | Promise] = {
    FeedbackKind.HELPED: _("Thank you. Good to know that it helped."),
    FeedbackKind.DID_NOT: _("Thank you. Whoever looks after this text reads it."),
}
