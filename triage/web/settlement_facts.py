"""What does the desk know of a message of which nobody knows whether it arrived?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries import together
from deliveries.actor import Actor
from deliveries.channels.catalogue import specs
from deliveries.models import (
    Dedup,
    DeliveryAttempt,
    MessageState,
    Outcome,
    Provider,
)
from deliveries.resend import judging
from triage import access
from triage.models import UNSOLVED, FailureReport, Ticket
from triage.web.forms import SettlementForm
from triage.web.message_rows import MessageRows


def of_ticket(
    ticket: Ticket,
    reports: Sequence[FailureReport],
    actor: Actor,
    form: forms.Form | None,
    known: MessageRows | None = None,
) -> dict[str, Any] | None:
    """Build what ``_settlement.html`` shows of the first message that is unknown.

    ``form`` is a bound one that had faults, ``known`` what was asked already about one
    of the messages. None where nothing is to be settled.
    """
    found = {
        each.message_id: each.message
        for each in reports
        if each.message is not None and each.message.state == MessageState.UNKNOWN
    }
    if not found or ticket.state not in UNSOLVED:
        return None
    message = next(iter(found.values()))
    refused = access.may(actor, "send.settle", ticket)
    url = reverse("ticket_settlement", args=[ticket.number])
    now = timezone.now()
    rows = known if known and known.message == message else MessageRows(message, now)
    together.fetch(*rows.rows)
    attempt = max(rows.attempts, key=lambda each: each.n, default=None)
    return {
        "reference": message.external_id,
        "others": len(found) - 1,
        "attempt": attempt,
        "sent_to": attempt.route if attempt else None,
        "promise": _promise(attempt.route.provider) if attempt else "",
        "asked_at": rows.standing.asked_at,
        "silent": attempt is None or attempt.outcome != Outcome.UNCLEAR,
        "risk": _risk(attempt) if attempt else "",
        "url": f"{url}?message={message.public_id}",
        "form": None
        if isinstance(refused, access.Refused)
        else form or SettlementForm(),
    }


def _promise(provider: Provider) -> str:
    """What the provider does against a second copy, in a sentence."""
    match provider.dedup:
        case Dedup.KEY:
            spec = specs().get(provider.adapter)
            hours = (spec.dedup_window if spec else timedelta()) // timedelta(hours=1)
            return ngettext(
                "It knows the key of a try again for %(hours)d hour.",
                "It knows the key of a try again for %(hours)d hours.",
                hours,
            ) % {"hours": hours}
        case Dedup.LOOKUP:
            return _("It can be asked whether it has a message.")
        case _:
            return _("None: it takes every request as a new message.")


def _risk(attempt: DeliveryAttempt) -> str:
    """How often such an answer turned out to have arrived, if enough are known."""
    if attempt.outcome != Outcome.UNCLEAR:
        return ""
    provider = attempt.route.provider
    code, now = attempt.reply_code, timezone.now()
    past, arrived = judging.past_cases(provider.pk, code, now)
    share = judging.Risk(provider.name, code, past, arrived).share
    if share is None:
        return _("not known: too few such answers have been settled")
    percent = {"percent": round(100 * share), "past": past}
    return _("%(percent)d %% of %(past)d such answers had arrived") % percent
