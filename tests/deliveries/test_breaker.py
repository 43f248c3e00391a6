"""Do all workers see the same breaker, and is every change of it told?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deliveries import breaker, routing
from deliveries.breaker import Tally
from deliveries.channels import Reply, ReplyKind
from deliveries.models import ChangeKind, FactChange, RouteHealth
from tests.factories import make_message, make_route

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HALF_A_MINUTE = timedelta(seconds=30)


def told() -> list[int | None]:
    rows = FactChange.objects.filter(kind=ChangeKind.BREAKER, due_at__isnull=False)
    return list(rows.order_by("pk").values_list("subject_id", flat=True))


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(ReplyKind.ACCEPTED, reply_code="202"), False),
        (Reply(ReplyKind.REFUSED, reply_code="404"), False),
        (Reply(ReplyKind.REFUSED, reply_code="429"), True),
        (Reply(ReplyKind.REFUSED, reply_code="503"), True),
        (Reply(ReplyKind.REFUSED, reply_code="connection_refused"), True),
        (Reply(ReplyKind.UNCLEAR, reply_code="timeout"), True),
        (Reply(ReplyKind.REFUSED, reply_code="550", fault=False), False),
        (Reply(ReplyKind.REFUSED, reply_code="45009", fault=True), True),
    ],
)
def test_only_what_speaks_of_the_provider_counts(reply: Reply, *, fault: bool) -> None:
    assert breaker.is_fault(reply) is fault


def test_a_route_that_fails_is_interrupted_and_told_of_once() -> None:
    route = make_route()
    breaker.note({route.pk: Tally(20, 12)}, NOW)
    breaker.note({route.pk: Tally(20, 20)}, NOW)
    assert breaker.shut_until(route, NOW) == NOW + HALF_A_MINUTE
    assert told() == [route.pk]


def test_it_comes_back_by_itself_after_three_good_probes() -> None:
    route = make_route()
    breaker.note({route.pk: Tally(20, 20)}, NOW)
    later = NOW + HALF_A_MINUTE
    assert [breaker.admit(route, later) for _ in range(4)] == [True] * 3 + [False]
    breaker.note({route.pk: Tally(3, 0)}, later)
    assert breaker.shut_until(route, later) is None
    assert told() == [route.pk, route.pk]


def test_trying_a_route_again_in_vain_is_not_told() -> None:
    route = make_route()
    breaker.note({route.pk: Tally(20, 20)}, NOW)
    later = NOW + HALF_A_MINUTE
    assert breaker.admit(route, later)
    breaker.note({route.pk: Tally(1, 1)}, later)
    assert told() == [route.pk]
    assert breaker.shut_until(route, later) == later + HALF_A_MINUTE


def test_traffic_moves_to_the_next_route_and_back() -> None:
    first, second = make_route(position=1), make_route(position=2)
    message = make_message()
    breaker.note({first.pk: Tally(20, 20)}, NOW)
    assert routing.next_route(message, now=NOW) == second
    assert routing.next_route(message, now=NOW + HALF_A_MINUTE) == first


def test_an_interrupted_route_is_taken_where_there_is_no_other() -> None:
    only = make_route()
    breaker.note({only.pk: Tally(20, 20)}, NOW)
    assert routing.next_route(make_message(), now=NOW) == only


def test_what_a_person_interrupts_stays_so_until_a_person_restores_it() -> None:
    route, leo = make_route(), User.objects.create_user("leo")
    breaker.interrupt(route, leo.pk, "The carrier is being replaced.", NOW)
    day_later = NOW + timedelta(days=1)
    assert breaker.shut_until(route, day_later) is not None
    breaker.note({route.pk: Tally(30, 0)}, day_later)
    assert not breaker.admit(route, day_later)
    breaker.restore(route, day_later)
    assert breaker.shut_until(route, day_later) is None
    row = RouteHealth.objects.get(route=route)
    assert (row.forced_by, row.reason) == (None, "")
    assert told() == [route.pk, route.pk]
