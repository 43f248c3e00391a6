"""How are hundreds of decided tickets and their events written at once?

Two statements for any number of rows: one sets the columns and raises version and
event number, one appends the events. The caller holds the rows.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from deliveries.actor import Actor, ActorKind
from triage.models import EventKind, Reason, SlaClock, Ticket
from triage.tickets.columns import DECIDED, Columns
from triage.tickets.locking import MOVES_CLOCKS

# One array a column, in the order of ``DECIDED``.
UPDATE = """
UPDATE triage_ticket AS ticket
SET assignee_id = line.assignee_id,
    state = line.state,
    waiting_on = line.waiting_on,
    wait_until = line.wait_until,
    queue_id = line.queue_id,
    tier_override = line.tier_override,
    tier_override_reason = line.tier_override_reason,
    category_override_id = line.category_override_id,
    version = ticket.version + 1,
    last_seq = ticket.last_seq + 1
FROM unnest(
    %s::bigint[], %s::integer[], %s::text[], %s::text[], %s::timestamptz[],
    %s::bigint[], %s::text[], %s::text[], %s::bigint[]
) AS line(
    id, assignee_id, state, waiting_on, wait_until,
    queue_id, tier_override, tier_override_reason, category_override_id
)
WHERE ticket.id = line.id
"""
INSERT = """
INSERT INTO triage_ticketevent
    (ticket_id, seq, kind, change, inverse, actor_kind, actor_id, bulk_action_id)
SELECT ticket, seq, kind, change::jsonb, inverse::jsonb, %s, %s, %s
FROM unnest(%s::bigint[], %s::integer[], %s::text[], %s::text[], %s::text[])
    AS line(ticket, seq, kind, change, inverse)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What is written about one ticket; ``inverse`` is nothing where none exists."""

    ticket: Ticket
    columns: Columns
    kind: EventKind
    change: dict[str, Any]
    inverse: dict[str, Any] | None


def write(
    lines: Sequence[Line], actor: Actor, bulk: int, now: datetime
) -> dict[int, Reason]:
    """Write lines whose tickets are locked; return those that could not be, by id.

    Where a whole set fails, because somebody else's ticket came between, each line is
    tried by itself. The promises follow what they depend on.
    """
    fits, unwritten = _that_fit(lines)
    try:
        with transaction.atomic():
            _write(fits, actor, bulk)
    except IntegrityError:
        for line in fits:
            try:
                with transaction.atomic():
                    _write([line], actor, bulk)
            except IntegrityError:
                moved = "queue_id" in line.columns
                unwritten[line.ticket.pk] = Reason.TAKEN if moved else Reason.ERROR
    _let_clocks_follow([e for e in fits if e.ticket.pk not in unwritten], now)
    return unwritten


def _let_clocks_follow(lines: Sequence[Line], now: datetime) -> None:
    """Do what one decision does: see ``locking.decide`` and ``decisions.take``."""
    for line in lines:
        for name, value in line.columns.items():
            setattr(line.ticket, name, value)
    moved = [each.ticket for each in lines if each.columns.keys() & MOVES_CLOCKS]
    if moved:
        SlaClock.objects.follow(moved, now)
    taken = [each.ticket for each in lines if each.kind == EventKind.ASSIGNED]
    if taken:
        SlaClock.objects.answered(taken, now)


def _that_fit(lines: Sequence[Line]) -> tuple[list[Line], dict[int, Reason]]:
    """Set aside what would meet a live ticket of its incident in the new queue."""
    moving = {
        (line.ticket.group_id, line.columns["queue_id"])
        for line in lines
        if "queue_id" in line.columns
    }
    there = Ticket.objects.live().filter(
        group__in={group for group, _ in moving}, queue__in={to for _, to in moving}
    )
    places = set(there.values_list("group_id", "queue_id")) if moving else set()
    fits, unwritten = [], {}
    for line in lines:
        place = (line.ticket.group_id, line.columns.get("queue_id"))
        if place in places:
            unwritten[line.ticket.pk] = Reason.TAKEN
        else:
            if "queue_id" in line.columns:
                places.add((line.ticket.group_id, line.columns["queue_id"]))
            fits.append(line)
    return fits, unwritten


def _write(lines: Sequence[Line], actor: Actor, bulk: int) -> None:
    if not lines:
        return
    ids = [line.ticket.pk for line in lines]
    values = [[_value(line, name) for line in lines] for name in DECIDED]
    person = actor.person_id if actor.kind is ActorKind.PERSON else None
    events: Iterable[list[Any]] = (
        ids,
        [line.ticket.last_seq + 1 for line in lines],
        [str(line.kind) for line in lines],
        [json.dumps(line.change) for line in lines],
        [line.inverse and json.dumps(line.inverse) for line in lines],
    )
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [ids, *values])
        cursor.execute(INSERT, [str(actor.kind), person, bulk, *events])


def _value(line: Line, name: str) -> Any:
    found = line.columns.get(name, getattr(line.ticket, name))
    return str(found) if isinstance(found, str) else found
