"""What happens when a person decides one thing about one ticket?"""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import inbox, timeline
from triage.models import Reason, TicketEvent
from triage.tickets.acts import Act, Assign
from triage.tickets.locking import decide, locked, still_unsolved
from triage.tickets.refusals import Forbidden, Invalid


def do(
    number: int, actor: Actor, act: Act, *, version: int | None = None
) -> TicketEvent:
    """Carry out an act on one ticket; returns its event, which can be undone.

    Raises :class:`Invalid` when there is nothing to do or the other queue has a live
    ticket of the incident, and what :func:`triage.tickets.locking.locked` raises.
    """
    with transaction.atomic():
        ticket = locked(number, actor, act.action(actor), version)
        refused = act.refused(actor, ticket)
        if refused is not None:
            raise Forbidden(refused)
        still_unsolved(ticket, act.verb)
        skipped = act.skipped(ticket)
        if skipped is not None:
            raise Invalid(act.verb, in_words(skipped))
        kind, change = act.event(ticket, actor)
        try:
            with transaction.atomic():
                inverse = decide(ticket, **act.columns(ticket))
        except IntegrityError as error:  # ticket_one_live_per_group_queue
            raise Invalid(act.verb, in_words(Reason.TAKEN)) from error
        event = timeline.add(ticket, kind, actor, change, inverse)
        if isinstance(act, Assign) and act.to is not None:
            inbox.assigned(event, actor, act.to)
        return event


def in_words(reason: Reason) -> str:
    """Say in a sentence why one ticket stays as it is."""
    return _("Nothing was changed: %(reason)s.") % {"reason": reason.label}
