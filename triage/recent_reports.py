"""How many reports of one cause came in each stretch of the last hours?

Pure counting: a list of ``STRETCHES`` numbers, the oldest first, and the moment (UTC)
at which its last stretch begins.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

STRETCH = timedelta(minutes=20)
STRETCHES = 18  # six hours: a shift's worth of what is going on
HOUR = 3  # stretches
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Recent(Protocol):
    """What has such counts: a failure group."""

    @property
    def recent_reports(self) -> Sequence[int]:
        """The counts, or nothing."""

    @property
    def recent_at(self) -> datetime | None:
        """Where the last stretch begins."""


def stretch_of(moment: datetime) -> datetime:
    """Return the beginning of the stretch that a moment lies in."""
    return moment - (moment - _EPOCH) % STRETCH


def as_of(counts: Sequence[int], at: datetime | None, now: datetime) -> list[int]:
    """Return the counts as they read at ``now``; what is older has left them.

    None counted yet (``at`` is None) reads as zeros. A last stretch after ``now``
    stays the last one: clocks differ.
    """
    if at is None:
        return [0] * STRETCHES
    passed = max(0, (stretch_of(now) - at) // STRETCH)
    return ([*counts] + [0] * min(passed, STRETCHES))[-STRETCHES:]


def counted(
    counts: Sequence[int],
    at: datetime | None,
    moments: Iterable[datetime],
    by: int = 1,
) -> tuple[list[int], datetime | None]:
    """Count reports that were received at some moments; ``by`` -1 takes them out.

    Returns the new counts and where their last stretch begins.
    """
    stretches = [stretch_of(moment) for moment in moments]
    if not stretches:
        return [*counts], at
    last = max(stretches) if at is None else max(at, *stretches)
    found = as_of(counts, at, last)
    for stretch in stretches:
        place = STRETCHES - 1 - (last - stretch) // STRETCH
        if place >= 0:
            found[place] = max(0, found[place] + by)
    return found, last


def changes(of: Recent, moments: Iterable[datetime], by: int = 1) -> dict[str, Any]:
    """Return the columns of a group as :func:`counted` leaves them."""
    counts, at = counted(of.recent_reports, of.recent_at, moments, by)
    return {"recent_reports": counts, "recent_at": at}
