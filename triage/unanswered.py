"""Is a reporter asked whether the message arrived, and what have they said of it?"""

from django.db.models import QuerySet

from deliveries.models import MessageState
from triage.models import (
    REPORT_LIVE,
    EventKind,
    FailureReport,
    TicketEvent,
)


def is_answer_wanted(report: FailureReport) -> bool:
    """Say whether only the reporter can tell by now if the message arrived.

    So it is once evidence stayed out, until the reporter has said something.
    """
    message = report.message
    if message is None or message.state != MessageState.UNKNOWN:
        return False
    if report.state not in REPORT_LIVE or report.ticket_id is None:
        return False
    return not said_of(report).exclude(change__outcome="reopened").exists()


def said_of(report: FailureReport) -> QuerySet[TicketEvent]:
    """Return what the timeline holds of the reporter's own words about a report."""
    return TicketEvent.objects.filter(
        ticket=report.ticket_id or 0,
        kind=EventKind.ANSWERED,
        change__report=report.public_id,
    )
