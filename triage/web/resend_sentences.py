"""In which words does a ticket say what happened to a bulk resend of its messages?"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.actor import Actor
from deliveries.models import Fault, ResendOperation
from triage.models import EventKind, TicketEvent

STEPS = {
    "planned": gettext_lazy("%(who)s planned to send it again, in resend %(number)s."),
    "approved": gettext_lazy("%(who)s agreed to resend %(number)s."),
    "started": gettext_lazy("%(who)s started resend %(number)s."),
    "paused": gettext_lazy("%(who)s paused resend %(number)s."),
    "resumed": gettext_lazy("%(who)s resumed resend %(number)s."),
    "aborted": gettext_lazy("Resend %(number)s stopped by its rule."),
    "cancelled": gettext_lazy("%(who)s cancelled resend %(number)s."),
    "refused": gettext_lazy("%(who)s did not agree to resend %(number)s: “%(reason)s”"),
    "completed": gettext_lazy("Resend %(number)s is completed."),
}
FAULTS = dict(Fault.choices)


def of_step(change: Mapping[str, Any], who: str) -> str:
    """Say in a sentence what a step was, and why the machine took it."""
    said = {
        "who": who,
        "number": change.get("resend", ""),
        "reason": change.get("reason", ""),
    }
    step = STEPS.get(str(change.get("did")))
    text = str(step) % said if step else _("Resend %(number)s went on.") % said
    fault = FAULTS.get(str(change.get("fault")))
    if not fault:
        return text
    return _("%(text)s %(reason)s") % {"text": text, "reason": fault}


def linked(
    events: Iterable[TicketEvent], actor: Actor
) -> "QuerySet[ResendOperation, int]":
    """Ask which of the bulk resends that a timeline names the actor sees."""
    numbers = {
        event.change.get("resend") for event in events if event.kind == EventKind.RESEND
    }
    rows = ResendOperation.objects.visible_to(actor).filter(number__in=numbers - {None})
    return rows.values_list("number", flat=True)


def links(numbers: Iterable[int]) -> dict[int, str]:
    """Return the addresses of bulk resends by their number."""
    return {number: reverse("resend", args=[number]) for number in numbers}
