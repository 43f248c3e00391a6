"""How does a bulk action get through its rows, whatever dies on the way?

One transaction a chunk, in the order of the ids: the tickets, their events, the
counters and the place it has come to. Another worker goes on behind that place.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Case, F, When

from deliveries.actor import Actor
from deliveries.leases import LEASE, MAX_TRIES, LeaseLost
from triage import access, grouping, inbox
from triage.bulk import singly
from triage.bulk.holding import Settled, added, changed_since, hold, reason_of
from triage.bulk.reading import read
from triage.bulk.writing import Line, write
from triage.models import (
    BulkAction,
    BulkState,
    EventKind,
    Reason,
    Selection,
    Ticket,
    TicketEvent,
    Verb,
)
from triage.tickets import acts, columns, undoing

log = logging.getLogger(__name__)

CHUNK = 1_000
INLINE = 200  # rows that are done while the person waits
MERGED_INLINE = 20  # each is a transaction of its own, over whole incidents
UNDO_FOR = timedelta(hours=24)
Clock = Callable[[], datetime]


def is_small(run: BulkAction) -> bool:
    """Whether an action is done while the person waits."""
    return run.expected <= (MERGED_INLINE if run.action == Verb.MERGE else INLINE)


def forgotten(now: datetime) -> list[int]:
    """End actions that killed their workers; return those to ring for once more."""
    due = BulkAction.objects.unfinished().filter(due_at__lte=now)
    until = Case(When(action=Verb.MACRO, then=None), default=now + UNDO_FOR)
    with transaction.atomic():
        lost = due.filter(tries__gte=MAX_TRIES).select_for_update(no_key=True)
        ids = list(lost.values_list("pk", flat=True))
        rows = BulkAction.objects.filter(pk__in=ids)
        rows.update(
            state=BulkState.FAILED,
            ended_at=now,
            undo_until=until,
            parked_at=now,
            due_at=None,
        )
        for action in rows:
            inbox.bulk_over(action)
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
        hold(run, state=BulkState.APPLYING)
    return run


def _actor(run: BulkAction) -> Actor:
    """Who asked, with the rights they have now."""
    person: User = run.requested_by
    return access.actor_for_user(person)


# --- applying -------------------------------------------------------------------------


def _apply_all(run: BulkAction, clock: Clock) -> None:
    act = read(run.action, run.parameters)
    actor = _actor(run)
    ids: list[int] = Selection.objects.values_list("ids", flat=True).get(actions=run)
    waiting = [pk for pk in ids if pk > run.cursor]
    take = singly.taker(run, act, actor, ids)
    if take is not None:
        for pk in waiting:
            singly.apply(run, take, actor, pk, clock())
        waiting = []
    for start in range(0, len(waiting), CHUNK):
        _apply(run, act, actor, waiting[start : start + CHUNK], clock())
    now = clock()
    with transaction.atomic():
        hold(
            run,
            state=BulkState.APPLIED,
            ended_at=now,
            undo_until=now + UNDO_FOR if act.undoable else None,
            due_at=None,
            tries=0,
            cursor=0,
        )
        _tell(run, act)


def _tell(run: BulkAction, act: acts.Act) -> None:
    """Tell who was given tickets, and who has not waited for the end."""
    run.refresh_from_db(fields=["applied", "state"])
    if isinstance(act, acts.Assign) and run.applied:
        inbox.assigned_many(run, act.to)
    if not is_small(run):
        inbox.bulk_over(run)


def _apply(
    run: BulkAction, act: acts.Act, actor: Actor, ids: list[int], now: datetime
) -> None:
    with transaction.atomic():
        hold(run, due_at=now + LEASE)  # and locks it, so that only one can apply
        tickets = _locked(Ticket.objects.visible_to(actor), ids)
        left = dict.fromkeys(set(ids) - {each.pk for each in tickets}, Reason.LEFT)
        changed = changed_since(run, ids)
        lines = []
        for ticket in tickets:
            reason = reason_of(act, actor, ticket, changed)
            if reason is None:
                lines.append(_line(act, actor, ticket))
            else:
                left[ticket.pk] = reason
        left |= write(lines, actor, run.pk, now)
        failed = Counter(left.values())[Reason.ERROR]
        hold(
            run,
            applied=F("applied") + len(ids) - len(left),
            refused=F("refused") + len(left) - failed,
            failed=F("failed") + failed,
            result=added("result", left),
            cursor=ids[-1],
            tries=1,
        )


def _locked(rows: models.QuerySet[Ticket], ids: Sequence[int]) -> list[Ticket]:
    """Lock tickets behind their groups, in the order that everybody keeps."""
    groups = rows.filter(pk__in=ids).values_list("group_id", flat=True)
    grouping.lock(list(groups))
    found = rows.select_for_update(of=("self",), no_key=True).select_related("queue")
    return list(found.filter(pk__in=ids).order_by("pk"))


def _line(act: acts.Act, actor: Actor, ticket: Ticket) -> Line:
    found = columns.complete(ticket, act.columns(ticket))
    kind, change = act.event(ticket, actor)
    return Line(ticket, found, kind, change, columns.inverse(ticket, found))


# --- undoing --------------------------------------------------------------------------


def _undo_all(run: BulkAction, clock: Clock) -> None:
    actor = _actor(run)
    if run.action == Verb.MERGE:
        singly.undo_merges(run, actor, clock)
        return
    rows = TicketEvent.objects.filter(bulk_action=run).exclude(kind=EventKind.UNDONE)
    cursor = run.cursor
    while True:
        later = rows.filter(ticket__gt=cursor).order_by("ticket_id")
        events = {each.ticket_id: each for each in later[:CHUNK]}
        if not events:
            break
        cursor = max(events)
        _undo(run, actor, events, clock())
    with transaction.atomic():
        hold(run, state=BulkState.UNDONE, due_at=None, tries=0)
        run.refresh_from_db(fields=["state"])
        if not is_small(run):
            inbox.bulk_over(run)


def _undo(
    run: BulkAction, actor: Actor, events: dict[int, TicketEvent], now: datetime
) -> None:
    with transaction.atomic():
        hold(run, due_at=now + LEASE)
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
        hold(
            run,
            undone=F("undone") + len(events) - len(left),
            undo_result=added("undo_result", left),
            cursor=max(events),
            tries=1,
        )
