"""How is a promise shown: in a row, on a ticket, and as a forecast?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.dateformat import format as date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from deliveries import together
from triage import sla
from triage.models import SOON, ClockKind, ClockState, SlaClock, Ticket
from triage.templatetags.desk import span


@dataclass(frozen=True, slots=True)
class Mark:
    """One clock as the page shows it.

    ``tone`` is ``running``, ``soon``, ``breached``, ``paused``, ``met`` or
    ``met_late``; ``took`` is how long a kept promise took.
    """

    label: str
    tone: str
    target_at: datetime
    tier: str
    took: timedelta | None = None


def mark_of(clock: SlaClock, now: datetime) -> Mark:
    """Say where a clock stands now, also before the sweeper has seen it."""
    tone = str(clock.state)
    if clock.state == ClockState.RUNNING:
        if clock.target_at < now:
            tone = str(ClockState.BREACHED)
        elif clock.target_at <= now + SOON:
            tone = "soon"
    label = str(ClockKind(clock.kind).label)
    took = clock.met_at - clock.started_at if clock.met_at else None
    return Mark(label, tone, clock.target_at, clock.tier, took)


def leading(clocks: Sequence[SlaClock], now: datetime) -> Mark | None:
    """The mark of the clock that decides."""
    first = sla.deciding(clocks)
    return mark_of(first, now) if first else None


def of_tickets(tickets: Sequence[Ticket], now: datetime) -> dict[int, Mark | None]:
    """The leading clock of each ticket, in one query for all."""
    found: dict[int, list[SlaClock]] = defaultdict(list)
    rows = SlaClock.objects.open().filter(ticket__in=[t.pk for t in tickets])
    for clock in rows.order_by():
        found[clock.ticket_id].append(clock)
    return {ticket.pk: leading(found[ticket.pk], now) for ticket in tickets}


class Promises:
    """What is asked about the clocks of one ticket."""

    def __init__(self, ticket: Ticket) -> None:
        rows = SlaClock.objects.filter(ticket=ticket).order_by("kind", "-cycle")
        self.newest: QuerySet[SlaClock] = rows.distinct("kind")
        self.past = sla.past_of(ticket)

    @property
    def rows(self) -> tuple[QuerySet[Any], ...]:
        """The questions, for :func:`deliveries.together.fetch`."""
        return self.newest, self.past


def of_ticket(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """The newest clock of each kind, and what may be expected."""
    promises = Promises(ticket)
    together.fetch(*promises.rows)
    return of_promises(promises, now)


def of_promises(promises: Promises, now: datetime) -> dict[str, Any]:
    """Say the same of what was asked before."""
    by_kind = {row.kind: row for row in promises.newest}
    shown = [by_kind[kind] for kind in ClockKind.values if kind in by_kind]
    arrival = by_kind.get(ClockKind.TIME_TO_VERIFIED)
    return {
        "clocks": [mark_of(row, now) for row in shown],
        "forecast": _forecast(promises, arrival, now) if arrival else "",
    }


def _forecast(promises: Promises, arrival: SlaClock, now: datetime) -> str:
    expected = sla.forecast(arrival, promises.past)
    if expected is None:
        return ""
    shape = pgettext("date format, day and time", "j M H:i")
    said = {
        "median": span(expected.median),
        "count": expected.count,
        "at": date_format(localtime(expected.at), shape),
        "late": span(max(expected.at - arrival.target_at, timedelta(0))),
    }
    if expected.at < now:
        return (
            ngettext(
                "This takes longer than usual: half of the last %(count)d ticket of"
                " this cause was proven within %(median)s.",
                "This takes longer than usual: half of the last %(count)d tickets of"
                " this cause were proven within %(median)s.",
                expected.count,
            )
            % said
        )
    if expected.at > arrival.target_at:
        return (
            _(
                "Forecast: proven about %(at)s, %(late)s too late. Half of the last"
                " %(count)d tickets of this cause took %(median)s."
            )
            % said
        )
    return (
        _(
            "Forecast: proven about %(at)s, in time. Half of the last %(count)d"
            " tickets of this cause took %(median)s."
        )
        % said
    )
