"""What stands in each column of an export, for a person and for a program?

The columns are those of the list, so no recipient is among them. A person reads words
in their language; a program reads names and codes that no translation changes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.actor import Actor
from triage import sla
from triage.models import UNSOLVED, Escalation, SlaClock, Ticket


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket and the clock that decides about it."""

    ticket: Ticket
    clock: SlaClock | None

    @property
    def escalated(self) -> bool:
        """Whether its burn calls for help still."""
        ticket = self.ticket
        return ticket.escalation != Escalation.NONE and ticket.state in UNSOLVED


@dataclass(frozen=True, slots=True)
class Column:
    """``words`` are for people; ``value`` is a JSON value under ``key``."""

    key: str
    label: str | Promise
    words: Callable[[Line], object]
    value: Callable[[Line], Any]


def _promise(line: Line) -> str:
    clock = line.clock
    if clock is None:
        return ""
    return f"{clock.get_kind_display()} ({clock.get_state_display()})"


def _assignee(line: Line) -> str:
    held = line.ticket.assignee
    return (held.get_full_name() or held.get_username()) if held else ""


def _source(line: Line) -> str:
    source = line.ticket.group.source
    return source.name if source else ""


def _moment(at: datetime) -> str:
    return localtime(at).isoformat(sep=" ", timespec="seconds")


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _same(key: str, label: Promise, read: Callable[[Line], object]) -> Column:
    """A column of which people and programs read the same."""
    return Column(key, label, read, read)


COLUMNS = (
    _same("number", gettext_lazy("Ticket"), lambda line: line.ticket.number),
    _same("tier", gettext_lazy("Tier"), lambda line: line.ticket.tier),
    Column(
        "promise",
        gettext_lazy("Promise"),
        _promise,
        lambda line: (
            {"kind": line.clock.kind, "state": line.clock.state} if line.clock else None
        ),
    ),
    Column(
        "due_at",
        gettext_lazy("Due at"),
        lambda line: _moment(line.clock.target_at) if line.clock else "",
        lambda line: _stamp(line.clock.target_at) if line.clock else None,
    ),
    Column(
        "cause",
        gettext_lazy("Cause"),
        lambda line: line.ticket.cause.name,
        lambda line: line.ticket.cause.slug,
    ),
    Column(
        "channel",
        gettext_lazy("Channel"),
        lambda line: line.ticket.group.get_channel_display(),
        lambda line: line.ticket.group.channel,
    ),
    _same(
        "provider", gettext_lazy("Provider"), lambda line: line.ticket.group.provider
    ),
    _same("region", gettext_lazy("Region"), lambda line: line.ticket.group.region),
    _same("source", gettext_lazy("Source"), _source),
    _same(
        "unserved",
        gettext_lazy("People still without their message"),
        lambda line: line.ticket.group.unserved,
    ),
    Column(
        "opened_at",
        gettext_lazy("Opened at"),
        lambda line: _moment(line.ticket.opened_at),
        lambda line: _stamp(line.ticket.opened_at),
    ),
    Column(
        "state",
        gettext_lazy("State"),
        lambda line: line.ticket.get_state_display(),
        lambda line: line.ticket.state,
    ),
    _same("assignee", gettext_lazy("Assignee"), _assignee),
    Column(
        "escalated",
        gettext_lazy("Escalated"),
        lambda line: _("yes") if line.escalated else "",
        lambda line: line.escalated,
    ),
    _same(
        "parked_by",
        gettext_lazy("Parked by"),
        lambda line: line.ticket.parked_by_breaker or "",
    ),
)


def lines_of(ids: Sequence[int], actor: Actor) -> Iterator[Line]:
    """The lines of some tickets in the order of their ids: what the list shows."""
    found = Ticket.objects.visible_to(actor).with_everything_for_list().in_bulk(ids)
    clocks: dict[int, list[SlaClock]] = defaultdict(list)
    for clock in SlaClock.objects.open().filter(ticket__in=ids):
        clocks[clock.ticket_id].append(clock)
    for pk in ids:
        if pk in found:
            yield Line(found[pk], sla.deciding(clocks[pk]))
