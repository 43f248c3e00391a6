"""How is a decision taken back, and when can it not be?

An undo adds an event and writes the former values; it never removes a line. It is
refused where somebody has changed one of the same columns since.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from deliveries.actor import Actor
from triage import access, timeline
from triage.models import UNSOLVED, EventKind, Reason, SlaClock, Ticket, TicketEvent
from triage.tickets import columns
from triage.tickets.acting import in_words
from triage.tickets.locking import MOVES_CLOCKS
from triage.tickets.refusals import Forbidden, Invalid, NotFound

RECENT = timedelta(hours=1)  # what the key for “my latest” reaches
# What an inverse is found by: columns of a ticket, or a change of its incident.
INVERSES = ["was", "alias", "ticket", "split", "mute"]
LATEST = 50  # decisions among which it looks


def undo(number: int, seq: int, actor: Actor) -> TicketEvent:
    """Undo one event of a ticket; returns the event that says so.

    Raises :class:`NotFound`, :class:`Forbidden`, or :class:`Invalid` with the reason.
    """
    with transaction.atomic():
        event = _event(number, seq, actor)
        rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
        ticket = rows.select_related("group__category", "queue").get(pk=event.ticket_id)
        if not may_undo(actor, ticket, event):
            raise Forbidden("not_own")
        reason = why_not(ticket, event)
        if reason is not None:
            raise Invalid("undo", in_words(reason))
        found = restored([event])[event.pk]
        try:
            with transaction.atomic():
                _write(ticket, found)
        except IntegrityError as error:  # ticket_one_live_per_group_queue
            raise Invalid("undo", in_words(Reason.TAKEN)) from error
        return timeline.add(ticket, EventKind.UNDONE, actor, words(event))


def _event(number: int, seq: int, actor: Actor) -> TicketEvent:
    """Find an event in scope. One's own stays in reach when it took the ticket away."""
    rows = TicketEvent.objects.filter(ticket__number=number, seq=seq)
    event = rows.first()
    if event is None:
        raise NotFound(number)
    seen = Ticket.objects.visible_to(actor).filter(pk=event.ticket_id)
    if not _own(actor, event) and not seen.exists():
        raise NotFound(number)
    return event


def _own(actor: Actor, event: TicketEvent) -> bool:
    return actor.person_id is not None and event.actor_id == actor.person_id


def may_undo(actor: Actor, ticket: Ticket, event: TicketEvent) -> bool:
    """Say whether an event is the actor's to undo: their own always is."""
    if _own(actor, event):
        return actor.may("ticket.undo")
    answer = access.may(actor, "ticket.undo", ticket)
    if isinstance(answer, access.Refused):
        return False
    of_tier = event.kind == EventKind.TIER_SET
    return not of_tier or access.may_lower(actor, ticket)


def why_not(ticket: Ticket, event: TicketEvent) -> Reason | None:
    """Say why an event of a ticket cannot be undone as things are now."""
    if ticket.state not in UNSOLVED:
        return Reason.SOLVED
    if not event.is_undoable or not columns.still_stands(ticket, event.inverse or {}):
        return Reason.CHANGED
    return None


def restored(events: Iterable[TicketEvent]) -> dict[int, columns.Columns]:
    """Return the former values by event; nobody in place of who is gone meanwhile."""
    found = {each.pk: columns.former(each.inverse or {"was": {}}) for each in events}
    named: set[int] = {each.get("assignee_id") or 0 for each in found.values()}
    people = set(User.objects.filter(pk__in=named).values_list("pk", flat=True))
    for each in found.values():
        if "assignee_id" in each and each["assignee_id"] not in people:
            each["assignee_id"] = None
    return found


def words(event: TicketEvent) -> dict[str, object]:
    """What the new event says about the one that it undoes."""
    return {"seq": event.seq, "kind": event.kind}


def _write(ticket: Ticket, found: columns.Columns) -> None:
    for name, value in found.items():
        setattr(ticket, name, value)
    ticket.version += 1
    ticket.save(update_fields=[*found, "version"])
    if found.keys() & MOVES_CLOCKS:
        SlaClock.objects.follow([ticket], timezone.now())


def latest(actor: Actor, now: datetime) -> TicketEvent | None:
    """Return the newest single decision of the actor that is not undone."""
    rows = TicketEvent.objects.filter(
        actor=actor.person_id or 0, inverse__has_any_keys=INVERSES, bulk_action=None
    )
    recent = rows.filter(at__gte=now - RECENT).select_related("ticket")
    found = list(recent.order_by("-pk")[:LATEST])
    undone = TicketEvent.objects.filter(
        kind=EventKind.UNDONE, ticket__in={each.ticket_id for each in found}
    )
    gone = set(undone.values_list("ticket_id", "change__seq"))
    return next((e for e in found if (e.ticket_id, e.seq) not in gone), None)
