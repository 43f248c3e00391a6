"""Does work that nobody can digest reach a person, and leave the rest alone?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliveries.leases import MAX_TRIES
from deliveries.models import ChangeKind, FactChange, Message, MessageState, Outcome
from tests.factories import make_address, make_attempt, make_message
from tests.people import Person
from tests.work import make_report, make_ticket
from triage import grouping, poison, tasks
from triage.models import EventKind, FailureReport, Origin, ReportState, Ticket

pytestmark = pytest.mark.django_db


def poisoned_report(**fields: object) -> FailureReport:
    report = make_report(state=ReportState.RECEIVED, cause=None, **fields)  # type: ignore[arg-type]
    return exhaust(report)


def exhaust(row: FailureReport | FactChange) -> FailureReport:
    type(row).objects.filter(pk=row.pk).update(
        due_at=timezone.now() - timedelta(minutes=1), tries=MAX_TRIES
    )
    row.refresh_from_db()
    return row  # type: ignore[return-value]


def poisoned_change(message: Message, attempt_n: int | None = None) -> FactChange:
    change = FactChange.objects.create(
        kind=ChangeKind.SILENT if attempt_n is None else ChangeKind.ATTEMPT_FINISHED,
        source=message.source,
        message=message,
        attempt_n=attempt_n,
    )
    return exhaust(change)  # type: ignore[return-value]


def test_a_report_that_cannot_be_digested_is_parked_with_a_ticket() -> None:
    report = poisoned_report()
    assert poison.park_exhausted(timezone.now()) == 1
    report.refresh_from_db()
    assert (report.state, report.due_at) == (ReportState.TICKETED, None)
    assert report.parked_at is not None
    assert report.category is not None
    assert report.category.slug == "unknown.unclassified"
    assert report.group is not None
    assert (report.group.reports, report.group.unserved) == (1, 1)
    assert report.ticket == Ticket.objects.get()
    assert poison.park_exhausted(timezone.now()) == 0


def test_a_report_that_waited_keeps_what_is_known_of_it() -> None:
    report = make_ticket().reports.get()
    FailureReport.objects.filter(pk=report.pk).update(
        state=ReportState.REPAIRING, ticket=None
    )
    exhaust(report)
    poison.park_exhausted(timezone.now())
    report.refresh_from_db()
    assert report.state == ReportState.TICKETED
    assert report.category is not None
    assert report.category.slug == "server.unavailable"
    assert report.group is not None
    assert report.group.reports == 1


def test_what_still_has_tries_is_left_alone() -> None:
    report = poisoned_report()
    FailureReport.objects.filter(pk=report.pk).update(tries=MAX_TRIES - 1)
    assert poison.park_exhausted(timezone.now()) == 0


def test_a_change_that_cannot_be_followed_up_is_told_on_the_ticket() -> None:
    ticket = make_ticket(make_message(address=make_address()))
    message = ticket.reports.get().message
    assert message is not None
    change = poisoned_change(message, attempt_n=1)
    assert poison.park_exhausted(timezone.now()) == 1
    change.refresh_from_db()
    assert (change.due_at, change.parked_at is None) == (None, False)
    event = ticket.events.last()
    assert (event.kind, event.change) == (EventKind.UNCLEAR, {"attempt": 1})


def test_a_repair_whose_end_cannot_be_followed_up_becomes_a_ticket() -> None:
    ticket = make_ticket(make_message(address=make_address()))
    report = ticket.reports.get()
    assert report.message is not None
    FailureReport.objects.filter(pk=report.pk).update(state=ReportState.REPAIRING)
    poisoned_change(report.message)
    poison.park_exhausted(timezone.now())
    report.refresh_from_db()
    assert report.state == ReportState.TICKETED


def test_a_failed_delivery_without_a_report_is_not_forgotten() -> None:
    attempt = make_attempt(make_message(address=make_address()))
    type(attempt).objects.filter(pk=attempt.pk).update(
        outcome=Outcome.REFUSED, due_at=None, finished_at=timezone.now()
    )
    Message.objects.update(state=MessageState.FAILED)
    poisoned_change(attempt.message, attempt_n=attempt.n)
    assert poison.park_exhausted(timezone.now()) == 1
    report = FailureReport.objects.get()
    assert (report.origin, report.message) == (Origin.MACHINE, attempt.message)
    assert report.due_at is not None


def test_what_cannot_even_be_parked_does_not_hold_up_the_rest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = poisoned_report(), poisoned_report()
    real = grouping.join

    def join(reports: list[FailureReport]) -> None:
        if reports[0].pk == bad.pk:
            raise RuntimeError("worse than poison")
        real(reports)

    monkeypatch.setattr(grouping, "join", join)
    assert poison.park_exhausted(timezone.now()) == 1
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.parked_at is not None
    assert (bad.parked_at, bad.state) == (None, ReportState.RECEIVED)
    assert "could not be parked" in caplog.text


def test_the_sweep_parks_poison_and_says_that_it_lives(ana: Person) -> None:
    poisoned_report()
    tasks.sweep()
    ticket = Ticket.objects.get()
    assert Ticket.objects.visible_to(ana.actor).get() == ticket
