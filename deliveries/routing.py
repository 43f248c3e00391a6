"""Which route carries a message next?

The routes of the best position that are not interrupted share the traffic, by weight
and by how well each has worked in the last minutes.
"""

import random
from datetime import datetime, timedelta

from django.db.models import F, Sum

from deliveries import breaker
from deliveries.models import Grain, Message, OutcomeRollup, Route

RECENT = timedelta(minutes=15)
# The jitter of a choice protects nothing that a stranger could profit from guessing.
_rng = random.Random()  # noqa: S311


def next_route(
    message: Message,
    *,
    now: datetime,
    exclude_provider_id: int | None = None,
    rng: random.Random = _rng,
) -> Route | None:
    """Return a route in use for the message's channel and region, or None.

    With ``exclude_provider_id``, one over another provider: a second route to the
    provider that just failed would fail the same way. An interrupted route is taken
    only where there is no other: a try over it waits.
    """
    rows = Route.objects.usable(message.channel, message.region)
    if exclude_provider_id is not None:
        rows = rows.exclude(provider=exclude_provider_id)
    routes = list(rows)
    shut = breaker.shut_routes(now) if len(routes) > 1 else frozenset()
    usable = [route for route in routes if route.pk not in shut] or routes
    if not usable:
        return None
    best = [route for route in usable if route.position == usable[0].position]
    if len(best) == 1:
        return best[0]
    rates = success_rates(message.channel, message.region, now)
    weights = [route.weight * rates.get(route.provider_id, 1.0) for route in best]
    if not any(weights):
        return best[0]
    return rng.choices(best, weights)[0]


def success_rates(channel: str, region: str, now: datetime) -> dict[int, float]:
    """Return the share of recent sends that went well, by id of the provider.

    A provider that was not used lately is missing. One good send is assumed for each,
    so that a single failure does not condemn it.
    """
    rows = OutcomeRollup.objects.filter(
        grain=Grain.MINUTE,
        bucket__gte=now - RECENT,
        channel=channel,
        region=region,
    )
    summed = rows.values_list("provider").annotate(
        good=Sum("accepted"), all=Sum(F("sends"))
    )
    return {provider: (good + 1) / (total + 1) for provider, good, total in summed}
