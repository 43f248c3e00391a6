"""Do clocks run, pause, end and call for help as the promises say?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_address, make_message, make_route
from tests.people import Person
from tests.side_by_side import Other
from tests.work import category, hand_to_people, make_report, make_ticket
from triage import resolution, sla, tickets
from triage.models import (
    BusinessCalendar,
    BusinessHours,
    ClockKind,
    ClockState,
    Escalation,
    EventKind,
    FailureGroup,
    NoteKind,
    Queue,
    ReportState,
    SlaClock,
    SlaPolicy,
    Ticket,
    TicketState,
    WaitingOn,
)

pytestmark = pytest.mark.django_db

FIRST, UPDATE, VERIFIED = ClockKind.values
HOUR = timedelta(hours=1)
URGENT = "config.billing"  # never below S2


def clock(ticket: Ticket, kind: str) -> SlaClock:
    """The newest clock of a kind."""
    return SlaClock.objects.filter(ticket=ticket, kind=kind).latest("cycle")


def states(ticket: Ticket) -> dict[str, str]:
    return {kind: clock(ticket, kind).state for kind in ClockKind.values}


def decide(ticket: Ticket, **changes: object) -> Ticket:
    """Change what a person can decide, as every use case does."""
    with transaction.atomic():
        row = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
        tickets.decide(row, **changes)
    return row


def let_time_pass(passed: timedelta) -> None:
    """Move every clock into the past, as if it had begun earlier."""
    for row in SlaClock.objects.all():
        for name in ("started_at", "target_at", "due_at", "paused_at", "met_at"):
            value = getattr(row, name)
            setattr(row, name, value and value - passed)
        row.save()


# --- they begin -----------------------------------------------------------------------


def test_a_new_ticket_has_three_promises_of_its_tier() -> None:
    now = timezone.now()
    ticket = make_ticket(cause=URGENT, now=now)
    assert ticket.tier == "S2"
    found = {row.kind: row.target_at - now for row in ticket.clocks.all()}
    assert found == {FIRST: HOUR, UPDATE: 2 * HOUR, VERIFIED: 8 * HOUR}
    assert {row.due_at for row in ticket.clocks.all()} == {
        row.target_at for row in ticket.clocks.all()
    }


def test_what_is_not_promised_has_no_clock() -> None:
    ticket = make_ticket()
    assert ticket.tier == "S4"
    kinds = set(ticket.clocks.values_list("kind", flat=True))
    assert kinds == {FIRST, VERIFIED}


def test_a_queue_promises_its_own_in_its_own_hours(general: Queue) -> None:
    office = BusinessCalendar.objects.create(slug="office", name="Office")
    for day in range(5):
        BusinessHours.objects.create(
            calendar=office, weekday=day, opens_min=540, closes_min=1020
        )
    Queue.objects.filter(pk=general.pk).update(calendar=office)
    SlaPolicy.objects.create(queue=general, tier="S4", first_response_min=120)
    friday = datetime(2026, 3, 6, 16, tzinfo=UTC)
    ticket = make_ticket(now=friday)
    assert list(ticket.clocks.values_list("kind", "target_at")) == [
        (FIRST, datetime(2026, 3, 9, 10, tzinfo=UTC))
    ]


def test_a_calendar_that_never_opens_holds_up_no_ticket(general: Queue) -> None:
    shut = BusinessCalendar.objects.create(slug="shut", name="Shut")
    Queue.objects.filter(pk=general.pk).update(calendar=shut)
    now = timezone.now()
    assert clock(make_ticket(now=now), FIRST).target_at == now + 8 * HOUR


def opening_costs(count: int) -> int:
    reports = [make_report(provider=f"p-{count}-{n}") for n in range(count)]
    for report in reports:
        report.save()
    with CaptureQueriesContext(connection) as seen:
        hand_to_people(reports)
    return sum("slaclock" in each["sql"] for each in seen) + sum(
        "slapolicy" in each["sql"] for each in seen
    )


def test_clocks_of_a_batch_cost_as_many_queries_as_those_of_one_ticket() -> None:
    assert opening_costs(1) == opening_costs(20) == 3


def test_a_report_that_joins_starts_no_clock() -> None:
    ticket = make_ticket(provider="p")
    hand_to_people([make_report(provider="p")])
    assert ticket.clocks.count() == 2


def test_tickets_without_clocks_are_found_once(general: Queue) -> None:
    ticket = make_ticket()
    ticket.clocks.all().delete()
    assert sla.start_missing(timezone.now()) == 1
    assert ticket.clocks.count() == 2
    assert sla.start_missing(timezone.now()) == 0


# --- they end -------------------------------------------------------------------------


def test_taking_a_ticket_is_the_first_response_and_an_update(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    tickets.take(ticket.number, ana.actor)
    assert states(ticket) == {FIRST: "met", UPDATE: "running", VERIFIED: "running"}
    assert clock(ticket, UPDATE).cycle == 2


def test_a_note_reaches_no_reporter(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    tickets.note(ticket.number, ana.actor, kind=NoteKind.OBSERVATION, body="Odd.")
    assert states(ticket)[FIRST] == ClockState.RUNNING


def test_a_retry_is_an_update(ana: Person) -> None:
    make_route()
    message = make_message(address=make_address())
    ticket = make_ticket(message)
    tickets.retry_now(
        ticket.number,
        ana.actor,
        message_public_id=message.public_id,
        now=timezone.now(),
    )
    assert clock(ticket, FIRST).state == ClockState.MET


def solve(ticket: Ticket, person: Person) -> None:
    answer = resolution.Answer(category(URGENT))
    resolution.resolve(ticket.number, person.actor, answer, now=timezone.now())


def test_solving_is_the_last_word_but_proves_nothing(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    solve(ticket, ana)
    assert states(ticket) == {FIRST: "met", UPDATE: "met", VERIFIED: "running"}


def test_only_proof_ends_the_promise_of_arrival(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    ticket.reports.update(state=ReportState.VERIFIED)
    solve(ticket, ana)
    assert Ticket.objects.get(pk=ticket.pk).state == TicketState.VERIFIED
    assert states(ticket)[VERIFIED] == ClockState.MET
    assert not SlaClock.objects.open().exists()


def test_a_promise_that_is_kept_after_its_time_is_kept_late(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    let_time_pass(2 * HOUR)
    tickets.take(ticket.number, ana.actor)
    assert clock(ticket, FIRST).state == ClockState.MET_LATE


def test_a_false_solution_does_not_make_time(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    before = clock(ticket, VERIFIED)
    solve(ticket, ana)
    tickets.reopen(
        ticket.number, ana.actor, reason="It still fails.", now=timezone.now()
    )
    assert states(ticket) == {FIRST: "met", UPDATE: "running", VERIFIED: "running"}
    assert clock(ticket, VERIFIED).target_at == before.target_at


def test_a_failure_that_comes_back_by_itself_asks_for_a_response(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT, provider="p")
    solve(ticket, ana)
    hand_to_people([make_report(cause=URGENT, provider="p")])
    assert clock(ticket, FIRST).cycle == 2
    assert clock(ticket, FIRST).state == ClockState.RUNNING


# --- they follow ----------------------------------------------------------------------


def test_a_rise_gives_the_targets_of_the_higher_tier_from_now_on() -> None:
    ticket = make_ticket(cause=URGENT)
    decide(ticket, tier_override="S1", tier_override_reason="The chairman is hit.")
    row = clock(ticket, FIRST)
    assert (row.tier, row.cycle) == ("S1", 2)
    assert row.target_at <= timezone.now() + timedelta(minutes=15)


def test_a_rise_never_gives_more_time_than_was_left() -> None:
    ticket = make_ticket(cause=URGENT)
    let_time_pass(timedelta(minutes=55))
    before = clock(ticket, FIRST).target_at
    decide(ticket, tier_override="S1", tier_override_reason="The chairman is hit.")
    assert clock(ticket, FIRST).target_at == before


def test_a_fall_ends_a_promise_that_the_lower_tier_does_not_make() -> None:
    ticket = make_ticket(cause=URGENT)
    decide(ticket, tier_override="S4", tier_override_reason="Nobody is waiting.")
    assert not ticket.clocks.filter(kind=UPDATE).exists()
    assert clock(ticket, FIRST).target_at > timezone.now() + 7 * HOUR
    decide(ticket, tier_override="S2", tier_override_reason="They are after all.")
    assert clock(ticket, UPDATE).state == ClockState.RUNNING


def test_the_machines_own_change_of_the_tier_moves_the_clocks() -> None:
    ticket = make_ticket(provider="p")
    reports = [
        make_report(provider="p", expires_at=timezone.now() + timedelta(minutes=9))
        for _ in range(40)
    ]
    hand_to_people(reports)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.tier < "S4"
    assert {row.tier for row in ticket.clocks.all()} == {ticket.tier}
    assert ticket.clocks.count() == 3


def test_another_queue_brings_its_own_promises_but_no_new_time() -> None:
    lax = Queue.objects.create(slug="lax", name="Lax")
    strict = Queue.objects.create(slug="strict", name="Strict")
    SlaPolicy.objects.create(queue=lax, tier="S2", first_response_min=600)
    SlaPolicy.objects.create(queue=strict, tier="S2", first_response_min=5)
    ticket = make_ticket(cause=URGENT)
    before = clock(ticket, FIRST).target_at
    decide(ticket, queue=lax)
    assert clock(ticket, FIRST).target_at == before
    decide(ticket, queue=strict)
    assert clock(ticket, FIRST).target_at < timezone.now() + timedelta(minutes=6)


def wait(ticket: Ticket, on: str) -> None:
    if ticket.state == TicketState.NEW:
        decide(ticket, state=TicketState.OPEN)
    decide(ticket, state=TicketState.WAITING, waiting_on=on)


@pytest.mark.parametrize("on", [each for each in WaitingOn if each != "reporter"])
def test_waiting_for_anybody_else_pauses_nothing(on: str) -> None:
    ticket = make_ticket(cause=URGENT)
    wait(ticket, on)
    assert set(states(ticket).values()) == {ClockState.RUNNING}


def test_waiting_for_the_reporter_pauses_and_loses_nothing() -> None:
    ticket = make_ticket(cause=URGENT)
    let_time_pass(timedelta(minutes=20))
    left = clock(ticket, FIRST).target_at - timezone.now()
    wait(ticket, WaitingOn.REPORTER)
    assert set(states(ticket).values()) == {ClockState.PAUSED}
    assert not SlaClock.objects.filter(due_at__isnull=False).exists()
    let_time_pass(3 * HOUR)
    decide(ticket, state=TicketState.OPEN, waiting_on="")
    row = clock(ticket, FIRST)
    assert row.state == ClockState.RUNNING
    assert abs(row.target_at - timezone.now() - left) < timedelta(seconds=20)
    assert row.paused_s == pytest.approx(3 * 3600, abs=20)


def test_what_is_overdue_stays_so_while_the_reporter_is_asked() -> None:
    ticket = make_ticket(cause=URGENT)
    let_time_pass(90 * timedelta(minutes=1))
    sla.breach_due(timezone.now())
    wait(ticket, WaitingOn.REPORTER)
    assert states(ticket) == {FIRST: "breached", UPDATE: "paused", VERIFIED: "paused"}


# --- they are not kept ----------------------------------------------------------------


def test_a_breach_is_an_event_and_happens_once() -> None:
    ticket = make_ticket(cause=URGENT)
    let_time_pass(90 * timedelta(minutes=1))
    assert sla.breach_due(timezone.now()) == 1
    assert sla.breach_due(timezone.now()) == 0
    assert clock(ticket, FIRST).state == ClockState.BREACHED
    event = ticket.events.get(kind=EventKind.BREACHED)
    assert (event.change["kind"], event.change["tier"]) == (FIRST, "S2")


def overdue(monkeypatch: pytest.MonkeyPatch) -> int:
    """More breaches than a batch takes; return how many."""
    monkeypatch.setattr(sla, "BATCH", 2)
    for _ in range(3):
        make_ticket(cause=URGENT)
    let_time_pass(90 * timedelta(minutes=1))
    return SlaClock.objects.filter(due_at__lte=timezone.now()).count()


def breached() -> int:
    return SlaClock.objects.filter(state=ClockState.BREACHED).count()


def test_one_sweep_finds_all_that_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    late = overdue(monkeypatch)
    sla.drain(timezone.now)
    assert breached() == late > 2


def test_a_sweep_ends_when_others_should_have_a_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = overdue(monkeypatch)
    times = iter([timezone.now(), timezone.now(), timezone.now() + sla.TURN])
    sla.drain(lambda: next(times))
    assert breached() == 2 < late


def test_a_breach_leaves_the_version_that_people_saw(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    let_time_pass(90 * timedelta(minutes=1))
    sla.breach_due(timezone.now())
    tickets.take(ticket.number, ana.actor, version=ticket.version)
    assert clock(ticket, FIRST).state == ClockState.MET_LATE


def test_a_clock_that_was_claimed_too_early_runs_on() -> None:
    ticket = make_ticket(cause=URGENT)
    SlaClock.objects.filter(kind=FIRST).update(due_at=timezone.now() - HOUR)
    sla.breach_due(timezone.now())
    row = clock(ticket, FIRST)
    assert (row.state, row.due_at) == (ClockState.RUNNING, row.target_at)


@pytest.mark.django_db(transaction=True)
def test_a_promise_kept_while_it_is_looked_at_is_no_breach(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    let_time_pass(90 * timedelta(minutes=1))
    with transaction.atomic():
        Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
        sweeper = Other(lambda: sla.breach_due(timezone.now())).until_it_waits()
        tickets.take(ticket.number, ana.actor)
    sweeper.end()
    assert clock(ticket, FIRST).state == ClockState.MET_LATE
    assert not ticket.events.filter(kind=EventKind.BREACHED).exists()


def at_risk(now: datetime) -> set[str]:
    return set(SlaClock.objects.at_risk(now).values_list("kind", flat=True))


def test_a_promise_is_at_risk_a_quarter_of_an_hour_before_its_time() -> None:
    now = timezone.now()
    make_ticket(cause=URGENT, now=now)
    assert at_risk(now + timedelta(minutes=44)) == set()
    assert at_risk(now + timedelta(minutes=45)) == {FIRST}


# --- they call for help ---------------------------------------------------------------


@pytest.fixture
def burning(general: Queue) -> Callable[[int, timedelta], Ticket]:
    """A ticket that so many people wait for, since so long ago."""

    def make(people: int, since: timedelta) -> Ticket:
        ticket = make_ticket(cause=URGENT)
        FailureGroup.objects.filter(pk=ticket.group_id).update(
            recipients=people, unserved=people
        )
        let_time_pass(since)
        return ticket

    return make


@pytest.mark.parametrize(
    ("people", "hours", "level"),
    [
        (99, 0.5, Escalation.NONE),
        (101, 0.5, Escalation.FIRST),
        (10, 6, Escalation.FIRST),
        (1001, 0.5, Escalation.AGAIN),
    ],
)
def test_people_times_minutes_escalate(
    burning: Callable[[int, timedelta], Ticket],
    people: int,
    hours: float,
    level: Escalation,
) -> None:
    ticket = burning(people, timedelta(hours=hours))
    assert sla.escalate(timezone.now()) == (level != Escalation.NONE)
    assert sla.escalate(timezone.now()) == 0
    ticket.refresh_from_db(fields=["escalation"])
    assert ticket.escalation == level
    events = ticket.events.filter(kind=EventKind.ESCALATED)
    assert [event.change["people"] for event in events] == [people] * bool(level)


def test_the_second_level_follows_the_first(
    burning: Callable[[int, timedelta], Ticket],
) -> None:
    ticket = burning(101, timedelta(minutes=30))
    sla.escalate(timezone.now())
    let_time_pass(5 * HOUR)
    sla.escalate(timezone.now())
    levels = [each.change["level"] for each in ticket.events.filter(kind="escalated")]
    assert levels == [Escalation.FIRST, Escalation.AGAIN]


def test_a_queue_without_thresholds_never_escalates(
    burning: Callable[[int, timedelta], Ticket], general: Queue
) -> None:
    Queue.objects.filter(pk=general.pk).update(escalate_at=None, escalate_again_at=None)
    burning(100_000, 9 * HOUR)
    assert sla.escalate(timezone.now()) == 0


def test_what_is_solved_burns_no_longer(
    burning: Callable[[int, timedelta], Ticket], ana: Person
) -> None:
    solve(burning(100_000, 9 * HOUR), ana)
    assert sla.escalate(timezone.now()) == 0
