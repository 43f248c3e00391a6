"""What becomes of tickets when the reports behind them belong elsewhere?

The tickets and their groups are locked; each function needs an open transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from deliveries.actor import Actor
from triage import judging, timeline
from triage.models import (
    LIVE,
    UNSOLVED,
    EventKind,
    FailureGroup,
    FailureReport,
    ReportState,
    SlaClock,
    Ticket,
    TicketState,
)
from triage.tickets import columns, decide, open_or_join

Change = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """An action on many tickets, by its id, and the ids of those it was asked for."""

    bulk: int
    tickets: frozenset[int]


@dataclass(frozen=True, slots=True)
class Deed:
    """Who carries tickets elsewhere, in which words, and how it is undone."""

    actor: Actor
    change: Change = field(default_factory=dict)
    inverse: Change | None = None
    part: Part | None = None

    def note(self, ticket: Ticket, change: Change, inverse: Change | None) -> None:
        """Write it down on a ticket that was merged."""
        named = self.part is not None and ticket.pk in self.part.tickets
        bulk = self.part.bulk if self.part and named else None
        kind = EventKind.MERGED
        timeline.add(ticket, kind, self.actor, change, inverse, bulk=bulk)


def absorb(ticket: Ticket, into: Ticket, deed: Deed) -> int:
    """Merge a ticket into another, which takes its reports; return how many.

    The inverse is completed by the columns that the merge replaces.
    """
    moved = FailureReport.objects.filter(ticket=ticket).update(ticket=into)
    undo = decide(ticket, state=TicketState.MERGED, waiting_on="", merged_into=into)
    # What was promised for it is now promised for the other; see ``restore``.
    SlaClock.objects.open().filter(ticket=ticket).update(due_at=None)
    said = {**deed.change, "into": into.number, "reports": moved}
    inverse = deed.inverse
    kept = None if inverse is None else {**inverse, "before": undo["was"]}
    deed.note(ticket, said, kept)
    taken = {**deed.change, "from": ticket.number, "reports": moved}
    timeline.add(into, EventKind.ABSORBED, deed.actor, taken)
    return moved


def regroup(ticket: Ticket, group: FailureGroup, deed: Deed) -> None:
    """Take a whole ticket to another incident, whose queue has none yet."""
    decide(ticket, group=group)
    deed.note(ticket, deed.change, deed.inverse)


def restore(
    ticket: Ticket, before: Change, theirs: Q, actor: Actor, now: datetime
) -> bool:
    """Bring a merged ticket back with the reports that are its own.

    False when whoever took it in is solved, or another has taken its place: then it
    stays merged, and what was done about its reports stands.
    """
    taker = holder(ticket)
    if ticket.state != TicketState.MERGED or taker.state not in UNSOLVED:
        return False
    try:
        with transaction.atomic():
            decide(ticket, merged_into=None, **columns.former({"was": before}))
    except IntegrityError:  # ticket_one_live_per_group_queue
        return False
    rows = FailureReport.objects.filter(theirs, ticket=taker)
    moved = rows.update(ticket=ticket)
    SlaClock.objects.follow([ticket], now)
    said = {"to": ticket.number, "reports": moved}
    timeline.add(taker, EventKind.PARTED, actor, said)
    return True


def holder(ticket: Ticket) -> Ticket:
    """Lock the ticket at the end of the way that a merged one went."""
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("group__category", "queue")
    while ticket.merged_into_id is not None:
        ticket = rows.get(pk=ticket.merged_into_id)
    return ticket


def place(ticket: Ticket, group: FailureGroup, deed: Deed) -> None:
    """Merge a ticket into the live one of another incident, or take it there."""
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("group__category", "queue")
    found = rows.filter(group=group, queue=ticket.queue_id, state__in=LIVE)
    there = found.first()
    if there is None:
        regroup(ticket, group, deed)
    else:
        absorb(ticket, there, deed)


def settle(groups: Iterable[FailureGroup], now: datetime) -> None:
    """Give reports whose ticket is of another incident to a ticket of their own.

    And judge all tickets of the groups anew, whose people changed.
    """
    ids = [group.pk for group in groups]
    for pk in ids:
        rows = FailureReport.objects.filter(group=pk, state=ReportState.TICKETED)
        strays = list(
            rows.exclude(ticket__group=pk).select_related("group__category", "source")
        )
        if strays:
            (ticket,) = open_or_join(strays, now)
            moved = FailureReport.objects.filter(pk__in=[each.pk for each in strays])
            moved.update(ticket=ticket)
    judging.judge_groups(ids, now)
