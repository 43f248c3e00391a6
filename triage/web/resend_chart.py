"""How many messages of a bulk resend ended how, minute by minute?"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncMinute

from deliveries.models import ItemState, ResendOperation

MINUTES = 30  # the last ones in which something ended
WIDTH, HEIGHT = 640, 120
WRONG = (ItemState.FAILED, ItemState.UNKNOWN)
WENT = (ItemState.DELIVERED, ItemState.SENT)


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute; lengths are in units of the drawing, from its top left."""

    at: datetime
    good: int
    bad: int
    x: float
    width: float
    good_top: float
    good_height: float
    bad_top: float
    bad_height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The minutes from the first to the last, at most half an hour."""

    minutes: list[Minute]
    most: int


def of(operation: ResendOperation) -> Chart | None:
    """Draw what ended by now; None before anything did."""
    rows = operation.items.filter(
        finished_at__isnull=False, state__in=(*WRONG, *WENT)
    ).order_by()
    counted = (
        rows.annotate(minute=TruncMinute("finished_at"))
        .values_list("minute", "state")
        .annotate(n=Count("pk"))
    )
    good: Counter[datetime] = Counter()
    bad: Counter[datetime] = Counter()
    for minute, state, n in counted:
        (bad if state in WRONG else good)[minute] += n
    ended = good.keys() | bad.keys()
    if not ended:
        return None
    last = max(ended)
    first = max(min(ended), last - timedelta(minutes=MINUTES - 1))
    span = int((last - first).total_seconds()) // 60 + 1
    times = [first + timedelta(minutes=nth) for nth in range(span)]
    most = max(good[each] + bad[each] for each in times)
    step = WIDTH / max(span, 12)
    unit = HEIGHT / most
    return Chart(
        [
            _minute(at, good[at], bad[at], nth * step, step * 0.8, unit)
            for nth, at in enumerate(times)
        ],
        most,
    )


def _minute(
    at: datetime, good: int, bad: int, x: float, width: float, unit: float
) -> Minute:
    good_top = HEIGHT - good * unit
    return Minute(
        at=at,
        good=good,
        bad=bad,
        x=x,
        width=width,
        good_top=good_top,
        good_height=good * unit,
        bad_top=good_top - bad * unit,
        bad_height=bad * unit,
    )
