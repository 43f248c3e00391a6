"""Does every report go as far as the machine can take it?"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from deliveries.models import (
    ChannelKind,
    DeliveryAttempt,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
    Suppression,
)
from tests.factories import make_address, make_message, make_route
from tests.side_by_side import Other
from tests.work import make_report, make_ticket
from triage import diagnosis, pipeline
from triage.diagnosis.plan import Plan
from triage.models import (
    EventKind,
    FailureGroup,
    FailureReport,
    ReportState,
    Ticket,
    Tier,
)

pytestmark = pytest.mark.django_db

TRY_LATER = "451 4.3.2 Please try again later"
NOBODY_THERE = "550 5.1.1 User unknown"
WHATEVER = "wibble wobble"


def overdue() -> datetime:
    """A due time before the test's own transaction began."""
    return timezone.now() - timedelta(minutes=1)


def file(
    message: Message | None = None, answer: str = TRY_LATER, **fields: Any
) -> FailureReport:
    """A report that was just received and is due."""
    report = make_report(
        message, answer=answer, state=ReportState.RECEIVED, cause=None, **fields
    )
    FailureReport.objects.filter(pk=report.pk).update(due_at=overdue())
    return report


def digest(now: datetime | None = None) -> int:
    return pipeline.digest_due(now or timezone.now())


def read(report: FailureReport) -> FailureReport:
    return FailureReport.objects.get(pk=report.pk)


def sendable() -> Message:
    make_route()
    return make_message(address=make_address())


def test_a_report_without_a_known_message_becomes_a_ticket() -> None:
    report = file(answer=NOBODY_THERE)
    assert digest() == 1
    report = read(report)
    assert report.state == ReportState.TICKETED
    assert report.category is not None
    assert report.category.slug == "recipient.unknown"
    assert (report.due_at, report.tries) == (None, 0)
    assert report.ticket is not None
    assert report.ticket.group == report.group
    assert report.diagnoses.get().findings.first().category == report.category


def test_a_safe_cause_is_mended_by_the_machine_first() -> None:
    now = timezone.now()
    report = file(sendable())
    digest(now)
    report = read(report)
    assert (report.state, report.ticket) == (ReportState.REPAIRING, None)
    attempt = DeliveryAttempt.objects.get()
    assert attempt.outcome == Outcome.PLANNED
    assert timedelta(seconds=30) <= attempt.due_at - now <= timedelta(seconds=38)


def test_without_a_route_a_safe_cause_goes_to_people() -> None:
    report = file(make_message(address=make_address()))
    digest()
    assert read(report).state == ReportState.TICKETED
    assert not DeliveryAttempt.objects.exists()


def test_a_cause_that_nobody_knows_goes_to_people() -> None:
    report = file(sendable(), WHATEVER)
    digest()
    report = read(report)
    assert report.category is not None
    assert report.category.slug == "unknown.unclassified"
    assert report.state == ReportState.TICKETED


def test_somebody_who_is_not_there_is_not_written_to_again() -> None:
    message = sendable()
    report = file(message, "550 5.1.1 User unknown")
    digest()
    assert read(report).state == ReportState.TICKETED
    order = Suppression.objects.get()
    assert message.address is not None
    assert order.pseudonym == message.address.pseudonym


def test_a_message_that_has_arrived_needs_nobody() -> None:
    message = sendable()
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.DELIVERED, evidence_level=EvidenceLevel.DELIVERED
    )
    report = file(message)
    digest()
    report = read(report)
    assert (report.state, report.ticket) == (ReportState.VERIFIED, None)
    if report.group is not None:
        assert (report.group.reports, report.group.unserved) == (1, 0)


def test_what_is_no_failure_is_closed() -> None:
    report = file(answer="Out of office auto-reply")
    digest()
    report = read(report)
    assert (report.state, report.group) == (ReportState.REJECTED, None)
    assert not Ticket.objects.exists()


def test_a_provider_that_still_tries_is_waited_for_and_then_handed_over() -> None:
    now = timezone.now()
    report = file(answer="Delivery delayed, will keep trying")
    digest(now)
    report = read(report)
    assert (report.state, report.group) == (ReportState.REPAIRING, None)
    assert report.due_at is not None
    assert report.due_at - now == timedelta(hours=24)
    FailureReport.objects.filter(pk=report.pk).update(due_at=overdue())
    digest()
    report = read(report)
    assert (report.state, report.due_at) == (ReportState.TICKETED, None)
    assert report.category is not None
    assert report.category.slug == "unknown.unclassified"
    assert report.group is not None
    assert report.group.reports == 1


def test_what_was_settled_before_its_wait_ended_is_let_go() -> None:
    report = file()
    FailureReport.objects.filter(pk=report.pk).update(state=ReportState.RESOLVED)
    assert digest() == 1
    report = read(report)
    assert (report.state, report.due_at) == (ReportState.RESOLVED, None)
    assert digest() == 0


def test_a_batch_of_one_cause_becomes_one_ticket() -> None:
    reports = [file(answer=f"550 5.1.1 <{n}@box.example> unknown") for n in range(7)]
    assert digest() == 7
    ticket = Ticket.objects.get()
    assert ticket.reports.count() == 7
    assert {read(each).state for each in reports} == {ReportState.TICKETED}
    group = FailureGroup.objects.get()
    assert (group.reports, group.recipients, group.unserved) == (7, 7, 7)


def test_more_people_raise_the_tier_of_a_live_ticket_while_the_machine_mends() -> None:
    file(answer=TRY_LATER, channel=ChannelKind.WEBHOOK)
    digest()
    ticket = Ticket.objects.get()
    assert ticket.tier == Tier.S4
    for _ in range(3):
        make_route()
        file(make_message(address=make_address(value=f"https://{_}.example/")))
    digest()
    assert FailureReport.objects.filter(state=ReportState.REPAIRING).count() == 3
    ticket.refresh_from_db()
    assert ticket.tier == Tier.S3
    assert ticket.events.last().kind == EventKind.TIER


def test_one_poisoned_report_does_not_hold_up_its_batch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, poisoned, other = file(), file(answer="poison"), file()
    real = diagnosis.diagnose

    def diagnose(reports: list[FailureReport], now: datetime) -> list[Plan]:
        if any(each.pk == poisoned.pk for each in reports):
            raise RuntimeError("poison")
        return real(reports, now)

    monkeypatch.setattr(diagnosis, "diagnose", diagnose)
    assert digest() == 3
    assert [read(each).state for each in (good, poisoned, other)] == [
        ReportState.TICKETED,
        ReportState.RECEIVED,
        ReportState.TICKETED,
    ]
    poisoned = read(poisoned)
    assert poisoned.due_at is not None
    assert poisoned.tries == 1
    assert poisoned.public_id in caplog.text


def test_nothing_is_written_by_half(monkeypatch: pytest.MonkeyPatch) -> None:
    report = file()

    def fail(*_args: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(pipeline.tickets, "open_or_join", fail)
    digest()
    report = read(report)
    assert (report.state, report.group, report.category) == ("received", None, None)
    assert not FailureGroup.objects.exists()
    assert not report.diagnoses.exists()


def test_draining_goes_on_until_nothing_is_due() -> None:
    for _ in range(pipeline.BATCH + 3):
        file()
    pipeline.drain(timezone.now)
    assert not FailureReport.objects.filter(due_at__isnull=False).exists()


def test_a_worker_whose_lease_was_lost_changes_nothing() -> None:
    file()
    (late,) = FailureReport.objects.claim(1)
    FailureReport.objects.filter(pk=late.pk).update(due_at=overdue())
    assert digest() == 1
    before = read(late)
    with transaction.atomic():
        pipeline.digest([late], timezone.now())
    after = read(late)
    assert (after.state, after.epoch) == (before.state, before.epoch)
    assert Ticket.objects.get().events.filter(kind=EventKind.JOINED).count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_digest_everything_once() -> None:
    reports = [file() for _ in range(8)]
    with transaction.atomic():
        pipeline.digest(FailureReport.objects.claim(4), timezone.now())
        other = Other(digest).until_it_waits()
    assert other.end() == 4
    ticket = Ticket.objects.get()
    assert ticket.reports.count() == 8
    group = FailureGroup.objects.get()
    assert (group.reports, group.recipients, group.unserved) == (8, 8, 8)
    assert sum(each.diagnoses.count() for each in reports) == 8


@pytest.mark.parametrize("count", [1, 40])
def test_a_batch_costs_the_same_queries_however_large(
    count: int, django_assert_max_num_queries: Any
) -> None:
    make_ticket()
    for _ in range(count):
        file(answer=NOBODY_THERE)
    with django_assert_max_num_queries(40):
        digest()
