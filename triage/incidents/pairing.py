"""How does one ticket become part of another?

Two tickets of one incident, from two queues, become one. Tickets of two incidents
cannot: then the incidents are one, and are merged.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access, grouping, judging, timeline
from triage.incidents import carrying
from triage.incidents.finding import end_of, permit
from triage.incidents.merging import merge
from triage.models import (
    UNSOLVED,
    EventKind,
    FailureReport,
    Queue,
    Reason,
    Ticket,
    TicketEvent,
    TicketState,
)
from triage.tickets import Forbidden, Invalid, NotFound, acting, locked


def merge_tickets(
    number: int,
    into: int,
    actor: Actor,
    now: datetime,
    *,
    version: int | None = None,
    part: carrying.Part | None = None,
) -> Ticket:
    """Merge a ticket into another, and their incidents if these differ.

    ``part`` is the action on many tickets that it belongs to. Returns the ticket that
    goes on. Raises :class:`NotFound`, :class:`Forbidden`, :class:`Conflict`, or
    :class:`Invalid` about the field ``into``.
    """
    seen = Ticket.objects.visible_to(actor).select_related("group")
    rows = {each.number: each for each in seen.filter(number__in=[number, into])}
    if number not in rows:
        raise NotFound(number)
    if into not in rows:
        raise Invalid("into", _("You see no ticket with this number."))
    if number == into:
        raise Invalid("into", _("A ticket cannot be merged into itself."))
    with transaction.atomic():
        grouping.lock([each.group_id for each in rows.values()])
        pair = sorted(rows)
        found = {each: locked(each, actor, "ticket.read", None) for each in pair}
        ticket = locked(number, actor, "ticket.merge", version)
        target = found[into]
        _fit(ticket, target, actor)
        groups = end_of(ticket.group), end_of(target.group)
        if groups[0].pk != groups[1].pk:
            merge(groups[0].number, groups[1], actor, now, part)
            ticket.refresh_from_db()
            target.refresh_from_db()
        if ticket.state != TicketState.MERGED:
            _absorb(ticket, target, actor, part)
        judging.judge_groups([groups[1].pk], now)
    return target


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a merge of two tickets comes to. ``moved`` reports leave the first one."""

    target: Ticket  # as it would be
    before: Ticket
    moved: int
    reports: int  # of the target, afterwards
    people: int  # of the incident, afterwards
    queues: tuple[Queue, ...]  # in which the incident then has a live ticket
    incidents: int  # that are one afterwards


class _TakenBackError(Exception):
    """Ends a rehearsal: nothing of it stays."""


def rehearse_tickets(number: int, into: int, actor: Actor, now: datetime) -> Rehearsal:
    """Merge two tickets, look at what came of it, and take it back at once.

    Raises what :func:`merge_tickets` raises.
    """
    found: list[Rehearsal] = []
    try:
        with transaction.atomic():
            found.append(_rehearsed(number, into, actor, now))
            raise _TakenBackError
    except _TakenBackError:
        return found[0]


def _rehearsed(number: int, into: int, actor: Actor, now: datetime) -> Rehearsal:
    rows = Ticket.objects.select_related("group")
    pair = {each.number: each for each in rows.filter(number__in=[number, into])}
    moved = FailureReport.objects.filter(ticket__number=number).count()
    target = merge_tickets(number, into, actor, now)
    after = Ticket.objects.select_related("group", "queue").get(pk=target.pk)
    live = Ticket.objects.live().filter(group=after.group_id)
    return Rehearsal(
        target=after,
        before=pair[into],
        moved=moved,
        reports=after.reports.count(),
        people=after.group.unserved,
        queues=tuple(Queue.objects.filter(pk__in=live.values("queue"))),
        incidents=len({each.group_id for each in pair.values()}),
    )


def _fit(ticket: Ticket, target: Ticket, actor: Actor) -> None:
    if isinstance(access.may(actor, "ticket.merge", target), access.Refused):
        raise Forbidden("not_own")
    if ticket.state not in UNSOLVED:
        raise Invalid("into", _("The ticket is solved. Reopen it first."))
    if target.state not in UNSOLVED:
        raise Invalid("into", _("That ticket is solved. Reopen it first."))


def _absorb(
    ticket: Ticket, target: Ticket, actor: Actor, part: carrying.Part | None
) -> None:
    reports = FailureReport.objects.filter(ticket=ticket).order_by("pk")
    ids = list(reports.values_list("pk", flat=True))
    inverse = {"ticket": target.pk, "reports": ids}
    carrying.absorb(ticket, target, carrying.Deed(actor, {}, inverse, part))


def undo_pair(event: TicketEvent, actor: Actor, now: datetime) -> None:
    """Part two tickets of one incident again.

    Raises :class:`Forbidden` unless both, and whoever took the second in since, are
    the actor's to merge; :class:`Invalid` when the merge no longer stands.
    """
    inverse = event.inverse or {}
    with transaction.atomic():
        grouping.lock([event.ticket.group_id])
        rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
        rows = rows.select_related("group__category", "queue")
        pair = {event.ticket_id, inverse["ticket"]}
        tickets = {each.pk: each for each in rows.filter(pk__in=pair).order_by("pk")}
        ticket = tickets[event.ticket_id]
        permit(actor, "ticket.merge", [*tickets.values(), carrying.holder(ticket)])
        theirs = Q(pk__in=inverse["reports"])
        if not carrying.restore(ticket, inverse["before"], theirs, actor, now):
            raise Invalid("undo", acting.in_words(Reason.CHANGED))
        said = {"seq": event.seq, "kind": event.kind}
        timeline.add(ticket, EventKind.UNDONE, actor, said)
        judging.judge_groups([ticket.group_id], now)
