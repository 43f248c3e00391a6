"""Which promises were not kept, and where do so many wait so long that more must help?

A breach is found when a clock is due; an escalation follows from the burn of a ticket,
the people who are still unserved times the minutes since it began.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Extract

from deliveries.leases import LeaseLost
from triage import timeline
from triage.access import MACHINE
from triage.models import (
    CLOCK_OPEN,
    UNSOLVED,
    ClockKind,
    ClockState,
    Escalation,
    EventKind,
    SlaClock,
    Ticket,
)
from triage.models.ticket import TicketQuerySet

log = logging.getLogger(__name__)

BATCH = 200
TURN = timedelta(seconds=5)  # beat rings again after ten
# Of fewer than these a median says little; of more than those nothing new.
FORECAST_LEAST, FORECAST_MOST = 5, 200


def start_missing(now: datetime, limit: int = BATCH) -> int:
    """Start the clocks of unsolved tickets that have none; return how many tickets.

    Those were opened before there were clocks, or loaded behind the use cases.
    """
    any_clock = SlaClock.objects.filter(ticket=OuterRef("pk"))
    bare = Ticket.objects.filter(~Exists(any_clock), state__in=UNSOLVED)
    with transaction.atomic():
        rows = bare.select_for_update(of=("self",), no_key=True, skip_locked=True)
        tickets = list(rows.order_by("pk")[:limit])
        SlaClock.objects.start(tickets, now)
    return len(tickets)


def drain(clock: Callable[[], datetime]) -> None:
    """Look at clocks until none is due, or until others should have a turn."""
    begun = clock()
    while breach_due(clock(), BATCH) and clock() - begun < TURN:
        pass


def breach_due(now: datetime, limit: int = BATCH) -> int:
    """Claim clocks whose time has come and note what was not kept; return how many."""
    looked_at = 0
    for clock in SlaClock.objects.each_due(limit):
        looked_at += 1
        try:
            with transaction.atomic():
                _breach(clock, now)
        except LeaseLost:  # it was kept or moved meanwhile
            log.info("Clock %s has changed since it was claimed.", clock.pk)
        except Exception:  # its lease ends by itself; after three tries it is parked
            log.exception("Clock %s could not be looked at.", clock.pk)
    for clock in SlaClock.objects.exhausted(limit):
        SlaClock.objects.park(clock, now)
    return looked_at


def _breach(clock: SlaClock, now: datetime) -> None:
    ticket = _locked(clock.ticket_id)
    if now < clock.target_at:
        SlaClock.objects.settle(clock, due_at=clock.target_at)
        return
    SlaClock.objects.settle(clock, state=ClockState.BREACHED)
    change = {
        "kind": clock.kind,
        "tier": clock.tier,
        "target": clock.target_at.isoformat(),
    }
    timeline.add(ticket, EventKind.BREACHED, MACHINE, change)


def _locked(pk: int) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def with_burn(tickets: TicketQuerySet, now: datetime) -> Any:
    """Add ``since`` (when people began to wait) and ``burn`` (person-minutes).

    People wait since the promise of arrival began, on the server's clock; what a
    reporter says about the time plays no part.
    """
    promised = SlaClock.objects.filter(
        ticket=OuterRef("pk"),
        kind=ClockKind.TIME_TO_VERIFIED,
        state__in=CLOCK_OPEN,
    )
    since = Coalesce(Subquery(promised.values("started_at")[:1]), F("opened_at"))
    waited = ExpressionWrapper(
        Value(now, output_field=DateTimeField()) - F("since"), DurationField()
    )
    minutes = Extract(waited, "epoch") / Value(60.0)
    return tickets.annotate(since=since).annotate(
        burn=ExpressionWrapper(F("group__unserved") * minutes, FloatField())
    )


def escalate(now: datetime, limit: int = BATCH) -> int:
    """Escalate what burns beyond the thresholds of its queue; return how many.

    Each level is reached once; a ticket that is taken up again begins anew.
    """
    rows = with_burn(Ticket.objects.filter(state__in=UNSOLVED), now)
    first = Q(escalation=Escalation.NONE, burn__gte=F("queue__escalate_at"))
    again = Q(escalation__lt=Escalation.AGAIN, burn__gte=F("queue__escalate_again_at"))
    done = 0
    for ticket in rows.filter(first | again).select_related("queue", "group")[:limit]:
        with transaction.atomic():
            done += _escalate(ticket, now)
    return done


def _escalate(found: Any, now: datetime) -> bool:
    """``found`` carries ``since`` and ``burn`` of :func:`with_burn`."""
    again = found.queue.escalate_again_at
    reached = again is not None and found.burn >= again
    level = Escalation.AGAIN if reached else Escalation.FIRST
    ticket = _locked(found.pk)
    if ticket.escalation >= level or ticket.state not in UNSOLVED:
        return False
    Ticket.objects.filter(pk=ticket.pk).update(escalation=level)
    change = {
        "level": level.value,
        "people": found.group.unserved,
        "minutes": int((now - found.since).total_seconds() // 60),
        "burn": int(found.burn),
    }
    timeline.add(ticket, EventKind.ESCALATED, MACHINE, change)
    return True


@dataclass(frozen=True, slots=True)
class Forecast:
    """When arrival is likely to be proven: half of the others were by then."""

    median: timedelta
    count: int
    at: datetime


Past: TypeAlias = "QuerySet[SlaClock, tuple[datetime, datetime, float]]"


def past_of(ticket: Ticket) -> Past:
    """Ask when the last tickets of the same cause began and were proven."""
    alike = SlaClock.objects.filter(
        kind=ClockKind.TIME_TO_VERIFIED,
        met_at__isnull=False,
        ticket__group__category=ticket.group.category_id,
    ).exclude(ticket=ticket.pk)
    times = alike.order_by("-met_at").values_list("started_at", "met_at", "paused_s")
    return times[:FORECAST_MOST]


def forecast(arrival: SlaClock, past: Past) -> Forecast | None:
    """Tell from the last tickets of the same cause when arrival may be proven.

    ``arrival`` is the ticket's clock of that kind, ``past`` what :func:`past_of` asks.
    None while it waits for the reporter, once it is proven, or when fewer than
    ``FORECAST_LEAST`` others were.
    """
    if arrival.state not in (ClockState.RUNNING, ClockState.BREACHED):
        return None
    took = [(met - started).total_seconds() - paused for started, met, paused in past]
    if len(took) < FORECAST_LEAST:
        return None
    middle = timedelta(seconds=max(0.0, median(took)))
    paused = timedelta(seconds=arrival.paused_s)
    return Forecast(middle, len(took), arrival.started_at + paused + middle)


def deciding(clocks: Sequence[SlaClock]) -> SlaClock | None:
    """The clock that decides: what is due first, before what is paused."""
    return min(
        clocks,
        key=lambda each: (
            each.state == ClockState.PAUSED,
            each.target_at,
            each.kind,
            each.cycle,
        ),
        default=None,
    )
