"""Does everybody get the ticket that matters most, with the reason, and never two?"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import ChannelKind
from tests.factories import make_route
from tests.people import Person, make_person
from tests.side_by_side import Other
from tests.work import MAILBOX_FULL, make_ticket
from triage import offering, tickets
from triage.models import (
    AgentProfile,
    Decline,
    DeclineReason,
    FailureReport,
    MemberRole,
    Queue,
    SlaClock,
    Ticket,
)
from triage.offering import Stop, Why

pytestmark = pytest.mark.django_db

URGENT = "config.billing"  # S2


def offered(person: Person) -> offering.Offer:
    return offering.next_for(person.actor, timezone.now())


def at_risk(ticket: Ticket) -> Ticket:
    soon = timezone.now() + timedelta(minutes=10)
    SlaClock.objects.filter(ticket=ticket).update(target_at=soon)
    return ticket


def profile(person: Person, **values: object) -> None:
    AgentProfile.objects.update_or_create(person=person.user, defaults=values)


# --- which one ------------------------------------------------------------------------


def test_the_only_ticket_is_offered_as_such(ana: Person) -> None:
    ticket = make_ticket()
    found = offered(ana)
    assert (found.ticket, found.why) == (ticket, Why.ONLY)


def test_what_has_waited_longest_comes_first(ana: Person) -> None:
    first = make_ticket()
    make_ticket()
    Ticket.objects.filter(pk=first.pk).update(
        opened_at=timezone.now() - timedelta(hours=1)
    )
    found = offered(ana)
    assert (found.ticket, found.why) == (first, Why.WAITED)


def test_a_skill_comes_before_waiting(ana: Person) -> None:
    make_ticket(channel=ChannelKind.SMS)
    mine = make_ticket(channel=ChannelKind.EMAIL)
    profile(ana, skills=["channel:email"])
    found = offered(ana)
    assert (found.ticket, found.why, found.fits) == (mine, Why.SKILL, True)


def test_a_family_of_causes_is_a_skill_as_well(ana: Person) -> None:
    make_ticket()
    mine = make_ticket(cause=MAILBOX_FULL)
    profile(ana, skills=["family:recipient"])
    assert offered(ana).ticket == mine


@pytest.mark.parametrize("locale", ["zh", "zh-Hans-CN", "ZH_cn"])
def test_the_language_of_the_reporters_comes_before_a_skill(
    ana: Person, locale: str
) -> None:
    make_ticket(channel=ChannelKind.SMS)
    FailureReport.objects.update(locale="de-DE")
    mine = make_ticket()
    FailureReport.objects.filter(ticket=mine).update(locale=locale)
    profile(ana, languages=["zh"], skills=["channel:sms"])
    found = offered(ana)
    assert (found.ticket, found.why) == (mine, Why.LANGUAGE)


def test_a_language_that_is_not_said_is_everybodys(ana: Person) -> None:
    first = make_ticket()
    FailureReport.objects.update(locale="")
    make_ticket()
    FailureReport.objects.filter(locale="").exclude(ticket=first).update(locale="zhx")
    profile(ana, languages=["zh"])
    assert offered(ana).ticket == first


def test_who_names_no_language_is_offered_all_alike(ana: Person) -> None:
    first = make_ticket()
    FailureReport.objects.update(locale="th")
    make_ticket()
    assert (offered(ana).ticket, offered(ana).why) == (first, Why.WAITED)


def test_the_tier_comes_before_a_skill(ana: Person) -> None:
    make_ticket(cause=MAILBOX_FULL)
    urgent = make_ticket(cause=URGENT)
    profile(ana, skills=["family:recipient"])
    found = offered(ana)
    assert (found.ticket, found.why, found.fits) == (urgent, Why.TIER, False)


def test_what_is_at_risk_comes_before_everything(ana: Person) -> None:
    make_ticket(cause=URGENT)
    risky = at_risk(make_ticket())
    found = offered(ana)
    assert (found.ticket, found.why, found.at_risk) == (risky, Why.RISK, True)


def test_what_decided_is_where_the_two_first_differ(ana: Person) -> None:
    at_risk(make_ticket())
    urgent = at_risk(make_ticket(cause=URGENT))
    found = offered(ana)
    assert (found.ticket, found.why, found.at_risk) == (urgent, Why.TIER, True)


def test_what_others_hold_or_nobody_can_mend_is_not_offered(
    ana: Person, leo: Person
) -> None:
    make_ticket(assignee=leo.user)
    parked = make_ticket()
    Ticket.objects.filter(pk=parked.pk).update(parked_by_breaker=make_route())
    assert offered(ana).stop is Stop.NOTHING


def test_what_lies_elsewhere_is_not_offered(ana: Person, eve: Person) -> None:
    make_ticket()
    assert offered(eve).stop is Stop.NOTHING


def test_the_offer_costs_the_same_for_many_tickets(ana: Person) -> None:
    def cost() -> int:
        actor = ana.actor
        with CaptureQueriesContext(connection) as seen:
            offering.next_for(actor, timezone.now())
        return len(seen)

    make_ticket()
    few = cost()
    for _ in range(20):
        make_ticket()
    assert cost() == few == 3


# --- whether at all -------------------------------------------------------------------


def test_whoever_is_away_is_offered_nothing_until_they_are_back(ana: Person) -> None:
    make_ticket()
    profile(ana, away_until=timezone.now() + timedelta(hours=1))
    assert offered(ana).stop is Stop.AWAY
    profile(ana, away_until=timezone.now() - timedelta(seconds=1))
    assert offered(ana).stop is None


def test_whoever_has_enough_is_offered_nothing_but_what_waits_does_not_count(
    ana: Person,
) -> None:
    make_ticket()
    held = make_ticket(assignee=ana.user)
    profile(ana, capacity=1)
    found = offered(ana)
    assert (found.stop, found.held, found.capacity) == (Stop.FULL, 1, 1)
    Ticket.objects.filter(pk=held.pk).update(state="waiting", waiting_on="provider")
    assert offered(ana).stop is None


# --- not this one ---------------------------------------------------------------------


def leave(person: Person, ticket: Ticket) -> None:
    now = timezone.now()
    offering.leave(ticket.number, person.actor, DeclineReason.SKILL, now)


def test_what_was_left_is_offered_to_others_and_comes_back_tomorrow(
    ana: Person, leo: Person
) -> None:
    first, second = make_ticket(cause=URGENT), make_ticket()
    leave(ana, first)
    assert offered(ana).ticket == second
    assert offered(leo).ticket == first
    Decline.objects.update(at=timezone.now() - timedelta(hours=13))
    assert offered(ana).ticket == first


def test_leaving_it_again_keeps_the_newest_reason(ana: Person) -> None:
    ticket = make_ticket()
    leave(ana, ticket)
    offering.leave(ticket.number, ana.actor, DeclineReason.TIME, timezone.now())
    assert Decline.objects.get().reason == DeclineReason.TIME


def test_what_one_cannot_see_one_cannot_leave(eve: Person) -> None:
    ticket = make_ticket()
    with pytest.raises(tickets.NotFound):
        leave(eve, ticket)


# --- take next ------------------------------------------------------------------------


def test_taking_the_next_takes_what_comes_first(ana: Person) -> None:
    make_ticket()
    urgent = make_ticket(cause=URGENT)
    taken = offering.take_next(ana.actor, timezone.now())
    assert taken == urgent
    assert Ticket.objects.get(pk=urgent.pk).assignee == ana.user


def test_nothing_is_taken_by_who_is_away(ana: Person) -> None:
    make_ticket()
    profile(ana, away_until=timezone.now() + timedelta(hours=1))
    assert offering.take_next(ana.actor, timezone.now()) is None


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_never_get_the_same(general: Queue) -> None:
    for _ in range(4):
        make_ticket()
    people = [make_person(f"agent{n}", MemberRole.AGENT, general) for n in range(6)]
    others = [
        Other(lambda actor=person.actor: offering.take_next(actor, timezone.now()))
        for person in people
    ]
    taken = [ticket.pk for ticket in (other.end() for other in others) if ticket]
    assert len(taken) == len(set(taken)) == 4
    held = Ticket.objects.filter(assignee__isnull=False)
    assert held.values("assignee").distinct().count() == 4


# --- shifts ---------------------------------------------------------------------------

NIGHT = {"shift_starts": time(22), "shift_ends": time(6)}
DAY = {"shift_starts": time(9), "shift_ends": time(17)}


@pytest.mark.parametrize(
    ("shift", "at", "on"),
    [
        ({}, "2026-03-02T03:00", True),
        (DAY, "2026-03-02T09:00", True),
        (DAY, "2026-03-02T08:59", False),
        (DAY, "2026-03-02T17:00", False),
        (DAY | {"shift_days": [1]}, "2026-03-02T12:00", False),  # a Monday
        (DAY | {"shift_days": [0]}, "2026-03-02T12:00", True),
        (DAY | {"zone": "Asia/Shanghai"}, "2026-03-02T01:00", True),
        (DAY | {"zone": "Asia/Shanghai"}, "2026-03-02T12:00", False),
        (NIGHT, "2026-03-02T23:00", True),
        (NIGHT, "2026-03-02T05:59", True),
        (NIGHT, "2026-03-02T06:00", False),
        (NIGHT | {"shift_days": [0]}, "2026-03-03T05:00", True),
        (NIGHT | {"shift_days": [0]}, "2026-03-02T05:00", False),
    ],
)
def test_a_shift_is_told_by_the_clock_of_its_person(
    ana: Person, shift: dict[str, Any], at: str, *, on: bool
) -> None:
    row = AgentProfile(person=ana.user, **shift)
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert row.is_on_shift(now) is on
    begins = row.next_shift(now)
    if begins is not None:
        assert begins > now
        assert row.is_on_shift(begins)
        assert not row.is_on_shift(begins - timedelta(minutes=1))


def test_off_shift_nothing_is_offered_and_the_next_begin_is_said(ana: Person) -> None:
    make_ticket()
    monday = datetime(2026, 3, 2, 20, tzinfo=UTC)
    profile(ana, **DAY)
    found = offering.next_for(ana.actor, monday)
    assert (found.ticket, found.stop) == (None, Stop.OFF_SHIFT)
    assert found.begins == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert offering.take_next(ana.actor, monday) is None
    assert offering.next_for(ana.actor, monday - timedelta(hours=8)).ticket
