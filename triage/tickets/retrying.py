"""May a person send a failed message again, now?

A safe cause may be sent again at once; any other needs a remedy first. The gate has
the last word, here and once more right before the send.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from deliveries import gate, retry, routing, sending, together
from deliveries.actor import Actor
from deliveries.models import (
    AttemptCause,
    DeliveryAttempt,
    Message,
    MessageState,
    ResendItem,
    Route,
)
from triage import timeline
from triage.models import UNSOLVED, EventKind, SlaClock, Ticket, TicketState
from triage.tickets.locking import decide, locked_with_reports
from triage.tickets.refusals import Invalid

ON_ITS_WAY = (MessageState.SENDING, MessageState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message that somebody may want sent again.

    ``asked_at`` is when its provider is asked about an open try; None if it is not.
    """

    held: ResendItem | None
    has_route: bool
    asked_at: datetime | None
    verdict: gate.Verdict


class Inquiry:
    """What has to be asked for a :class:`Standing`, beside what else is asked."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self._held = together.first(_items(message))
        self._routes = Route.objects.usable(message.channel, message.region)[:1]
        self._asked = sending.pending(message)
        running = message.attempts.filter(outcome__in=gate.RUNNING)
        self._running = running.order_by("n").values_list("pk", flat=True)[:1]

    @property
    def rows(self) -> tuple[QuerySet[Any], ...]:
        """The questions, for :func:`deliveries.together.fetch`."""
        return self._held, self._routes, self._asked, self._running

    def answer(self, now: datetime) -> Standing:
        """Say how the message stands at ``now``."""
        held = next(iter(self._held), None)
        outstanding = bool(self._running) or held is not None
        return Standing(
            held=held,
            has_route=bool(self._routes),
            asked_at=next(iter(self._asked), None),
            verdict=gate.check(self.message, now=now, outstanding=outstanding),
        )


def _standing(message: Message, now: datetime) -> Standing:
    inquiry = Inquiry(message)
    together.fetch(*inquiry.rows)
    return inquiry.answer(now)


def refusal(
    ticket: Ticket,
    message: Message | None,
    now: datetime,
    standing: Standing | None = None,
) -> str:
    """Say in words why the message may not be sent again; empty if it may.

    ``standing`` is that of the message, where it is known already.
    """
    if ticket.state not in UNSOLVED:
        return _("The ticket is solved. Reopen it first.")
    if message is None:
        return _("No message is known for these reports.")
    known = standing or _standing(message, now)
    if known.held is not None:
        return of_holding(known.held)
    category = ticket.group.category
    answer = retry.may_resend(
        category.retry_class, category.repair_policy, by_person=True
    )
    if not answer.allowed:
        if answer.code is retry.ResendCode.NEEDS_REMEDY:
            return _("This cause needs a remedy before the message is sent again.")
        return _("The same message would be refused again: the cause must go first.")
    if not known.has_route:
        return _("No route is set up for this channel and region.")
    if not known.verdict.allowed and known.verdict.wait_until is None:
        return in_words(known.verdict.codes)
    if known.asked_at is not None:
        return _("The provider is asked first whether it has the message already.")
    return _of_open_end(message.state)


def _of_open_end(state: str) -> str:
    """Say in words that a second copy might be sent of what has arrived."""
    if state == MessageState.UNKNOWN:
        return _("Nobody knows whether it arrived. That has to be settled first.")
    if state in ON_ITS_WAY:
        return _("The provider has it already; what became of it is not known yet.")
    return ""


def _items(message: Message) -> QuerySet[ResendItem]:
    """Ask for the item of the bulk resend that holds a message."""
    items = ResendItem.objects.filter(message=message, state__in=gate.HOLDING)
    return items.select_related("operation__created_by")


def of_holding(item: ResendItem) -> str:
    """Say who has planned a resend of a message already, when, and in which one."""
    operation = item.operation
    who = operation.created_by
    shape = pgettext("date format, day and time", "j M H:i")
    return _(
        "%(who)s already planned a resend of this message at %(at)s: resend %(number)d."
    ) % {
        "who": who.get_full_name() or who.get_username(),
        "at": date_format(timezone.localtime(operation.created_at), shape),
        "number": operation.number,
    }


def in_words(codes: tuple[str, ...]) -> str:
    """Say in words what the gate found, the weightiest first."""
    labels = dict(gate.GateCode.choices)
    known = [str(labels[code]) for code in codes if code in labels]
    return known[0] if known else _("The message may not be sent now.")


def retry_now(
    number: int,
    actor: Actor,
    *,
    message_public_id: str,
    now: datetime,
    version: int | None = None,
) -> Ticket:
    """Plan one try for one message of the ticket, due at once.

    Raises :class:`Invalid` with the reason when it may not be sent.
    """
    with transaction.atomic():
        ticket = locked_with_reports(number, actor, "resend.run", version)
        reports = ticket.reports.filter(message__public_id=message_public_id)
        report = reports.select_related("message__address", "message__provider").first()
        message = report.message if report else None
        reason = refusal(ticket, message, now)
        if message is None or reason:
            raise Invalid("message", reason)
        attempt = _plan(message, now)
        changes: dict[str, object] = {}
        if ticket.state in (TicketState.NEW, TicketState.OPEN, TicketState.WAITING):
            changes = {"state": TicketState.IN_REPAIR, "waiting_on": ""}
        if ticket.assignee_id is None:
            changes["assignee_id"] = actor.person_id
        decide(ticket, **changes)
        timeline.add(
            ticket,
            EventKind.RETRIED,
            actor,
            {"message": message.public_id, "attempt": attempt.n},
        )
        SlaClock.objects.answered([ticket], now)
    return ticket


def _plan(message: Message, now: datetime) -> DeliveryAttempt:
    route = routing.next_route(message, now=now)
    try:
        if route is not None:
            return sending.plan(message, route=route, cause=AttemptCause.AGENT, at=now)
    except (sending.Outstanding, sending.NotSendable) as error:
        raise Invalid("message", str(error)) from error
    raise Invalid("message", _("No route is set up for this channel and region."))
