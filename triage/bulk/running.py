"""How does a bulk action get through its rows, whatever dies on the way?

One transaction a chunk, in the order of the ids: the tickets, their events, the
counters and the place it has come to. Another worker goes on behind that place.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F, Value

from deliveries.actor import Actor
from deliveries.leases import LEASE, MAX_TRIES, LeaseLost
from triage import access, grouping
from triage.bulk.writing import Line, write
from triage.models import (
    BulkAction,
    BulkState,
    EventKind,
    Reason,
    Selection,
    Ticket,
    TicketEvent,
)
from triage.tickets import acts, columns, undoing
from triage.tickets.locking import UNDECIDED

log = logging.getLogger(__name__)

CHUNK = 1_000
INLINE = 200  # rows that are done while the person waits
UNDO_FOR = timedelta(hours=24)
Clock = Callable[[], datetime]
Settled = dict[int, Reason]  # ids of tickets that were left alone


def forgotten(now: datetime) -> list[int]:
    """End actions that killed their workers; return those to ring for once more."""
    due = BulkAction.objects.unfinished().filter(due_at__lte=now)
    due.filter(tries__gte=MAX_TRIES).update(
        state=BulkState.FAILED,
        ended_at=now,
        undo_until=now + UNDO_FOR,
        parked_at=now,
        due_at=None,
    )
    return list(due.order_by("due_at").values_list("pk", flat=True)[:100])


def carry_out(pk: int, clock: Clock) -> None:
    """Carry out or undo an action to its end, unless another worker has it."""
    run = _claim(pk, clock())
    if run is None:
        return
    try:
        if run.state == BulkState.UNDOING:
            _undo_all(run, clock)
        else:
            _apply_all(run, clock)
    except LeaseLost:
        log.warning("Bulk action %d is carried out by another worker.", pk)
    except Exception:  # the edge of a worker: the sweeper rings for it again
        log.exception("Bulk action %d could not be carried out.", pk)


def _claim(pk: int, now: datetime) -> BulkAction | None:
    rows = BulkAction.objects.unfinished().filter(
        pk=pk, due_at__lte=now, tries__lt=MAX_TRIES
    )
    claimed = rows.update(
        due_at=now + LEASE, epoch=F("epoch") + 1, tries=F("tries") + 1
    )
    if not claimed:
        return None
    rows = BulkAction.objects.select_related("requested_by")
    run: BulkAction = rows.get(pk=pk)
    if run.state == BulkState.PENDING:
        _hold(run, state=BulkState.APPLYING)
    return run


def _hold(run: BulkAction, **changes: Any) -> None:
    """Write to the row under the claim; raises :class:`LeaseLost`."""
    held = BulkAction.objects.filter(pk=run.pk, epoch=run.epoch)
    if not held.update(**changes):
        raise LeaseLost(f"BulkAction {run.pk}")


def _actor(run: BulkAction) -> Actor:
    """Who asked, with the rights they have now."""
    person: User = run.requested_by
    return access.actor_for_user(person)


# --- applying -------------------------------------------------------------------------


def _apply_all(run: BulkAction, clock: Clock) -> None:
    act = acts.read(run.action, run.parameters)
    actor = _actor(run)
    ids: list[int] = Selection.objects.values_list("ids", flat=True).get(actions=run)
    waiting = [pk for pk in ids if pk > run.cursor]
    for start in range(0, len(waiting), CHUNK):
        _apply(run, act, actor, waiting[start : start + CHUNK], clock())
    now = clock()
    _hold(
        run,
        state=BulkState.APPLIED,
        ended_at=now,
        undo_until=now + UNDO_FOR,
        due_at=None,
        tries=0,
        cursor=0,
    )


def _apply(
    run: BulkAction, act: acts.Act, actor: Actor, ids: list[int], now: datetime
) -> None:
    with transaction.atomic():
        _hold(run, due_at=now + LEASE)  # and locks it, so that only one can apply
        tickets = _locked(Ticket.objects.visible_to(actor), ids)
        left = dict.fromkeys(set(ids) - {each.pk for each in tickets}, Reason.LEFT)
        changed = _changed(run, ids)
        lines = []
        for ticket in tickets:
            reason = _reason(act, actor, ticket, changed)
            if reason is None:
                lines.append(_line(act, actor, ticket))
            else:
                left[ticket.pk] = reason
        left |= write(lines, actor, run.pk, now)
        failed = Counter(left.values())[Reason.ERROR]
        _hold(
            run,
            applied=F("applied") + len(ids) - len(left),
            refused=F("refused") + len(left) - failed,
            failed=F("failed") + failed,
            result=_added("result", left),
            cursor=ids[-1],
            tries=1,
        )


def _locked(rows: models.QuerySet[Ticket], ids: Sequence[int]) -> list[Ticket]:
    """Lock tickets behind their groups, in the order that everybody keeps."""
    groups = rows.filter(pk__in=ids).values_list("group_id", flat=True)
    grouping.lock(list(groups))
    found = rows.select_for_update(of=("self",), no_key=True).select_related("queue")
    return list(found.filter(pk__in=ids).order_by("pk"))


def _changed(run: BulkAction, ids: Sequence[int]) -> set[int]:
    """Tickets about which somebody else decided after the rows were looked at."""
    later = TicketEvent.objects.filter(
        ticket__in=ids, at__gt=run.seen_at, actor__isnull=False
    )
    others = later.exclude(kind__in=UNDECIDED).exclude(actor=run.requested_by)
    return set(others.values_list("ticket_id", flat=True))


def _reason(
    act: acts.Act, actor: Actor, ticket: Ticket, changed: set[int]
) -> Reason | None:
    if ticket.pk in changed:
        return Reason.CHANGED
    return act.refused(actor, ticket) or act.skipped(ticket)


def _line(act: acts.Act, actor: Actor, ticket: Ticket) -> Line:
    found = columns.complete(ticket, act.columns(ticket))
    kind, change = act.event(ticket, actor)
    return Line(ticket, found, kind, change, columns.inverse(ticket, found))


def _added(field: str, left: Settled) -> Any:
    """Append rows that were left alone, each with its number and its reason."""
    numbers = Ticket.objects.filter(pk__in=left).order_by("number")
    pairs = [
        [number, str(left[pk])] for pk, number in numbers.values_list("pk", "number")
    ]
    more = Value(pairs, output_field=models.JSONField())
    return models.expressions.CombinedExpression(F(field), "||", more)


# --- undoing --------------------------------------------------------------------------


def _undo_all(run: BulkAction, clock: Clock) -> None:
    actor = _actor(run)
    rows = TicketEvent.objects.filter(bulk_action=run).exclude(kind=EventKind.UNDONE)
    cursor = run.cursor
    while True:
        later = rows.filter(ticket__gt=cursor).order_by("ticket_id")
        events = {each.ticket_id: each for each in later[:CHUNK]}
        if not events:
            break
        cursor = max(events)
        _undo(run, actor, events, clock())
    _hold(run, state=BulkState.UNDONE, due_at=None, tries=0)


def _undo(
    run: BulkAction, actor: Actor, events: dict[int, TicketEvent], now: datetime
) -> None:
    with transaction.atomic():
        _hold(run, due_at=now + LEASE)
        # Not by scope: what one moved out of it may be taken back while it stands.
        tickets = _locked(Ticket.objects.all(), list(events))
        left: Settled = {}
        lines = []
        former = undoing.restored(events.values())
        for ticket in tickets:
            event = events[ticket.pk]
            reason = undoing.why_not(ticket, event)
            if not undoing.may_undo(actor, ticket, event):
                reason = Reason.NOT_ALLOWED
            if reason is None:
                said = undoing.words(event)
                found = former[event.pk]
                lines.append(Line(ticket, found, EventKind.UNDONE, said, None))
            else:
                left[ticket.pk] = reason
        left |= write(lines, actor, run.pk, now)
        _hold(
            run,
            undone=F("undone") + len(events) - len(left),
            undo_result=_added("undo_result", left),
            cursor=max(events),
            tries=1,
        )
