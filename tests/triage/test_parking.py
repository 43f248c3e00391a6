"""Do tickets wait for an interrupted route, and go on when it is used again?"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import breaker
from deliveries.breaker import Tally
from deliveries.models import FactChange, Route
from tests.factories import make_provider, make_route
from tests.work import UNAVAILABLE, UNKNOWN, make_ticket
from triage import parking, repair
from triage.models import EventKind, FailureGroup, Ticket

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MINUTE = timedelta(minutes=1)
BROKEN = Tally(20, 20)


@pytest.fixture
def route(db: None) -> Route:
    return make_route()


def ticket_of(route: Route, cause: str = UNAVAILABLE, region: str = "") -> Ticket:
    ticket = make_ticket(cause=cause)
    FailureGroup.objects.filter(pk=ticket.group_id).update(
        channel=route.channel, provider=route.provider.slug, region=region
    )
    return ticket


def follow_up() -> None:
    """Follow up all that was told, though the test has not committed yet."""
    FactChange.objects.filter(due_at__isnull=False).update(due_at=NOW - MINUTE)
    repair.follow_up_due(NOW)


def parked(ticket: Ticket) -> bool:
    ticket.refresh_from_db()
    return ticket.parked_by_breaker_id is not None


def events(ticket: Ticket) -> list[str]:
    kinds = (EventKind.PARKED, EventKind.UNPARKED)
    rows = ticket.events.filter(kind__in=kinds).order_by("seq")
    return list(rows.values_list("kind", flat=True))


def test_an_interruption_parks_the_tickets_of_its_provider(route: Route) -> None:
    ticket = ticket_of(route)
    breaker.note({route.pk: BROKEN}, NOW)
    follow_up()
    assert parked(ticket)
    breaker.restore(route, NOW)
    follow_up()
    assert not parked(ticket)
    assert events(ticket) == ["parked", "unparked"]


def test_what_waiting_cannot_mend_is_not_parked(route: Route) -> None:
    lasting = ticket_of(route, cause=UNKNOWN)
    elsewhere = ticket_of(make_route(make_provider()))
    breaker.note({route.pk: BROKEN}, NOW)
    follow_up()
    assert not parked(lasting)
    assert not parked(elsewhere)


def test_a_regional_route_parks_its_region_alone() -> None:
    route = make_route(region="cn-east")
    here, there = ticket_of(route, region="cn-east"), ticket_of(route, region="eu")
    breaker.note({route.pk: BROKEN}, NOW)
    follow_up()
    assert (parked(here), parked(there)) == (True, False)


def test_news_that_comes_twice_or_late_changes_nothing_more(route: Route) -> None:
    ticket = ticket_of(route)
    breaker.note({route.pk: BROKEN}, NOW)
    for _ in range(2):
        with transaction.atomic():
            parking.follow(route.pk, NOW)
    assert events(ticket) == ["parked"]
    breaker.restore(route, NOW)
    follow_up()
    assert events(ticket) == ["parked", "unparked"]
