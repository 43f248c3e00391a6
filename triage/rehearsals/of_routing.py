"""Where would the tickets of the last week have gone by another list of rules?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from triage import queues
from triage.models import FailureGroup, Queue, Ticket
from triage.steering import Line

LOOK_BACK = timedelta(days=7)
MOST_TICKETS = 10_000  # the newest; a page says so where there were more


@dataclass(frozen=True, slots=True)
class Rerouted:
    """What another list would have done; ``moves`` are (from, to, tickets)."""

    examined: int
    capped: bool
    elsewhere: int
    moves: tuple[tuple[Queue, Queue, int], ...]


def as_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """A list of rules as JSON values."""
    return [asdict(line) for line in lines]


class RouteCounter:
    """Routes tickets by both lists.

    It asks where a ticket would have been opened, not where people moved it since.
    """

    def __init__(self, before: Any, after: Any, now: datetime) -> None:
        self._before = [Line(**each) for each in before]
        self._after = [Line(**each) for each in after]
        self._since = now - LOOK_BACK
        self._general = Queue.objects.get(slug=queues.GENERAL).pk
        self._moves: Counter[tuple[int, int]] = Counter()
        self._capped = False
        self._examined = 0

    def ids(self) -> list[int]:
        """The newest tickets of the last days."""
        rows = Ticket.objects.filter(opened_at__gte=self._since).order_by("-pk")
        found = list(rows.values_list("pk", flat=True)[: MOST_TICKETS + 1])
        self._capped = len(found) > MOST_TICKETS
        return found[:MOST_TICKETS]

    def add(self, ids: Sequence[int]) -> None:
        """Route some of them; one that was merged away meanwhile moves nowhere."""
        self._examined += len(ids)
        rows = Ticket.objects.filter(pk__in=ids).select_related("group__category")
        for ticket in rows:
            was = self._queue_of(self._before, ticket.group)
            would = self._queue_of(self._after, ticket.group)
            if was != would:
                self._moves[was, would] += 1

    def _queue_of(self, lines: Sequence[Line], group: FailureGroup) -> int:
        fits = (line.queue_id for line in lines if line.fits(group))
        return next(fits, self._general)

    def result(self) -> dict[str, Any]:
        """The counts, with queues by their ids."""
        return {
            "examined": self._examined,
            "capped": self._capped,
            "moves": [[*pair, n] for pair, n in self._moves.most_common()],
        }


def read(result: Mapping[str, Any]) -> Rerouted:
    """Read a stored result; a queue that is gone since is left out of the moves."""
    every = Queue.objects.in_bulk({pk for move in result["moves"] for pk in move[:2]})
    moves = tuple(
        (every[was], every[would], n)
        for was, would, n in result["moves"]
        if was in every and would in every
    )
    elsewhere = sum(n for _was, _would, n in result["moves"])
    return Rerouted(result["examined"], result["capped"], elsewhere, moves)
