"""What became of a message that is unknown, in the word of somebody who found out?

A word is no proof: it settles the try and opens the way for what comes next, and what
is needed to call the delivery proven stays the same.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries import sending
from deliveries.actor import Actor
from triage import timeline, webhooks
from triage.models import (
    EventKind,
    FailureReport,
    ReportState,
    SlaClock,
    Ticket,
    WebhookKind,
)
from triage.tickets.decisions import staff_text
from triage.tickets.locking import decide, locked_with_reports, still_unsolved
from triage.tickets.refusals import Invalid

OPEN = (ReportState.TICKETED, ReportState.REPAIRING)


def settle(
    number: int,
    actor: Actor,
    *,
    message_public_id: str,
    arrived: bool,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Ticket:
    """Settle a message of the ticket whose outcome is unknown; the reason is shown.

    Raises :class:`Invalid` when it is known by now, and the refusals of
    :func:`triage.tickets.locked_with_reports`.
    """
    if not reason.strip():
        raise Invalid("reason", _("Say how you found out."))
    with transaction.atomic():
        ticket = locked_with_reports(number, actor, "send.settle", version)
        still_unsolved(ticket, "outcome")
        reports = ticket.reports.filter(message__public_id=message_public_id)
        report = reports.select_related("message").first()
        if report is None or report.message is None:
            raise Invalid("outcome", _("No message is known for these reports."))
        try:
            attempt = sending.by_person(report.message.pk, arrived=arrived, now=now)
        except sending.NotOpen as error:
            raise Invalid("outcome", str(error)) from error
        if arrived:
            _resolve(list(reports.filter(state__in=OPEN).values_list("pk", flat=True)))
        decide(ticket)
        change = {
            "message": report.message.public_id,
            "attempt": attempt.n if attempt else None,
            "arrived": arrived,
            "reason": staff_text(reason),
        }
        timeline.add(ticket, EventKind.SETTLED, actor, change)
        SlaClock.objects.answered([ticket], now)
    return ticket


def _resolve(ids: list[int]) -> None:
    FailureReport.objects.move(ids, ReportState.RESOLVED, due_at=None)
    webhooks.emit_reports(WebhookKind.REPORT_RESOLVED, ids)
