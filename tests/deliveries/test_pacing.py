"""Do retries stay within the part of a route that is theirs?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliveries import pacing
from deliveries.models import Route
from tests.factories import make_route

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SECOND = timedelta(seconds=1)


def route_of(rate_per_s: int | None) -> Route:
    route = make_route()
    route.rate_per_s = rate_per_s
    route.save()
    return route


def taken(route: Route, at_s: float, tries: int) -> int:
    now = NOW + at_s * SECOND
    return sum(pacing.take(route, now) for _ in range(tries))


def test_a_route_without_a_limit_has_no_budget() -> None:
    assert taken(route_of(None), 0, 500) == 500


def test_a_fifth_of_the_rate_is_for_retries() -> None:
    route = route_of(50)
    taken(route, 0, 500)
    assert taken(route, 1, 500) == 10
    assert taken(route, 1, 500) == 0
    assert taken(route, 1.5, 500) == 5


def test_a_quiet_route_saves_up_no_more_than_five_seconds() -> None:
    route = route_of(50)
    taken(route, 0, 500)
    assert taken(route, 3600, 500) == 50


def test_at_least_one_try_passes_in_five_seconds() -> None:
    route = route_of(0)
    assert taken(route, 0, 10) == 1
    assert taken(route, 4.9, 10) == 0
    assert taken(route, 5.1, 10) == 1
    assert pacing.next_chance(route, NOW) == NOW + 5 * SECOND


def test_a_bulk_resend_fills_a_bucket_of_its_own() -> None:
    assert pacing.refilled(0, None, 2.0, NOW) == 10
    assert pacing.refilled(0, NOW, 2.0, NOW + SECOND) == 2
    assert pacing.refilled(9, NOW, 2.0, NOW + 60 * SECOND) == 10
    assert pacing.refilled(0, NOW, 0.1, NOW + 60 * SECOND) == 1
    assert pacing.refilled(3, NOW, 2.0, NOW - SECOND) == 3  # a clock that went back
