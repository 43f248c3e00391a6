"""How many tickets are there of each sort, without counting a million for every page?

A small desk is counted exactly, each time. Where counting takes long the figures are
kept for half a minute; nobody reads "10,000+" more exactly than that.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from deliveries import together
from deliveries.actor import Actor, Role
from triage.filters import NOBODY, OVERDUE, SOON, late
from triage.models import LIVE, UNSOLVED, Queue, SlaClock, Ticket, TicketState, Tier
from triage.models import SOON as AT_RISK_WITHIN
from triage.models.ticket import TicketQuerySet

CAP = 10_000  # what a page shows as "10,000+"
KEPT_S = 30
KEPT_FROM = 2_000  # tickets; fewer are counted faster than remembered

FACETS = ("tier", "state", "channel", "family")
Lines = list[tuple[Any, ...]]


@dataclass(slots=True)
class Counts:
    """The live tickets of a scope, by what they can be narrowed by."""

    lines: Lines = field(default_factory=list)  # see _facets
    live: int = 0
    unsolved: int = 0
    unassigned: int = 0  # of the unsolved
    urgent: int = 0  # of the unsolved
    at_risk: int = 0  # by their promises
    by: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in (*FACETS, "clock")}
    )

    @property
    def solved(self) -> int:
        """Those that are solved and not proven."""
        return self.by["state"][TicketState.SOLVED]

    def among(self, asked: Mapping[str, Collection[str]]) -> int | None:
        """Count those that have one of the values of each facet that is asked for.

        ``assignee`` may be asked to be nobody. None if these figures do not tell.
        """
        wanted = dict(asked)
        free = wanted.pop("assignee", None)
        told = wanted.keys() <= set(FACETS) and free in (None, [NOBODY])
        if not told or not set(wanted.get("state", ())) <= set(LIVE):
            return None
        places = [(FACETS.index(name), values) for name, values in wanted.items()]
        counts = (
            line[len(FACETS) + bool(free)]
            for line in self.lines
            if all(line[at] in values for at, values in places)
        )
        return sum(map(int, counts))


@dataclass(frozen=True, slots=True)
class Scope:
    """Tickets that are counted together, and the name of exactly these."""

    name: str
    tickets: TicketQuerySet


def scope_of(actor: Actor, queue: Queue | None = None) -> Scope:
    """Return what an actor sees, or what of it lies in one of their queues."""
    tickets = Ticket.objects.visible_to(actor)
    if queue is not None:
        return Scope(f"queue {queue.pk}", tickets.filter(queue=queue))
    if actor.sees_everything:
        return Scope("all", tickets)
    editor = " and resolved" if Role.EDITOR in actor.roles else ""
    return Scope(f"queues {sorted(actor.queue_ids)}{editor}", tickets)


def of(scope: Scope, *beside: QuerySet[Any]) -> Counts:
    """Count the live tickets of a scope, at most half a minute ago.

    ``beside`` are rows that the caller needs too: fetched here, in no more statements.
    """
    lines = _kept(
        f"facets of {scope.name}",
        lambda: _facets(scope, *beside),
        lambda lines: sum(line[len(FACETS)] for line in lines),
    )
    together.fetch(*beside)
    counted = Counts(lines)
    for *values, count, free in lines:
        tier, state, _channel, _family = values
        counted.live += count
        for name, value in zip(FACETS, values, strict=True):
            counted.by[name][value] += count
        if state in UNSOLVED:
            counted.unsolved += count
            counted.unassigned += free
            counted.urgent += count if tier == Tier.S1 else 0
    return counted


def of_list(scope: Scope) -> Counts:
    """Count as :func:`of` does, and whose promises are at risk."""
    counted = of(scope)
    counted.at_risk, overdue, soon = _risks(scope, counted.live)
    counted.by["clock"].update({OVERDUE: overdue, SOON: soon})
    return counted


def _risks(scope: Scope, live: int) -> tuple[int, int, int]:
    """Count live tickets with a promise at risk, that is overdue, that is due soon."""
    now = timezone.now()

    def count() -> Lines:
        tickets = scope.tickets.live().values("pk")
        # Overdue is what has a target in the past: a range of the index.
        near = SlaClock.objects.at_risk(now).filter(target_at__lte=now + AT_RISK_WITHIN)
        found = near.filter(ticket__in=tickets).order_by()
        each = {
            "either": Count("ticket", distinct=True),
            "overdue": Count("ticket", distinct=True, filter=late(now)),
            "soon": Count("ticket", distinct=True, filter=~late(now)),
        }
        return [tuple(found.aggregate(**each).values())]

    (figures,) = _kept(f"risks of {scope.name}", count, lambda _: live)
    either, overdue, soon = figures
    return either, overdue, soon


def _facets(scope: Scope, *beside: QuerySet[Any]) -> Lines:
    lines = scope.tickets.live().order_by().values_list(*FACETS)
    free = Count("state", filter=Q(assignee=None))
    counted = lines.annotate(n=Count("*"), free=free)
    together.fetch(counted, *beside)
    return list(counted)


@dataclass(frozen=True, slots=True)
class OfQueue:
    """What waits in one queue."""

    live: int = 0
    unassigned: int = 0
    urgent: int = 0
    oldest_at: datetime | None = None


def by_queue(actor: Actor) -> dict[int, OfQueue]:
    """Count what waits in each queue that the actor sees; empty ones are left out."""
    queues = Queue.objects.visible_to(actor)
    unsolved = Q(state__in=UNSOLVED)

    def count() -> Lines:
        rows = Ticket.objects.filter(state__in=LIVE, queue__in=queues).order_by()
        return list(
            rows.values_list("queue").annotate(
                live=Count("*"),
                unassigned=Count("state", filter=unsolved & Q(assignee=None)),
                urgent=Count("state", filter=unsolved & Q(tier=Tier.S1)),
                oldest=Min("opened_at", filter=unsolved),
            )
        )

    name = f"{scope_of(actor).name} by queue"
    lines = _kept(name, count, lambda lines: sum(line[1] for line in lines))
    return {pk: OfQueue(*values) for pk, *values in lines}


def capped(rows: QuerySet[Any]) -> int:
    """Count rows of tickets, but none beyond 10,001."""
    return int(rows.order_by().values("number")[: CAP + 1].count())


def held(scope: Scope, person: int | None) -> int:
    """Count the unsolved tickets of a scope that one person has taken."""
    rows = scope.tickets.filter(state__in=UNSOLVED, assignee=person)
    ((found,),) = _kept(
        f"held by {person} of {scope.name}",
        lambda: [(capped(rows),)],
        lambda lines: int(lines[0][0]),
    )
    return int(found)


def matching(scope: Scope, rows: QuerySet[Any], question: str, live: int) -> int:
    """Count what of a scope answers a question that is named by its own words.

    ``live`` is how many tickets of the scope are live: how large the desk is.
    """

    def count() -> Lines:
        return [(capped(rows),)]

    ((found,),) = _kept(f"{question} of {scope.name}", count, lambda _: live)
    return int(found)


def _kept(name: str, count: Callable[[], Lines], size: Callable[[Lines], int]) -> Lines:
    """Count; on a desk of more than ``KEPT_FROM`` tickets, remember for a while."""
    key = f"counts:{hashlib.sha256(name.encode()).hexdigest()}"
    cache = caches["figures"]
    kept: Lines | None = cache.get(key)
    if kept is not None:
        return kept
    lines = count()
    if size(lines) > KEPT_FROM:
        cache.set(key, lines, KEPT_S)
    return lines
