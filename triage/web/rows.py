"""What does a list of tickets show of each, and how is it paged?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from deliveries.actor import Actor
from deliveries.models import ChannelKind
from triage.models import UNSOLVED, Escalation, FailureGroup, Ticket, TicketState
from triage.recent_reports import as_of
from triage.web import clocks
from triage.web.clocks import Mark
from triage.web.frame import Face, initials_of

SIGN = 0xFFFFFF  # bits that suffice to tell the states of one row apart


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in a list."""

    number: int
    url: str
    tier: str
    cause: str
    channel_label: str
    provider: str
    region: str
    source_name: str
    opened_at: datetime
    people: int
    recent: tuple[int, ...]  # reports of its cause, see triage.recent_reports
    state: str
    state_label: str
    assignee: Face | None
    parked_by: str = ""
    clock: Mark | None = None
    escalated: bool = False
    seen: str = ""  # what this row shows, as a browser says it when it asks for news


def face_of(user: User | None, actor: Actor) -> Face | None:
    """A person as a row shows them; nothing for nobody."""
    if user is None:
        return None
    name = user.get_full_name() or user.get_username()
    return Face(name, initials_of(name), is_me=user.pk == actor.person_id)


def rows_of(tickets: Sequence[Ticket], actor: Actor) -> list[Row]:
    """Build the rows of a list with the clock that decides in each."""
    marks = clocks.of_tickets(tickets, timezone.now())
    return [row_of(ticket, actor, marks[ticket.pk]) for ticket in tickets]


def row_of(ticket: Ticket, actor: Actor, clock: Mark | None = None) -> Row:
    """Build the row of a ticket that was fetched for a list."""
    group = ticket.group
    return Row(
        number=ticket.number,
        url=reverse("ticket", args=[ticket.number]),
        tier=ticket.tier,
        cause=ticket.cause.name,
        channel_label=str(ChannelKind(group.channel).label),
        provider=group.provider,
        region=group.region,
        source_name=group.source.name if group.source else "",
        opened_at=ticket.opened_at,
        people=group.unserved,
        recent=recent_of(group),
        state=ticket.state,
        state_label=str(TicketState(ticket.state).label),
        assignee=face_of(ticket.assignee, actor),
        parked_by=str(ticket.parked_by_breaker or ""),
        clock=clock,
        escalated=_is_escalated(ticket),
        seen=f"{ticket.number}.{ticket.last_seq}.{_mark(ticket)}",
    )


def recent_of(group: FailureGroup) -> tuple[int, ...]:
    """The reports of the last hours as a sparkline shows them now."""
    return tuple(as_of(group.recent_reports, group.recent_at, timezone.now()))


def _is_escalated(ticket: Ticket) -> bool:
    return ticket.escalation != Escalation.NONE and ticket.state in UNSOLVED


def _mark(ticket: Ticket) -> str:
    """A sign of all that a row shows but its figures, which change in their place."""
    shown = (
        ticket.tier,
        ticket.state,
        ticket.cause.slug,
        ticket.assignee_id,
        ticket.parked_by_breaker_id,
        _is_escalated(ticket),
    )
    return f"{crc32(repr(shown).encode()) & SIGN:x}"
