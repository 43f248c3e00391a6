"""What stands for ``{cause}`` in words that are kept for many tickets?

Plain replacement of known names, never a template: what is not known stays as it is,
and what is filled in is not read again.
"""

import re
from collections.abc import Mapping

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from deliveries.actor import Actor
from triage.models import Ticket

NAMES = {
    "ticket": _("number of the ticket"),
    "cause": _("its cause"),
    "tier": _("its tier"),
    "queue": _("its queue"),
    "channel": _("the channel"),
    "provider": _("the provider"),
    "people": _("people unserved"),
    "me": _("your name"),
    "today": _("the date of today"),
}
_NAME = re.compile(r"\{([a-z_]{1,20})\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in place of their names, in one pass over the text."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)


def values_of(ticket: Ticket, actor: Actor) -> dict[str, str]:
    """Return what each name stands for on a ticket, in the reader's language."""
    group = ticket.group
    today = timezone.localdate()
    return {
        "ticket": f"#{ticket.number}",
        "cause": ticket.cause.name,
        "tier": ticket.tier_override or ticket.tier_computed,
        "queue": ticket.queue.title,
        "channel": str(group.get_channel_display()),
        "provider": group.provider,
        "people": str(group.unserved),
        "me": actor.name,
        "today": date_format(today, pgettext("date format, day", "j F Y")),
    }
