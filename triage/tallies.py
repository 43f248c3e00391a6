"""How many tickets lie where, counted once for everybody?

A large desk is counted by beat every few seconds: every page of every reader adds up
what it needs of the same figures, and none waits for a count. They are at most half a
minute old, or nobody is told them.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import caches
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from triage.filters import late
from triage.models import LIVE, SOON, UNSOLVED, SlaClock, Ticket

FACETS = ("tier", "state", "channel", "family")
KEPT_S = 30  # no figure of a page is older
RENEWED_S = 10  # by beat; a process reads them again when they are so old
ASKED_S = 3  # how often a process looks for new ones when they are late
LARGE = 2_000  # live tickets; fewer are counted faster than remembered
KEY = "tally_of_desk"

Lines = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted at a moment (UTC).

    ``lines`` are queue, the four facets, how many, how many of nobody, and since when
    the oldest unsolved waits; ``risks`` of a queue are its tickets with a promise at
    risk, overdue, and due soon. ``known`` keeps what readers made of them.
    """

    at: datetime
    lines: Lines
    risks: dict[int, tuple[int, int, int]]
    known: dict[str, Any] = field(default_factory=dict)

    def facets(self, queues: Collection[int] | None) -> Lines:
        """Add up the lines of some queues, or of all, without the moments."""
        sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
        for queue, *facets, count, free, _oldest in self.lines:
            if queues is None or queue in queues:
                line = sums[tuple(facets)]
                line[0] += count
                line[1] += free
        return [(*facets, *each) for facets, each in sums.items()]

    def at_risk(self, queues: Collection[int] | None) -> tuple[int, int, int]:
        """Add up the risks of some queues, or of all."""
        wanted = self.risks if queues is None else set(queues) & self.risks.keys()
        found = [(0, 0, 0), *(self.risks[queue] for queue in wanted)]
        either, overdue, soon = map(sum, zip(*found, strict=True))
        return either, overdue, soon


class _Latest:
    """What this process read last, and when it looked."""

    tally: Tally | None = None
    looked_at: datetime | None = None


def take(now: datetime) -> None:
    """Count a large desk for everybody; a small one is counted by each page."""
    cache = caches["default"]
    found = cache.get(KEY)
    if found and _is_within(found[0], now, RENEWED_S // 2):
        return  # several that were late come at once
    tickets = Ticket.objects.live().order_by()
    if tickets.values("pk")[: LARGE + 1].count() > LARGE:
        cache.set(KEY, (now, _lines(), _risks(now)), KEPT_S)


def latest() -> Tally | None:
    """Return the newest figures, if there are some that are not too old."""
    now, kept = timezone.now(), _Latest.tally
    fresh = kept is not None and _is_within(kept.at, now, RENEWED_S)
    if not fresh and not _is_within(_Latest.looked_at, now, ASKED_S):
        _Latest.looked_at = now
        found = caches["default"].get(KEY)
        if found and (kept is None or found[0] != kept.at):
            _Latest.tally = kept = Tally(*found)
    return kept if kept and _is_within(kept.at, now, KEPT_S) else None


def forget() -> None:
    """Forget what this process has read."""
    _Latest.tally = _Latest.looked_at = None


def _is_within(at: datetime | None, now: datetime, seconds: int) -> bool:
    return at is not None and abs(now - at) <= timedelta(seconds=seconds)


def _lines() -> Lines:
    lines = Ticket.objects.live().order_by().values_list("queue", *FACETS)
    return list(
        lines.annotate(
            n=Count("*"),
            free=Count("state", filter=Q(assignee=None)),
            oldest=Min("opened_at", filter=Q(state__in=UNSOLVED)),
        )
    )


def _risks(now: datetime) -> dict[int, tuple[int, int, int]]:
    found = near(now).filter(ticket__state__in=LIVE)
    lines = found.values_list("ticket__queue").annotate(**risks(now))
    return {queue: (either, overdue, soon) for queue, either, overdue, soon in lines}


def near(now: datetime) -> QuerySet[SlaClock]:
    """Promises at risk; overdue is a target in the past: a range of the index."""
    at_risk = SlaClock.objects.at_risk(now).filter(target_at__lte=now + SOON)
    return at_risk.order_by()


def risks(now: datetime) -> dict[str, Count]:
    """Count the tickets of such promises: all, overdue, due soon."""
    return {
        "either": Count("ticket", distinct=True),
        "overdue": Count("ticket", distinct=True, filter=late(now)),
        "soon": Count("ticket", distinct=True, filter=~late(now)),
    }
