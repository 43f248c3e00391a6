"""What happened to a ticket, in order and without a gap?

The timeline is the audit. Every decision calls :func:`add` in its own transaction,
with the ticket's row locked, so that numbers have no gap and no twin.
"""

from collections.abc import Mapping

from django.db import transaction

from deliveries.actor import Actor, ActorKind
from triage.models import EventKind, Ticket, TicketEvent


class Unlocked(RuntimeError):
    """An event was added outside the transaction that locks its ticket."""


def add(
    ticket: Ticket,
    kind: EventKind,
    actor: Actor,
    change: Mapping[str, object],
    inverse: Mapping[str, object] | None = None,
    *,
    bulk: int | None = None,
) -> TicketEvent:
    """Append one event to a ticket whose row the caller has locked.

    ``change`` holds ids and words for people, never a personal value in plain text;
    ``inverse`` is what would undo it, or nothing where nothing can, and ``bulk`` the id
    of the action on many tickets that it is part of.
    """
    if not transaction.get_connection().in_atomic_block:
        raise Unlocked(kind)
    ticket.last_seq += 1
    Ticket.objects.filter(pk=ticket.pk).update(last_seq=ticket.last_seq)
    return TicketEvent.objects.create(
        ticket=ticket,
        seq=ticket.last_seq,
        kind=kind,
        actor_kind=actor.kind,
        actor_id=actor.person_id if actor.kind is ActorKind.PERSON else None,
        change=dict(change),
        inverse=None if inverse is None else dict(inverse),
        bulk_action_id=bulk,
    )
