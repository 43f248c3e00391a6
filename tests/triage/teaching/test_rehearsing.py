"""What would a rule have changed, and is the job that finds out safe to lose?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_rq import get_queue
from rq import SimpleWorker

from tests.people import Person
from tests.rules import GREYLISTED, INACTIVE, a_lesson, rehearsed, switched_on, taught
from tests.side_by_side import Other
from tests.work import category, make_report, make_ticket
from triage import diagnosis, resolution, tasks, teaching
from triage.models import (
    DiagnosisRule,
    FailureReport,
    RehearsalState,
    RuleRehearsal,
    Ticket,
)
from triage.models.rehearsal import LEASE, MAX_TRIES
from triage.teaching import rehearsing

pytestmark = pytest.mark.django_db

ASLEEP = "550 5.1.1 User unknown: the box is asleep"


def failed(answer: str = ASLEEP, **report: object) -> FailureReport:
    """A stored report as the machine has diagnosed it."""
    row = make_report(cause=None, answer=answer, **report)  # type: ignore[arg-type]
    diagnosis.diagnose([row], timezone.now())
    row.save()
    return row


def solved(person: Person, cause: str) -> Ticket:
    """A ticket about such a failure for which a person chose a cause."""
    ticket = make_ticket(cause="recipient.unknown", answer=ASLEEP, assignee=person.user)
    answer = resolution.Answer(category(cause))
    resolution.resolve(ticket.number, person.actor, answer, now=timezone.now())
    return ticket


def asked(rule: DiagnosisRule, person: Person, days: int = 7) -> RuleRehearsal:
    return teaching.ask(rule.reference, person.actor, days=days, now=timezone.now())


def now_of(run: RuleRehearsal) -> RuleRehearsal:
    run.refresh_from_db()
    return run


# --- what it counts -------------------------------------------------------------------


def test_changes_are_counted_by_what_they_lead_from_and_to(leo: Person) -> None:
    for _ in range(3):
        failed()
    failed("552 5.2.2 Mailbox full, the box is asleep")
    failed("451 4.3.2 Please try again later")
    run = rehearsed(taught(leo), leo)
    assert (run.total, run.examined, run.would) == (5, 5, 4)
    assert run.result["moves"] == [
        ["recipient.unknown", INACTIVE, 3],
        ["recipient.mailbox_full", INACTIVE, 1],
    ]
    assert len(run.result["examples"]) == 4
    assert DiagnosisRule.objects.get().mode == "shadow"


def test_what_a_person_chose_later_is_held_against_it(leo: Person) -> None:
    rule = taught(leo)
    solved(leo, INACTIVE)
    solved(leo, INACTIVE)
    solved(leo, "recipient.moved")
    failed()
    run = rehearsed(rule, leo)
    assert (run.would, run.good, run.bad) == (4, 2, 1)


def test_what_would_newly_be_sent_again_at_once_is_counted(leo: Person) -> None:
    failed()
    failed("451 4.3.2 Please try again later, the box is asleep")
    run = rehearsed(taught(leo, cause=GREYLISTED), leo)
    assert (run.resent, run.result["from_never"]) == (1, 1)
    back = rehearsed(taught(leo, "later, the box is asleep"), leo)
    assert (back.resent, back.result["held_back"]) == (0, 1)


def test_only_reports_of_the_window_and_the_provider_are_read(leo: Person) -> None:
    old = failed()
    FailureReport.objects.filter(pk=old.pk).update(
        received_at=timezone.now() - timedelta(days=8)
    )
    failed(provider="southpost")
    failed(provider="NorthPost")
    make_report(cause=None, answer=ASLEEP)  # not diagnosed yet
    assert rehearsed(taught(leo), leo).examined == 2
    own = rehearsed(taught(leo, provider="northpost"), leo)
    assert own.examined == own.would == 1


def test_only_the_newest_reports_are_read(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "MOST_REPORTS", 3)
    monkeypatch.setattr(rehearsing, "CHUNK", 2)
    rows = [failed() for _ in range(5)]
    run = rehearsed(taught(leo), leo)
    assert run.examined == 3
    newest = {each["report"] for each in run.result["examples"]}
    assert newest == {each.pk for each in rows[2:]}


def test_facts_count_as_they_were_known_then(leo: Person) -> None:
    hour = timedelta(hours=1)
    late = failed(expires_at=timezone.now() - hour)
    since = failed(expires_at=timezone.now() + hour)
    FailureReport.objects.filter(pk=since.pk).update(
        expires_at=timezone.now() - timedelta(minutes=1)
    )
    run = rehearsed(taught(leo), leo)
    assert [each["report"] for each in run.result["examples"]] == [since.pk]
    assert late.category.slug == "network.expired"


def test_a_new_version_is_held_against_the_one_that_is_live(leo: Person) -> None:
    rule = switched_on(taught(leo), leo)
    lesson = a_lesson("box is asleep", "recipient.moved")
    newer = teaching.change(rule.reference, leo.actor, lesson, now=timezone.now())
    failed()
    run = rehearsed(newer, leo)
    assert run.result["moves"] == [[INACTIVE, "recipient.moved", 1]]


# --- one job, whatever happens --------------------------------------------------------


def test_two_people_start_one_rehearsal(leo: Person, kim: Person) -> None:
    rule = taught(leo)
    assert asked(rule, leo) == asked(rule, kim, days=30)


def test_a_job_that_runs_twice_changes_nothing(leo: Person) -> None:
    failed()
    run = rehearsed(taught(leo), leo)
    before = list(RuleRehearsal.objects.values())
    teaching.rehearse(run.pk, timezone.now)
    teaching.rehearse(run.pk + 1, timezone.now)
    assert list(RuleRehearsal.objects.values()) == before


def test_a_stopped_rehearsal_ends_after_its_chunk(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "CHUNK", 1)
    for _ in range(3):
        failed()
    rule = taught(leo)
    run = asked(rule, leo)
    ticks = 0

    def clock() -> datetime:
        nonlocal ticks
        ticks += 1
        if ticks == 6:  # while the second chunk is read
            teaching.stop(rule.reference, leo.actor, now=timezone.now())
        return timezone.now()

    teaching.rehearse(run.pk, clock)
    assert (now_of(run).state, run.examined) == (RehearsalState.CANCELLED, 1)
    assert run.ended_at is not None
    assert asked(rule, leo) != run


def test_a_rehearsal_that_fails_says_so(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed()
    run = asked(taught(leo), leo)
    monkeypatch.setattr(rehearsing.engine, "diagnose", None)
    teaching.rehearse(run.pk, timezone.now)
    assert (now_of(run).state, run.fault) == (RehearsalState.FAILED, "crashed")


def test_a_dead_job_is_rung_for_again_and_its_writes_are_dropped(leo: Person) -> None:
    failed()
    run = asked(taught(leo), leo)
    dead = RuleRehearsal.objects.claim(run.pk, timezone.now())
    assert dead is not None
    assert RuleRehearsal.objects.claim(run.pk, timezone.now()) is None
    assert teaching.give_up(timezone.now()) == []
    late = timezone.now() + LEASE + timedelta(seconds=1)
    assert teaching.give_up(late) == [run.pk]
    assert not RuleRehearsal.objects.record(dead, examined=7)
    teaching.rehearse(run.pk, timezone.now)
    assert (now_of(run).state, run.examined) == (RehearsalState.DONE, 1)


def test_a_job_that_dies_thrice_is_given_up(leo: Person) -> None:
    run = asked(taught(leo), leo)
    for turn in range(MAX_TRIES):
        now = timezone.now() + turn * (LEASE + timedelta(seconds=1))
        assert RuleRehearsal.objects.claim(run.pk, now) is not None
        teaching.give_up(now + LEASE + timedelta(seconds=1))
    assert (now_of(run).state, run.fault) == (RehearsalState.FAILED, "died")


def test_what_no_worker_takes_up_is_given_up(leo: Person) -> None:
    run = asked(taught(leo), leo)
    soon = timezone.now() + LEASE + timedelta(seconds=1)
    assert teaching.give_up(soon) == [run.pk]
    assert teaching.give_up(soon) == []
    assert teaching.give_up(soon + rehearsing.PATIENCE) == []
    assert (now_of(run).state, run.fault) == (RehearsalState.FAILED, "no_worker")


def test_the_sweeper_rings_and_a_worker_of_rq_runs_the_job(
    leo: Person, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    failed()
    run = asked(taught(leo), leo)
    RuleRehearsal.objects.update(alive_at=timezone.now() - 2 * LEASE)
    queue = get_queue("people")
    queue.empty()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.ring_for_jobs()
    SimpleWorker(
        [queue], connection=queue.connection, serializer=queue.serializer
    ).work(burst=True)
    assert now_of(run).state == RehearsalState.DONE
    assert (run.examined, run.would) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_the_same_time_get_one_rehearsal(
    leo: Person, kim: Person
) -> None:
    rule = taught(leo)
    actor = kim.actor
    with transaction.atomic():
        mine = asked(rule, leo)
        other = Other(
            lambda: teaching.ask(rule.reference, actor, days=1, now=timezone.now())
        ).until_it_waits()
    assert other.end() == mine


@pytest.mark.django_db(transaction=True)
def test_two_jobs_do_not_share_a_rehearsal(leo: Person) -> None:
    run = asked(taught(leo), leo)
    with transaction.atomic():
        assert RuleRehearsal.objects.claim(run.pk, timezone.now()) is not None
        other = Other(
            lambda: RuleRehearsal.objects.claim(run.pk, timezone.now())
        ).until_it_waits()
    assert other.end() is None
