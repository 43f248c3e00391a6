"""When is a promise due that is counted in working time, and how much has passed?

A calendar says when people work: openings of each weekday on the wall clock of a zone,
and days on which nobody works. Everything comes in and goes out in aware datetimes;
nothing here asks a clock or a table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_MIN = 24 * 60
# A calendar of one hour a week reaches the longest promise within this many days; one
# that needs more is closed for good, and would be searched for ever.
SEARCH_DAYS = 5 * 366


class NeverOpen(ValueError):
    """The calendar has too little working time for the promise ever to be due."""


class Kind(StrEnum):
    """What is promised for a ticket."""

    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"
    TIME_TO_VERIFIED = "time_to_verified"


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """Working time of one weekday (0 = Monday), in minutes of its wall clock."""

    weekday: int
    opens_min: int
    closes_min: int


@dataclass(frozen=True)
class Calendar:
    """When people work: openings that do not overlap, in one zone, but for holidays."""

    zone: ZoneInfo
    openings: tuple[Opening, ...]
    holidays: frozenset[date] = frozenset()

    @cached_property
    def by_weekday(self) -> Mapping[int, tuple[Opening, ...]]:
        """The openings of each weekday in their order."""
        return {
            day: tuple(sorted(each for each in self.openings if each.weekday == day))
            for day in range(7)
        }


AROUND_THE_CLOCK = Calendar(
    ZoneInfo("UTC"), tuple(Opening(day, 0, DAY_MIN) for day in range(7))
)


@dataclass(frozen=True, slots=True)
class Targets:
    """What is promised at one tier: minutes for each kind, None for no promise.

    ``around_the_clock`` counts every minute, whatever the calendar says.
    """

    minutes: Mapping[Kind, int | None] = field(default_factory=dict)
    around_the_clock: bool = False


def _targets(
    response: int, update: int | None, verified: int, *, always: bool = False
) -> Targets:
    kinds = (Kind.FIRST_RESPONSE, Kind.NEXT_UPDATE, Kind.TIME_TO_VERIFIED)
    given = (response, update, verified)
    return Targets(dict(zip(kinds, given, strict=True)), around_the_clock=always)


HOUR = 60
WORKING_DAY = 8 * HOUR
# What holds for a queue that promises nothing of its own.
DEFAULTS: Mapping[str, Targets] = {
    "S1": _targets(15, 30, 2 * HOUR, always=True),
    "S2": _targets(HOUR, 2 * HOUR, 8 * HOUR),
    "S3": _targets(4 * HOUR, WORKING_DAY, 2 * WORKING_DAY),
    "S4": _targets(WORKING_DAY, None, 5 * WORKING_DAY),
}


def overlap(openings: list[Opening]) -> tuple[Opening, Opening] | None:
    """Return two openings of one weekday that share a minute, or None."""
    ordered = sorted(openings)
    for one, other in pairwise(ordered):
        if one.weekday == other.weekday and other.opens_min < one.closes_min:
            return one, other
    return None


def deadline(start: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """Return the first moment at which ``amount`` of working time has passed, in UTC.

    Nothing to wait for is due at once. Raises :class:`NeverOpen`.
    """
    begun = start.astimezone(UTC)
    left = amount
    if left <= timedelta(0):
        return begun
    for opens, closes in _spans(begun, calendar):
        since = max(opens, begun)
        if closes - since >= left:
            return since + left
        left -= max(closes - since, timedelta(0))
    raise NeverOpen(f"no {amount} within {SEARCH_DAYS} days")


def worked(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Return the working time between two moments; nothing if they are not in order."""
    begun, over = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta(0)
    if over <= begun:
        return total
    for opens, closes in _spans(begun, calendar):
        if opens >= over:
            break
        total += max(min(closes, over) - max(opens, begun), timedelta(0))
    return total


def _spans(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield the openings from the day of ``start`` on, in UTC and in order."""
    first = start.astimezone(calendar.zone).date().toordinal()
    last = min(first + SEARCH_DAYS, date.max.toordinal() - 1)
    for ordinal in range(first, last):
        day = date.fromordinal(ordinal)
        if day in calendar.holidays:
            continue
        for opening in calendar.by_weekday[day.weekday()]:
            opens = _moment(day, opening.opens_min, calendar.zone)
            yield opens, _moment(day, opening.closes_min, calendar.zone)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return when a wall clock first shows a minute of a day, or a later one, in UTC.

    An hour that is left out in spring has no moment of its own: what begins in it
    begins when the clock jumps. An hour that comes twice in autumn is counted twice.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    shown = wall.replace(tzinfo=zone)
    moment = shown.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _jump(shown.replace(fold=1).astimezone(UTC), moment, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the second between two moments at which a zone changes its offset."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        there = before + timedelta(seconds=middle)
        if there.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return before + timedelta(seconds=low)
