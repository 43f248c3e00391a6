"""Do the figures equal a recount of the tries behind them?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from deliveries import rollups, routing
from deliveries.models import (
    DeliveryAttempt,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    Grain,
    Outcome,
    OutcomeRollup,
    Route,
)
from tests.factories import make_attempt, make_message, make_route

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
MINUTE = timedelta(minutes=1)


def ended(outcome: Outcome, at: datetime, route: Route) -> DeliveryAttempt:
    attempt = make_attempt(make_message(), route, due_at=at)
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        outcome=outcome, started_at=at, finished_at=at, due_at=None
    )
    return attempt


def arrived(attempt: DeliveryAttempt) -> None:
    DeliveryEvent.objects.create(
        source_id=attempt.source_id,
        message=attempt.message,
        attempt_n=attempt.n,
        dedup_hash=f"event-{attempt.pk}",
        kind=EventKind.DELIVERED,
        level=EvidenceLevel.DELIVERED,
        occurred_at=NOW,
        trusted=True,
    )


def figures(grain: Grain) -> dict[str, int]:
    names = ("sends", "accepted", "delivered", "failed", "unknown")
    rows = OutcomeRollup.objects.filter(grain=grain)
    return rows.aggregate(**{name: Sum(name, default=0) for name in names})


@pytest.fixture
def route() -> Route:
    return make_route()


def test_every_grain_adds_up_to_the_tries(route: Route) -> None:
    arrived(ended(Outcome.ACCEPTED, NOW - 61 * MINUTE, route))
    ended(Outcome.ACCEPTED, NOW - MINUTE, route)
    ended(Outcome.REFUSED, NOW - MINUTE, route)
    ended(Outcome.UNCLEAR, NOW, route)
    ended(Outcome.CANCELLED, NOW, route)
    assert rollups.roll_up(NOW) == 3
    for grain in Grain:
        assert figures(grain) == {
            "sends": 4,
            "accepted": 2,
            "delivered": 1,
            "failed": 1,
            "unknown": 1,
        }


def test_counting_twice_changes_nothing(route: Route) -> None:
    ended(Outcome.ACCEPTED, NOW, route)
    rollups.roll_up(NOW)
    rollups.roll_up(NOW + MINUTE)
    assert figures(Grain.DAY)["sends"] == 1


def test_late_evidence_changes_the_bucket_of_its_try(route: Route) -> None:
    attempt = ended(Outcome.ACCEPTED, NOW - 600 * MINUTE, route)
    rollups.roll_up(NOW)
    ended(Outcome.REFUSED, NOW, route)
    rollups.roll_up(NOW)
    arrived(attempt)
    rollups.roll_up(NOW + MINUTE)
    old = OutcomeRollup.objects.get(grain=Grain.MINUTE, delivered=1)
    assert old.bucket == NOW - 600 * MINUTE


def test_routes_of_one_position_share_by_weight_and_recent_success() -> None:
    good, bad = make_route(), make_route()
    for _ in range(19):
        ended(Outcome.ACCEPTED, NOW, good)
        ended(Outcome.REFUSED, NOW, bad)
    rollups.roll_up(NOW)
    rates = routing.success_rates("webhook", "", NOW)
    assert rates == {good.provider_id: 1.0, bad.provider_id: pytest.approx(0.05)}
    taken = [routing.next_route(make_message(), now=NOW) for _ in range(100)]
    assert taken.count(good) > 80


def test_a_route_of_no_weight_is_for_emergencies() -> None:
    used, spare = make_route(), make_route()
    Route.objects.filter(pk=spare.pk).update(weight=0)
    assert {routing.next_route(make_message(), now=NOW) for _ in range(9)} == {used}
