"""How do tests let a message be sent again, and the work follow?"""

from datetime import timedelta

from django.utils import timezone

from deliveries import sending
from deliveries.channels import Reply
from deliveries.models import (
    EventKind,
    EvidenceLevel,
    FactChange,
    Message,
    MessageState,
    Outcome,
)
from deliveries.sending import recording
from tests.factories import make_address, make_message, make_route
from tests.people import Person
from tests.work import hand_to_people, make_report
from triage import pipeline, repair, tickets
from triage.models import FailureReport, ReportState, Ticket


def under_repair() -> FailureReport:
    """A report whose message the machine is about to send again."""
    make_route()
    return digested(make_message(address=make_address()))


def digested(
    message: Message | None, answer: str = "HTTP 503 Service Unavailable"
) -> FailureReport:
    """A report as the pipeline leaves it."""
    report = make_report(message, state=ReportState.RECEIVED, cause=None, answer=answer)
    FailureReport.objects.filter(pk=report.pk).update(
        due_at=timezone.now() - timedelta(minutes=1)
    )
    pipeline.digest_due(timezone.now())
    return read(report)


def with_a_person(ana: Person, reports: int = 1) -> Ticket:
    """A ticket whose first message Ana has just had sent again."""
    make_route()
    made = [
        make_report(make_message(address=make_address(value=f"https://{n}.example/")))
        for n in range(reports)
    ]
    (ticket,) = hand_to_people(made)
    message = made[0].message
    assert message is not None
    return tickets.retry_now(
        ticket.number,
        ana.actor,
        message_public_id=message.public_id,
        now=timezone.now(),
    )


def read(report: FailureReport) -> FailureReport:
    return FailureReport.objects.select_related("message", "category").get(pk=report.pk)


def message_of(report: FailureReport) -> Message:
    message = report.message
    assert message is not None
    return Message.objects.get(pk=message.pk)


def answer(message: Message, reply: Reply) -> None:
    """Let the planned try happen, with this answer, and follow up."""
    attempt = message.attempts.select_related("route__provider").get(
        outcome=Outcome.PLANNED
    )
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENDING)
    recording.record(attempt, reply, timezone.now())
    follow_up()


def follow_up() -> int:
    FactChange.objects.filter(due_at__isnull=False).update(
        due_at=timezone.now() - timedelta(minutes=1)
    )
    followed = 0
    while some := repair.follow_up_due(timezone.now()):
        followed += some
    return followed


def prove(message: Message) -> None:
    sending.prove(
        message.pk,
        level=EvidenceLevel.DELIVERED,
        kind=EventKind.DELIVERED,
        provider=None,
        dedup_hash=f"receipt-{message.pk}",
        occurred_at=timezone.now(),
        trusted=True,
    )
    follow_up()
