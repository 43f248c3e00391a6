"""What happens when a person has a ticket diagnosed again, or two at once do?"""

from typing import Any

import pytest
from django.utils import timezone

from tests.people import Person, make_person
from tests.side_by_side import Other
from tests.work import hand_to_people, make_report
from triage import diagnosis, resolution, tickets
from triage.diagnosis import engine
from triage.models import (
    Diagnosis,
    EventKind,
    FailureGroup,
    FailureReport,
    MemberRole,
    Queue,
    ReportState,
    Ticket,
)
from triage.tickets import Forbidden, NotFound

pytestmark = pytest.mark.django_db

FULL = "552 5.2.2 Mailbox full"
NOBODY = "550 5.1.1 User unknown"


def diagnosed(answer: str = FULL, **fields: Any) -> FailureReport:
    """A fresh report with its first run."""
    report = make_report(cause=None, answer=answer, **fields)
    diagnosis.diagnose([report], timezone.now())
    report.save()
    return report


def ticket_of(*reports: FailureReport) -> Ticket:
    return hand_to_people(reports)[0]


def learn(*reports: FailureReport, answer: str = NOBODY) -> None:
    """Let the answer be known to be another one."""
    FailureReport.objects.filter(pk__in=[each.pk for each in reports]).update(
        provider_answer=answer
    )


def again(ticket: Ticket, person: Person) -> tickets.Rediagnosed:
    return tickets.diagnose_again(ticket.number, person.actor, now=timezone.now())


def read(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_related("group__category").get(pk=ticket.pk)


def events(ticket: Ticket) -> list[dict[str, Any]]:
    rows = ticket.events.filter(kind=EventKind.REDIAGNOSED)
    return list(rows.values_list("change", flat=True))


def test_where_nothing_is_new_nothing_is_written(ana: Person) -> None:
    ticket = ticket_of(diagnosed())
    done = again(ticket, ana)
    assert (done.written, done.cause_changed) == (0, False)
    assert Diagnosis.objects.count() == 1
    assert events(ticket) == []


def test_a_run_is_written_with_its_event(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_of(diagnosed())
    monkeypatch.setattr(engine, "ruleset_version", lambda: "1.other")
    done = again(ticket, ana)
    assert (done.written, done.cause_changed) == (1, False)
    assert events(ticket) == [{"reports": 1}]
    assert read(ticket).version == ticket.version, "nobody's action fails because of it"


def test_run_and_event_are_written_together_or_not_at_all(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_of(diagnosed())
    monkeypatch.setattr(engine, "ruleset_version", lambda: "1.other")

    def breaks(*args: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("triage.timeline.add", breaks)
    with pytest.raises(RuntimeError):
        again(ticket, ana)
    assert Diagnosis.objects.count() == 1


def test_a_ticket_goes_along_when_all_its_reports_have_another_cause(
    ana: Person,
) -> None:
    reports = [diagnosed(), diagnosed()]
    ticket = ticket_of(*reports)
    old = ticket.group
    learn(*reports)
    done = again(ticket, ana)
    assert (done.written, done.cause_changed) == (2, True)
    after = read(ticket)
    assert after.group.category.slug == "recipient.unknown"
    assert set(after.reports.values_list("group", flat=True)) == {after.group_id}
    assert after.group.reports == 2
    assert FailureGroup.objects.get(pk=old.pk).reports == 0
    assert events(ticket) == [{"reports": 2, "category": "recipient.unknown"}]


def test_a_report_with_another_cause_leaves_the_others(ana: Person) -> None:
    stays, leaves = diagnosed(), diagnosed()
    ticket = ticket_of(stays, leaves)
    learn(leaves)
    again(ticket, ana)
    assert events(ticket) == [
        {"reports": 1, "category": "recipient.unknown", "moved": 1}
    ]
    stays.refresh_from_db()
    leaves.refresh_from_db()
    assert stays.ticket == ticket
    assert leaves.ticket is not None
    assert leaves.ticket != ticket
    assert (leaves.ticket.group, leaves.state) == (leaves.group, ReportState.TICKETED)
    seqs = list(ticket.events.values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    assert read(ticket).last_seq == len(seqs)


def test_reports_join_the_ticket_that_is_there_already(ana: Person) -> None:
    there = ticket_of(diagnosed(NOBODY))
    report = diagnosed()
    ticket = ticket_of(report)
    learn(report)
    again(ticket, ana)
    report.refresh_from_db()
    assert report.ticket == there
    assert read(ticket).group == ticket.group


def test_a_notice_takes_no_report_out_of_its_group(ana: Person) -> None:
    report = diagnosed()
    ticket = ticket_of(report)
    learn(report, answer="Out of office auto-reply")
    assert again(ticket, ana).cause_changed
    report.refresh_from_db()
    assert report.group == ticket.group


def test_a_solved_ticket_is_diagnosed_but_nothing_moves(ana: Person) -> None:
    report = diagnosed()
    ticket = ticket_of(report)
    answer = resolution.Answer(ticket.group.category)
    resolution.resolve(ticket.number, ana.actor, answer, now=timezone.now())
    learn(report)
    assert again(ticket, ana).written == 1
    report.refresh_from_db()
    assert (report.group, report.state) == (ticket.group, ReportState.RESOLVED)


def test_what_the_machine_could_not_diagnose_gets_its_first_run(ana: Person) -> None:
    ticket = ticket_of(make_report(answer=FULL, cause="unknown.unclassified"))
    done = again(ticket, ana)
    assert (done.written, done.cause_changed) == (1, True)
    assert read(ticket).group.category.slug == "recipient.mailbox_full"


def test_who_may_not_is_refused_and_who_sees_nothing_finds_nothing(
    ana: Person, eve: Person, aud: Person, general: Queue
) -> None:
    report = diagnosed()
    ticket = ticket_of(report)
    learn(report)
    with pytest.raises(NotFound):
        again(ticket, eve)
    with pytest.raises(Forbidden):
        again(ticket, aud)
    Ticket.objects.filter(pk=ticket.pk).update(assignee=ana.user, state="open")
    bo = make_person("bo", MemberRole.AGENT, general)
    with pytest.raises(Forbidden):
        again(ticket, bo)
    assert Diagnosis.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_writes_and_the_other_finds_nothing_new(
    ana: Person, general: Queue
) -> None:
    bo = make_person("bo", MemberRole.AGENT, general)
    report = diagnosed()
    ticket = ticket_of(report)
    learn(report)
    real = tickets.rediagnosing.timeline.add
    others: list[Other[tickets.Rediagnosed]] = []

    def add(*args: Any) -> Any:
        others.append(Other(lambda: again(ticket, bo)).until_it_waits())
        tickets.rediagnosing.timeline.add = real
        return real(*args)

    tickets.rediagnosing.timeline.add = add
    try:
        first = again(ticket, ana)
    finally:
        tickets.rediagnosing.timeline.add = real
    (other,) = others
    assert (first.written, other.end().written) == (1, 0)
    assert report.diagnoses.count() == 2
    assert len(events(ticket)) == 1
