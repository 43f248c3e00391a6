"""Does the page of routes tell how each works, and let only a lead interrupt one?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import breaker
from deliveries.breaker import Tally
from deliveries.models import Grain, OutcomeRollup, Route
from tests.factories import make_provider, make_route, make_source
from tests.people import Person
from tests.work import UNAVAILABLE, make_ticket
from triage.models import Ticket

pytestmark = pytest.mark.django_db
ROUTES = "/routes/"
REASON = "The carrier is being replaced."


@pytest.fixture
def route(db: None) -> Route:
    return make_route()


def sent(route: Route, **figures: int) -> None:
    OutcomeRollup.objects.create(
        bucket=timezone.now().replace(second=0, microsecond=0),
        grain=Grain.MINUTE,
        source=make_source(),
        channel=route.channel,
        provider=route.provider,
        purpose="transactional",
        delivered=0,
        **figures,
    )


def test_a_route_shows_its_health_and_the_last_minutes(
    ana: Person, route: Route
) -> None:
    sent(route, sends=4, accepted=3, failed=0, unknown=1)
    page = ana.browser.get(ROUTES)
    ((line,),) = [each["lines"] for each in page.context["channels"]]
    assert (line.sends, line.success, line.unknown) == (4, 75.0, 1)
    assert line.state == "closed"
    assert "Every route is in use" in page.text
    assert "Interrupt" not in page.text


def test_a_lead_interrupts_a_route_and_uses_it_again(leo: Person, route: Route) -> None:
    url = f"{ROUTES}{route.pk}/"
    answer = leo.browser.post(f"{url}interruption/", {"reason": REASON}, follow=True)
    assert "1 route is not in use" in answer.text
    assert REASON in answer.text
    assert breaker.is_interrupted(route)
    answer = leo.browser.post(f"{url}restoration/", follow=True)
    assert "Every route is in use" in answer.text
    assert not breaker.is_interrupted(route)


def test_an_interruption_needs_a_reason(leo: Person, route: Route) -> None:
    page = f"{ROUTES}{route.pk}/interruption/"
    answer = leo.browser.post(page, {"reason": "broken"})
    assert answer.status_code == 400
    assert "at least 10 characters" in answer.text
    assert not breaker.is_interrupted(route)


def test_whoever_interrupts_a_route_is_told_what_follows(
    leo: Person, route: Route
) -> None:
    page = f"{ROUTES}{route.pk}/interruption/"
    assert "Nothing else carries this channel" in leo.browser.get(page).text
    spare = make_route(make_provider(), position=2)
    answer = leo.browser.get(page)
    assert answer.context["instead"] == [spare]
    assert spare.provider.name in answer.text


def test_parked_tickets_are_counted_within_ones_own_queues(
    ana: Person, route: Route
) -> None:
    ticket = make_ticket(cause=UNAVAILABLE)
    Ticket.objects.filter(pk=ticket.pk).update(parked_by_breaker=route)
    ((line,),) = [each["lines"] for each in ana.browser.get(ROUTES).context["channels"]]
    assert line.parked == 1


def test_a_route_that_failed_by_itself_says_since_when(
    ana: Person, route: Route
) -> None:
    breaker.note({route.pk: Tally(20, 20)}, timezone.now() - timedelta(minutes=7))
    assert "for 7 min" in ana.browser.get(ROUTES).text


def test_without_a_route_the_page_says_what_to_do(ana: Person) -> None:
    assert "No route is set up yet" in ana.browser.get(ROUTES).text


def queries(person: Person) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        person.browser.get(ROUTES)
    return len(seen)


def test_fifty_routes_cost_no_more_queries_than_one(leo: Person, route: Route) -> None:
    breaker.note({route.pk: Tally(20, 20)}, timezone.now())
    few = queries(leo)
    for _ in range(49):
        make_route(make_provider())
    assert queries(leo) <= few
