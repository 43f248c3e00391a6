"""When would the tickets of the last week have been due by other promises or hours?

Each ticket is counted anew, with its present tier, under the promises that hold and
under those that are meant.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from triage.clocks import Calendar, Kind, Opening, Targets
from triage.models import ClockKind, Promises, SlaClock, Ticket, Tier

LOOK_BACK = timedelta(days=7)
MOST_TICKETS = 2_000  # of each queue, the newest; a page says so where there were more
FIGURES = ("earlier", "later", "made", "dropped", "late_before", "late_after")


@dataclass(frozen=True, slots=True)
class OfKind:
    """What a change would have meant for one kind of promise, in tickets.

    ``late_before`` and ``late_after`` count those not kept in time; ``made`` and
    ``dropped`` are promises that only one side makes.
    """

    kind: str
    earlier: int
    later: int
    made: int
    dropped: int
    late_before: int
    late_after: int


@dataclass(frozen=True, slots=True)
class Recounted:
    """What a change would have meant; ``earlier`` and ``later`` count tickets."""

    examined: int
    capped: bool
    earlier: int
    later: int
    kinds: tuple[OfKind, ...]


# --- promises as values ---------------------------------------------------------------


def as_json(queue_ids: Iterable[int], promises: Promises) -> dict[str, Any]:
    """What queues promise, and by whose hours, as JSON values."""
    return {
        str(pk): {
            "hours": _hours(promises.hours(pk)),
            "targets": {
                tier: {
                    "minutes": dict(promises.targets(pk, tier).minutes),
                    "always": promises.targets(pk, tier).around_the_clock,
                }
                for tier in Tier.values
            },
        }
        for pk in sorted(queue_ids)
    }


def _hours(calendar: Calendar | None) -> dict[str, Any] | None:
    if calendar is None:
        return None
    return {
        "zone": calendar.zone.key,
        "openings": [
            [each.weekday, each.opens_min, each.closes_min]
            for each in sorted(calendar.openings)
        ],
        "holidays": [day.isoformat() for day in sorted(calendar.holidays)],
    }


def from_json(said: Mapping[str, Any]) -> Promises:
    """Read what :func:`as_json` wrote."""
    own = {
        (int(pk), tier): Targets(
            {Kind(kind): minutes for kind, minutes in each["minutes"].items()},
            around_the_clock=each["always"],
        )
        for pk, queue in said.items()
        for tier, each in queue["targets"].items()
    }
    hours = {int(pk): queue["hours"] for pk, queue in said.items() if queue["hours"]}
    return Promises(own, {pk: _calendar(each) for pk, each in hours.items()})


def _calendar(said: Mapping[str, Any]) -> Calendar:
    return Calendar(
        ZoneInfo(said["zone"]),
        tuple(Opening(*each) for each in said["openings"]),
        frozenset(date.fromisoformat(day) for day in said["holidays"]),
    )


# --- counting -------------------------------------------------------------------------


class PromiseCounter:
    """Counts tickets under both sets of promises.

    A ticket counts as earlier if any of its promises would have been due earlier, and
    as later if none would and any would have been later.
    """

    def __init__(self, before: Any, after: Any, now: datetime) -> None:
        self._queues = [int(pk) for pk in before]
        self._before, self._after = from_json(before), from_json(after)
        self._now = now
        self._tallies: dict[str, Counter[str]] = {
            k: Counter() for k in ClockKind.values
        }
        self._tickets: Counter[str] = Counter()
        self._capped = False
        self._examined = 0

    def ids(self) -> list[int]:
        """The newest tickets of each queue in the last days."""
        since = self._now - LOOK_BACK
        ids: list[int] = []
        for queue in self._queues:
            rows = Ticket.objects.filter(queue=queue, opened_at__gte=since)
            newest = rows.order_by("-pk").values_list("pk", flat=True)
            found = list(newest[: MOST_TICKETS + 1])
            self._capped = self._capped or len(found) > MOST_TICKETS
            ids += found[:MOST_TICKETS]
        return ids

    def add(self, ids: Sequence[int]) -> None:
        """Count some of them; one that moved to another queue meanwhile is left out."""
        self._examined += len(ids)
        met = _first_met(ids)
        rows = Ticket.objects.filter(pk__in=ids, queue__in=self._queues)
        for line in rows.order_by().values_list("pk", "queue", "tier", "opened_at"):
            moves = self._moves(met, *line)
            self._tickets["earlier"] += "earlier" in moves
            self._tickets["later"] += "later" in moves and "earlier" not in moves

    def _moves(
        self,
        met: Mapping[tuple[int, str], datetime],
        pk: int,
        queue: int,
        tier: str,
        opened: datetime,
    ) -> set[str]:
        moves = set()
        for kind, tally in self._tallies.items():
            was = self._before.due(queue, tier, kind, opened)
            would = self._after.due(queue, tier, kind, opened)
            move = _move(was, would)
            moves.add(move)
            kept = met.get((pk, kind), self._now)
            tally[move] += 1
            tally["late_before"] += was is not None and kept > was
            tally["late_after"] += would is not None and kept > would
        return moves

    def result(self) -> dict[str, Any]:
        """The counts, by kind of promise and of tickets."""
        return {
            "examined": self._examined,
            "capped": self._capped,
            "earlier": self._tickets["earlier"],
            "later": self._tickets["later"],
            "kinds": {
                kind: {name: tally[name] for name in FIGURES}
                for kind, tally in self._tallies.items()
            },
        }


def _move(was: datetime | None, would: datetime | None) -> str:
    if was == would:
        return "same"
    if was is None:
        return "made"
    if would is None:
        return "dropped"
    return "earlier" if would < was else "later"


def _first_met(tickets: Sequence[int]) -> dict[tuple[int, str], datetime]:
    rows = SlaClock.objects.filter(ticket__in=tickets, met_at__isnull=False)
    newest_first = rows.order_by("-cycle").values_list("ticket", "kind", "met_at")
    return {(ticket, kind): met for ticket, kind, met in newest_first}


def label_of(figures: OfKind) -> str:
    """The kind of promise in words."""
    return str(ClockKind(figures.kind).label)


def read(result: Mapping[str, Any]) -> Recounted:
    """Read a stored result; the kinds come in their own order."""
    kinds = tuple(OfKind(kind, **result["kinds"][kind]) for kind in ClockKind.values)
    return Recounted(
        result["examined"],
        result["capped"],
        result["earlier"],
        result["later"],
        kinds,
    )
