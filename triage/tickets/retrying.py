"""May a person send a failed message again, now?

A safe cause may be sent again at once; any other needs a remedy first. The gate has
the last word, here and once more right before the send.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries import gate, retry, routing, sending
from deliveries.actor import Actor
from deliveries.models import AttemptCause, Message
from triage import timeline
from triage.models import EventKind, Ticket, TicketState
from triage.tickets.locking import decide, locked
from triage.tickets.refusals import Invalid


def refusal(ticket: Ticket, message: Message | None, now: datetime) -> str:
    """Say in words why the message may not be sent again; empty if it may."""
    if message is None:
        return _("No message is known for these reports.")
    category = ticket.group.category
    answer = retry.may_resend(
        category.retry_class, category.repair_policy, by_person=True
    )
    if not answer.allowed:
        if answer.code is retry.ResendCode.NEEDS_REMEDY:
            return _("This cause needs a remedy before the message is sent again.")
        return _("The same message would be refused again: the cause must go first.")
    if routing.next_route(message) is None:
        return _("No route is set up for this channel and region.")
    verdict = gate.check(message, now=now)
    if not verdict.allowed:
        return in_words(verdict.codes)
    return ""


def in_words(codes: tuple[str, ...]) -> str:
    """Say in words what the gate found, the weightiest first."""
    words = {
        "expired": _("The message has expired."),
        "superseded": _("A newer message has taken its place."),
        "suppressed": _("This address is suppressed."),
        "outstanding": _("A retry of this message is planned already."),
        "already_delivered": _("The message has been delivered."),
        "cancelled": _("The message was cancelled."),
    }
    known = [words[code] for code in codes if code in words]
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
        ticket = locked(number, actor, "resend.run", version)
        reports = ticket.reports.filter(message__public_id=message_public_id)
        report = reports.select_related("message__address", "message__provider").first()
        message = report.message if report else None
        reason = refusal(ticket, message, now)
        if message is None or reason:
            raise Invalid("message", reason)
        route = routing.next_route(message)
        if route is None:
            raise Invalid("message", _("No route is set up for this channel."))
        try:
            attempt = sending.plan(
                message, route=route, cause=AttemptCause.AGENT, at=now
            )
        except (sending.Outstanding, sending.NotSendable) as error:
            raise Invalid("message", _("The message may not be sent now.")) from error
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
    return ticket
