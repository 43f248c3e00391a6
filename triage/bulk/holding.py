"""How does a job write to its action, and why does it leave a ticket alone?"""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import F, Value

from deliveries.actor import Actor
from deliveries.leases import LeaseLost
from triage.models import BulkAction, Reason, Ticket, TicketEvent
from triage.tickets import acts
from triage.tickets.locking import UNDECIDED

Settled = dict[int, Reason]  # ids of tickets that were left alone


def hold(run: BulkAction, **changes: Any) -> None:
    """Write to the row under the claim; raises :class:`LeaseLost`."""
    held = BulkAction.objects.filter(pk=run.pk, epoch=run.epoch)
    if not held.update(**changes):
        raise LeaseLost(f"BulkAction {run.pk}")


def changed_since(run: BulkAction, ids: Sequence[int]) -> set[int]:
    """Tickets about which somebody else decided after the rows were looked at."""
    later = TicketEvent.objects.filter(
        ticket__in=ids, at__gt=run.seen_at, actor__isnull=False
    )
    others = later.exclude(kind__in=UNDECIDED).exclude(actor=run.requested_by)
    return set(others.values_list("ticket_id", flat=True))


def reason_of(
    act: acts.Act, actor: Actor, ticket: Ticket, changed: set[int]
) -> Reason | None:
    """Say why one ticket is left alone."""
    if ticket.pk in changed:
        return Reason.CHANGED
    return act.refused(actor, ticket) or act.skipped(ticket)


def added(field: str, left: Settled) -> Any:
    """Append rows that were left alone, each with its number and its reason."""
    numbers = Ticket.objects.filter(pk__in=left).order_by("number")
    pairs = [
        [number, str(left[pk])] for pk, number in numbers.values_list("pk", "number")
    ]
    more = Value(pairs, output_field=models.JSONField())
    return models.expressions.CombinedExpression(F(field), "||", more)
