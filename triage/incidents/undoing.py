"""Which events of a ticket are undone through its incident, and how?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deliveries.actor import Actor
from triage.incidents.merging import undo_merge
from triage.incidents.muting import undo_mute
from triage.incidents.pairing import undo_pair
from triage.incidents.splitting import undo_split
from triage.models import Reason, Ticket, TicketEvent
from triage.tickets import Forbidden, Invalid, NotFound, acting, may_undo

OURS = ("alias", "ticket", "split", "mute")


def is_ours(event: TicketEvent) -> bool:
    """Whether the inverse of an event changes an incident, or two tickets."""
    return bool((event.inverse or {}).keys() & set(OURS))


def undo(event: TicketEvent, actor: Actor, now: datetime) -> None:
    """Undo such an event, with the rights that the decision itself takes.

    Raises :class:`NotFound` out of scope, :class:`Forbidden` when it is not the
    actor's to undo, :class:`Invalid` when it no longer stands.
    """
    ticket = event.ticket
    own = actor.person_id is not None and event.actor_id == actor.person_id
    seen = Ticket.objects.visible_to(actor).filter(pk=ticket.pk)
    if not own and not seen.exists():
        raise NotFound(ticket.number)
    if not may_undo(actor, ticket, event):
        raise Forbidden("not_own")
    inverse: Mapping[str, Any] = event.inverse or {}
    if "alias" in inverse:
        undo_merge(inverse["alias"], actor, now)
    elif "split" in inverse:
        undo_split(inverse["split"], actor, now)
    elif "mute" in inverse:
        undo_mute(event, actor, now)
    elif "ticket" in inverse:
        undo_pair(event, actor, now)
    else:
        raise Invalid("undo", acting.in_words(Reason.CHANGED))
