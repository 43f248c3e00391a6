"""Does everybody get the ticket that matters most, with the reason, and never two?"""

from datetime import timedelta

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
