"""How many tickets are there of each sort, without counting a million for every page?

A small desk is counted exactly, each time. A large one is counted ahead, for all its
readers at once (:mod:`triage.tallies`); what is not told there is kept for half a
minute. Nobody reads "10,000+" more exactly than that.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from deliveries import together
from deliveries.actor import Actor, Role
from triage import tallies
from triage.filters import NOBODY, OVERDUE, SOON
from triage.models import LIVE, UNSOLVED, Queue, Ticket, TicketState, Tier
from triage.models.ticket import TicketQuerySet
from triage.tallies import FACETS, KEPT_S, LARGE, Lines, Tally

CAP = 10_000  # what a page shows as "10,000+"
# The sign of a large desk: its figures are looked for where all are counted at once.
SEEN_LARGE, SEEN_LARGE_S = "large_desk", 600


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
    """Tickets that are counted together, and the name of exactly these.

    ``queues`` are those whose tickets they are, None for all; ``whole`` is false if
    there are others among them.
    """

    name: str
    tickets: TicketQuerySet
    queues: Collection[int] | None = None
    whole: bool = True


def scope_of(actor: Actor, queue: Queue | None = None) -> Scope:
    """Return what an actor sees, or what of it lies in one of their queues."""
    tickets = Ticket.objects.visible_to(actor)
    if queue is not None:
        return Scope(f"queue {queue.pk}", tickets.filter(queue=queue), (queue.pk,))
    if actor.sees_everything:
        return Scope("all", tickets)
    queues, is_editor = sorted(actor.queue_ids), Role.EDITOR in actor.roles
    name = f"queues {queues}{' and resolved' if is_editor else ''}"
    return Scope(name, tickets, queues, whole=not is_editor)


def of(scope: Scope, *beside: QuerySet[Any]) -> Counts:
    """Count the live tickets of a scope, at most half a minute ago.

    ``beside`` are rows that the caller needs too: fetched here, in no more statements.
    """
    tally = _tally_for(scope)
    if tally is not None:
        told = _told(scope, tally)
        if told.live > LARGE:
            together.fetch(*beside)
            return told
    lines = _kept(
        f"facets of {scope.name}",
        lambda: _facets(scope, *beside),
        lambda lines: sum(line[len(FACETS)] for line in lines),
    )
    together.fetch(*beside)
    return _counted(lines)


def _told(scope: Scope, tally: Tally) -> Counts:
    """Make the figures of a scope of a tally, once in each process."""
    told: Counts | None = tally.known.get(scope.name)
    if told is None:
        told = tally.known[scope.name] = _counted(tally.facets(scope.queues))
    return told


def _counted(lines: Lines) -> Counts:
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
    at_risk, overdue, soon = _risks(scope, counted.live)
    by = counted.by | {"clock": Counter({OVERDUE: overdue, SOON: soon})}
    return replace(counted, at_risk=at_risk, by=by)


def _tally_for(scope: Scope) -> Tally | None:
    if not scope.whole or not caches["figures"].get(SEEN_LARGE):
        return None
    return tallies.latest()


def _risks(scope: Scope, live: int) -> tuple[int, int, int]:
    """Count live tickets with a promise at risk, that is overdue, that is due soon."""
    tally = _tally_for(scope)
    if tally is not None:
        return tally.at_risk(scope.queues)
    now = timezone.now()

    def count() -> Lines:
        tickets = scope.tickets.live().values("pk")
        found = tallies.near(now).filter(ticket__in=tickets)
        return [tuple(found.aggregate(**tallies.risks(now)).values())]

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
    scope = scope_of(actor)
    queues = Queue.objects.visible_to(actor)
    tally = _tally_for(replace(scope, whole=True))
    if tally is not None:
        seen = set(queues.values_list("pk", flat=True))
        return {pk: each for pk, each in _told_by_queue(tally).items() if pk in seen}
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

    name = f"{scope.name} by queue"
    lines = _kept(name, count, lambda lines: sum(line[1] for line in lines))
    return {pk: OfQueue(*values) for pk, *values in lines}


def _told_by_queue(tally: Tally) -> dict[int, OfQueue]:
    """Make the figures of each queue of a tally."""
    oldest: dict[int, datetime] = {}
    for queue, *_facets, moment in tally.lines:
        if moment is not None:
            oldest[queue] = min(moment, oldest.get(queue, moment))
    found = {}
    for queue in {line[0] for line in tally.lines}:
        counted = _counted(tally.facets([queue]))
        figures = counted.live, counted.unassigned, counted.urgent
        found[queue] = OfQueue(*figures, oldest.get(queue))
    return found


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
    """Count; on a desk of more than ``LARGE`` tickets, remember for a while."""
    key = f"counts:{hashlib.sha256(name.encode()).hexdigest()}"
    cache = caches["figures"]
    kept: Lines | None = cache.get(key)
    if kept is not None:
        return kept
    lines = count()
    if size(lines) > LARGE:
        cache.set(SEEN_LARGE, True, SEEN_LARGE_S)
        cache.set(key, lines, KEPT_S)
    return lines
