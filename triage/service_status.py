"""Which channels do not work as they should, as far as everybody may know?

A way to send that is interrupted, or an incident that leaves many people without their
messages and is not of their own making. Neither customers nor figures are told.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

from deliveries.models import BreakerState, ChannelKind, Provider, Route
from triage.models import FailureGroup, GroupState

MANY = 20  # people without their message, from which an incident is everybody's matter
RECENT = timedelta(hours=24)  # since the last failure
# Causes that lie with those who send and carry; others are a matter of one person.
FAMILIES = ("network", "server", "rate", "reputation", "config")
LIVE = (GroupState.NEW, GroupState.ACTIVE, GroupState.REGRESSED)
MOST = 200  # incidents looked at


class Trouble(TextChoices):
    """How bad it is, the worst first."""

    INTERRUPTED = "interrupted"
    FAILING = "failing"
    DETOUR = "detour"


@dataclass(frozen=True, slots=True)
class Line:
    """One channel in trouble: since when, and over whom it is sent there."""

    channel: str
    trouble: Trouble
    since: datetime
    providers: tuple[str, ...]


def now_at(now: datetime) -> list[Line]:
    """Return the channels in trouble in their usual order, in two or three queries."""
    found = defaultdict(list)
    for line in (*_interrupted(), *_failing(now)):
        found[line.channel].append(line)
    return [_worst(found[each]) for each in ChannelKind.values if each in found]


def _worst(lines: list[Line]) -> Line:
    order = list(Trouble)
    return min(lines, key=lambda each: (order.index(each.trouble), each.since))


def _interrupted() -> Iterable[Line]:
    """Channels of which routes are out of use: all of them, or some."""
    routes = Route.objects.filter(enabled=True, provider__enabled=True)
    by_channel = defaultdict(list)
    for route in routes.select_related("provider", "health"):
        by_channel[route.channel].append(route)
    for channel, every in by_channel.items():
        shut = [each for each in every if _is_shut(each)]
        if shut:
            yield Line(
                channel=channel,
                trouble=Trouble.INTERRUPTED if shut == every else Trouble.DETOUR,
                since=min(map(_shut_since, shut)),
                providers=_named(each.provider.name for each in shut),
            )


def _is_shut(route: Route) -> bool:
    health = getattr(route, "health", None)
    return health is not None and health.state != BreakerState.CLOSED


def _shut_since(route: Route) -> datetime:
    return route.health.opened_at or route.health.changed_at


def _failing(now: datetime) -> Iterable[Line]:
    """Channels in which an incident leaves many people unserved."""
    groups = FailureGroup.objects.standing().filter(
        state__in=LIVE,
        unserved__gte=MANY,
        category__family__in=FAMILIES,
        last_seen__gt=now - RECENT,
    )
    found = list(groups.order_by("-pk")[:MOST])
    slugs = {each.provider for each in found}
    # What a client wrote is shown only where it is the name of a provider of ours.
    names = dict(
        Provider.objects.filter(slug__in=slugs).values_list("slug", "name")
        if slugs
        else ()
    )
    by_channel = defaultdict(list)
    for group in found:
        by_channel[group.channel].append(group)
    for channel, every in by_channel.items():
        yield Line(
            channel=channel,
            trouble=Trouble.FAILING,
            since=min(each.first_seen for each in every),
            providers=_named(names.get(each.provider, "") for each in every),
        )


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
