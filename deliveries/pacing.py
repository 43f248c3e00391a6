"""How many retries may a route carry, so that mending one outage causes no other?

A budget that all workers share: a fifth of what the provider allows, and at least one
try in five seconds. It is kept as tokens on the row of the route's health. A bulk
resend keeps a bucket of its own besides.
"""

from datetime import datetime, timedelta

from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Coalesce, Extract, Least

from deliveries.models import Route, RouteHealth

SHARE = 0.2  # of ``rate_per_s``: first sends keep the rest
LEAST_PER_S = 0.2
BURST_S = 5.0  # what a quiet route may save up


def retries_per_s(route: Route) -> float | None:
    """Return the budget in tries a second; None for a route without a limit."""
    if route.rate_per_s is None:
        return None
    return max(LEAST_PER_S, SHARE * route.rate_per_s)


def take(route: Route, now: datetime) -> bool:
    """Take one try out of the budget; false if there is none left now."""
    rate = retries_per_s(route)
    if rate is None:
        return True
    new = RouteHealth(route=route, window_start=now, tokens=rate * BURST_S)
    RouteHealth.objects.bulk_create([new], ignore_conflicts=True)
    passed = Extract(Value(now) - Coalesce("refilled_at", Value(now)), "epoch")
    filled = Least(
        F("tokens") + passed * Value(rate),
        Value(max(1.0, rate * BURST_S)),
        output_field=FloatField(),
    )
    rows = RouteHealth.objects.annotate(filled=filled).filter(route=route)
    first = Q(refilled_at=None)
    taken = rows.filter(Q(filled__gte=1) | first).update(
        tokens=filled - Value(1.0), refilled_at=now
    )
    return bool(taken)


def refilled(
    tokens: float, refilled_at: datetime | None, rate: float, now: datetime
) -> float:
    """Return what is in a bucket by now that fills at ``rate`` tokens a second.

    A bucket that was never used is full. It holds what comes in ``BURST_S``, and at
    least one.
    """
    most = max(1.0, rate * BURST_S)
    if refilled_at is None:
        return most
    passed_s = max(0.0, (now - refilled_at).total_seconds())
    return min(most, tokens + passed_s * rate)


def next_chance(route: Route, now: datetime) -> datetime:
    """Return when it is worth asking again."""
    rate = retries_per_s(route) or 1.0
    return now + timedelta(seconds=1 / rate)
