"""What becomes of reports and their tickets once a delivery is proven or given up?"""

from collections.abc import Sequence
from datetime import datetime

from deliveries.models import DeliveryAttempt, Message, MessageState
from triage import (
    grouping,
    judging,
    notices,
    resolution,
    tickets,
    timeline,
    webhooks,
)
from triage.access import MACHINE
from triage.models import (
    HAS_RESOLUTION,
    REPORT_LIVE,
    EventKind,
    FailureReport,
    ReportState,
    Ticket,
    TicketState,
    WebhookKind,
)

UNDER_WAY = (MessageState.RETRY_WAIT, MessageState.SENDING, MessageState.ACCEPTED)


def verify(reports: list[FailureReport], now: datetime) -> None:
    """Let evidence close reports, count their people as served, settle tickets."""
    ids = [report.pk for report in reports]
    repairing = [r.pk for r in reports if r.state == ReportState.REPAIRING]
    FailureReport.objects.move(repairing, ReportState.RESOLVED)
    FailureReport.objects.move(ids, ReportState.VERIFIED, due_at=None)
    told = [r.pk for r in reports if r.state != ReportState.RECEIVED]
    webhooks.emit_reports(WebhookKind.REPORT_VERIFIED, told)
    grouping.serve(reports, now)
    for ticket in _locked_tickets(reports):
        resolution.settle(ticket, now)
        if ticket.state == TicketState.IN_REPAIR and not _is_mending(ticket):
            tickets.decide(ticket, state=TicketState.OPEN)
            timeline.add(ticket, EventKind.REPAIR_ENDED, MACHINE, {"proven": True})
    judging.judge_groups([each.group_id for each in reports if each.group_id], now)


def _is_mending(ticket: Ticket) -> bool:
    messages = Message.objects.filter(pk__in=ticket.reports.values("message"))
    return messages.filter(state__in=UNDER_WAY).exists()


def to_people(
    reports: list[FailureReport],
    kind: EventKind,
    change: dict[str, object],
    now: datetime,
) -> None:
    """Hand reports to people; a ticket that was waiting for a repair is open again.

    Silence takes up no solved ticket: it proves nothing, not even a failure.
    """
    told, left = set(), set()
    for ticket in _locked_tickets(reports):
        if ticket.state == TicketState.IN_REPAIR:
            tickets.decide(ticket, state=TicketState.OPEN)
        if ticket.state in HAS_RESOLUTION and "silent" in change:
            left.add(ticket.pk)
        timeline.add(ticket, kind, MACHINE, change)
        told.add(ticket.pk)
    idle = [
        report
        for report in reports
        if report.state in (ReportState.REPAIRING, ReportState.RESOLVED)
        and report.ticket_id not in left
    ]
    for ticket in tickets.open_or_join(idle, now):
        if ticket.pk not in told:
            timeline.add(ticket, kind, MACHINE, change)


def ask_reporters(message: Message) -> None:
    """Tell source and reporters that only they can say now whether it arrived."""
    if message.state != MessageState.UNKNOWN:
        return
    rows = FailureReport.objects.filter(message=message, state__in=REPORT_LIVE)
    ids = rows.exclude(ticket=None).order_by("pk").values_list("pk", flat=True)
    webhooks.emit_reports(WebhookKind.REPORT_ANSWER_WANTED, list(ids))
    notices.ask(message)


def settled(reports: Sequence[FailureReport], attempt: DeliveryAttempt) -> None:
    """Tell the tickets, once, who settled a try that had ended without an answer."""
    change = {
        "message": attempt.message.public_id,
        "attempt": attempt.n,
        "outcome": attempt.outcome,
        "by": attempt.settled_by,
    }
    for ticket in _locked_tickets(reports):
        known = ticket.events.filter(kind=EventKind.SETTLED, change__contains=change)
        if not known.exists():
            timeline.add(ticket, EventKind.SETTLED, MACHINE, change)


def _locked_tickets(reports: Sequence[FailureReport]) -> list[Ticket]:
    ids = {report.ticket_id for report in reports if report.ticket_id is not None}
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("group__category", "queue")
    return list(rows.filter(pk__in=ids).order_by("pk"))
