"""Who is told what, once, and what is left out?"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries.models import MessageState
from tests.factories import make_source
from tests.people import Person
from tests.triage.notices.letters import leave, make_sms_route, reachable
from tests.work import category, hand_to_people, make_report
from triage import consequences, notices, resolution, tickets
from triage.models import (
    EventKind,
    FailureReport,
    Notice,
    NoticeKind,
    NoticeState,
    Origin,
    ReportState,
    Skipped,
    Ticket,
)
from triage.resolution import Answer

pytestmark = pytest.mark.django_db

CAUSE = "server.unavailable"


def solve(ticket: Ticket, by: Person) -> None:
    answer = Answer(category(CAUSE))
    resolution.resolve(ticket.number, by.actor, answer, now=timezone.now())


def reopen(ticket: Ticket, by: Person) -> None:
    now = timezone.now()
    tickets.reopen(ticket.number, by.actor, reason="It came again.", now=now)


def test_each_reporter_is_told_once_that_it_is_solved(ana: Person) -> None:
    source = make_source()
    reports = [reachable(source) for _ in range(3)]
    [ticket] = hand_to_people(reports)
    solve(ticket, ana)
    rows = Notice.objects.order_by("report_id")
    assert [each.report for each in rows] == reports
    assert {each.kind for each in rows} == {NoticeKind.SOLVED}
    held = rows[0].due_at
    assert held is not None
    assert held > timezone.now() + notices.HOLD - timedelta(seconds=5)


def test_who_filed_two_reports_is_told_once(ana: Person) -> None:
    first, second = reachable(), reachable()
    FailureReport.objects.update(reporter_pseudonym="jo", source=first.source)
    first.refresh_from_db()
    second.refresh_from_db()
    [ticket] = hand_to_people([first, second])
    solve(ticket, ana)
    assert Notice.objects.get().report == first


@pytest.mark.parametrize("origin", [Origin.MACHINE, Origin.IMPORT])
def test_nobody_is_told_of_what_nobody_reported(ana: Person, origin: Origin) -> None:
    report = reachable()
    FailureReport.objects.update(origin=origin)
    report.refresh_from_db()
    [ticket] = hand_to_people([report])
    solve(ticket, ana)
    assert not Notice.objects.exists()


def test_who_was_told_is_told_that_work_goes_on(ana: Person) -> None:
    make_sms_route()
    [ticket] = hand_to_people([reachable()])
    solve(ticket, ana)
    leave()
    reopen(ticket, ana)
    kinds = Notice.objects.order_by("pk").values_list("kind", "state")
    assert list(kinds) == [("solved", "sent"), ("reopened", "due")]


def test_who_was_not_told_yet_hears_of_neither(ana: Person) -> None:
    [ticket] = hand_to_people([reachable()])
    solve(ticket, ana)
    reopen(ticket, ana)
    row = Notice.objects.get()
    assert (row.kind, row.state, row.skipped) == (
        NoticeKind.SOLVED,
        NoticeState.SKIPPED,
        Skipped.UNDONE,
    )


def test_a_reporter_is_asked_when_only_they_can_tell() -> None:
    report = reachable()
    hand_to_people([report])
    message = report.message
    assert message is not None
    message.state = MessageState.UNKNOWN
    message.save(update_fields=["state"])
    with transaction.atomic():
        told: dict[str, object] = {"silent": True}
        report.refresh_from_db()
        consequences.to_people([report], EventKind.UNCLEAR, told, timezone.now())
        consequences.ask_reporters(message)
        consequences.ask_reporters(message)
    row = Notice.objects.get()
    assert (row.kind, row.report) == (NoticeKind.ANSWER_WANTED, report)


def test_reports_that_were_set_aside_hear_nothing(ana: Person) -> None:
    kept, gone = reachable(), reachable()
    [ticket] = hand_to_people([kept, gone])
    FailureReport.objects.filter(pk=gone.pk).update(state=ReportState.WITHDRAWN)
    solve(ticket, ana)
    assert Notice.objects.get().report == kept


def test_reporters_without_a_name_are_told_each(ana: Person) -> None:
    reports = [make_report(person="") for _ in range(2)]
    [ticket] = hand_to_people(reports)
    solve(ticket, ana)
    assert Notice.objects.count() == 2
