"""Which counter does a kind of change have, and what does every counter do?"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from triage.models import ChangeKind
from triage.rehearsals.of_promises import PromiseCounter
from triage.rehearsals.of_routing import RouteCounter


class Counter(Protocol):
    """Counts tickets under the rules that hold and under those that are meant."""

    def ids(self) -> list[int]:
        """The tickets to be counted, the newest first."""

    def add(self, ids: Sequence[int]) -> None:
        """Count some of them."""

    def result(self) -> dict[str, Any]:
        """What was counted, as JSON values."""


COUNTERS: Mapping[str, Callable[[Any, Any, datetime], Counter]] = {
    ChangeKind.ROUTING: RouteCounter,
    ChangeKind.PROMISES: PromiseCounter,
    ChangeKind.HOURS: PromiseCounter,
}


def counter(kind: str, before: Any, after: Any, now: datetime) -> Counter:
    """The counter of a change, over the last days before ``now``."""
    return COUNTERS[kind](before, after, now)


def count_of(kind: str, before: Any, after: Any, now: datetime) -> int:
    """How many tickets there are to be counted."""
    return len(counter(kind, before, after, now).ids())
