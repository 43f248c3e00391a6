"""How does an act that is no set of columns get through its tickets, one by one?

Each ticket is one transaction, with its events and its place in the counts. Merges
are undone in the opposite order, so that each finds what it left.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from deliveries.actor import Actor
from deliveries.leases import LEASE
from triage import incidents, macros
from triage.bulk.holding import added, changed_since, hold, reason_of
from triage.models import (
    BulkAction,
    BulkState,
    EventKind,
    Reason,
    Ticket,
    TicketEvent,
    TicketState,
)
from triage.tickets import acts
from triage.tickets.refusals import Conflict, Forbidden, Invalid, NotFound

Take = Callable[[Ticket, datetime], Reason | None]


def taker(
    run: BulkAction, act: acts.Act, actor: Actor, ids: Iterable[int]
) -> Take | None:
    """Return what does the act to one ticket, or says why not; None for columns."""
    if isinstance(act, macros.RunMacro):
        macro = act.macro

        def steps(ticket: Ticket, now: datetime) -> Reason | None:
            refused = reason_of(act, actor, ticket, changed_since(run, [ticket.pk]))
            return refused or _tried(
                lambda: macros.run(ticket.number, macro, actor, now=now), Reason.STEP
            )

        return steps
    if isinstance(act, incidents.MergeInto):
        part, into = incidents.Part(run.pk, frozenset(ids)), act.into.number

        def merge(ticket: Ticket, now: datetime) -> Reason | None:
            if _went_along(run, ticket):
                return None
            refused = reason_of(act, actor, ticket, changed_since(run, [ticket.pk]))
            number = ticket.number
            return refused or _tried(
                lambda: incidents.merge_tickets(number, into, actor, now, part=part),
                Reason.UNFIT,
            )

        return merge
    return None


def _went_along(run: BulkAction, ticket: Ticket) -> bool:
    """Whether a ticket was merged when another of its incident was, in this action."""
    ours = ticket.events.filter(bulk_action=run, kind=EventKind.MERGED)
    return ticket.state == TicketState.MERGED and ours.exists()


def _tried(do: Callable[[], object], otherwise: Reason) -> Reason | None:
    """Do it whole, or not at all and say why."""
    try:
        with transaction.atomic():
            do()
    except (Forbidden, NotFound):
        return Reason.NOT_ALLOWED
    except Conflict:
        return Reason.CHANGED
    except Invalid:
        return otherwise
    return None


def apply(run: BulkAction, take: Take, actor: Actor, pk: int, now: datetime) -> None:
    """Do it to one ticket, and count it."""
    with transaction.atomic():
        hold(run, due_at=now + LEASE)
        rows = Ticket.objects.visible_to(actor)
        ticket = rows.select_related("queue").filter(pk=pk).first()
        reason = Reason.LEFT if ticket is None else take(ticket, now)
        hold(
            run,
            applied=F("applied") + int(reason is None),
            refused=F("refused") + int(reason is not None),
            result=added("result", {pk: reason} if reason else {}),
            cursor=pk,
            tries=1,
        )


def undo_merges(run: BulkAction, actor: Actor, clock: Callable[[], datetime]) -> None:
    """Undo all merges of an action, the latest first; what cannot be is listed."""
    rows = TicketEvent.objects.filter(bulk_action=run, kind=EventKind.MERGED)
    rows = rows.select_related("ticket__group__category", "ticket__queue")
    cursor = run.cursor
    while True:
        left = rows.filter(pk__lt=cursor) if cursor else rows
        event = left.order_by("-pk").first()
        if event is None:
            break
        _undo(run, event, rows, actor, clock())
        cursor = event.pk
    hold(run, state=BulkState.UNDONE, due_at=None, tries=0)


def _undo(
    run: BulkAction,
    event: TicketEvent,
    rows: QuerySet[TicketEvent],
    actor: Actor,
    now: datetime,
) -> None:
    with transaction.atomic():
        hold(run, due_at=now + LEASE)
        if not _is_undone([event]):
            reason = _tried(lambda: incidents.undo(event, actor, now), Reason.CHANGED)
        else:
            reason = None
        of_ticket = rows.filter(ticket=event.ticket_id)
        whole, left = 0, {}
        if not of_ticket.filter(pk__lt=event.pk).exists():  # its first is undone last
            whole = int(_is_undone(of_ticket))
            left = {} if whole else {event.ticket_id: reason or Reason.CHANGED}
        hold(
            run,
            undone=F("undone") + whole,
            undo_result=added("undo_result", left),
            cursor=event.pk,
            tries=1,
        )


def _is_undone(events: Iterable[TicketEvent]) -> bool:
    """Whether all of some events of one ticket are undone."""
    seqs = {event.seq: event.ticket_id for event in events}
    undone = TicketEvent.objects.filter(
        ticket__in=set(seqs.values()), kind=EventKind.UNDONE, change__seq__in=[*seqs]
    )
    return set(undone.values_list("change__seq", flat=True)) >= seqs.keys()
