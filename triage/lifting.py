"""May an address be written to again, and what of the messages that were held back?

Lifting an order and planning a resend are one decision where a person wants both; the
plan is judged and carried out like any other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from deliveries import suppressions
from deliveries.actor import Actor
from deliveries.models import Message, ResendOperation, Suppression
from deliveries.retry import Remedy
from triage import resending, scopes
from triage.models import FailureReport
from triage.tickets import Forbidden, Invalid, NotFound, staff_text

MOST = 1_000  # messages of one plan, as if they were chosen one by one


@dataclass(frozen=True, slots=True)
class Lifted:
    """The order, and the plan that was made along with it, if one was."""

    order: Suppression
    plan: ResendOperation | None = None


def find(pk: int, actor: Actor) -> Suppression:
    """Fetch an order in scope; raises :class:`NotFound` otherwise."""
    rows = scopes.suppressions_visible_to(actor).filter(pk=pk)
    order = rows.select_related("source", "category", "lifted_by").first()
    if order is None:
        raise NotFound(pk)
    return order


def may_lift(order: Suppression, actor: Actor) -> bool:
    """Say whether the actor may lift an order: as a specialist where it is seen."""
    if not actor.may("suppression.lift"):
        return False
    senior = scopes.suppressions_of_queues(actor.senior_queue_ids)
    return bool(senior.filter(pk=order.pk).exists())


def liftable(
    orders: Sequence[Suppression], actor: Actor, now: datetime
) -> frozenset[int]:
    """Return the ids of those orders in force that the actor may lift."""
    if not actor.may("suppression.lift"):
        return frozenset()
    rows = scopes.suppressions_of_queues(actor.senior_queue_ids)
    found = rows.active(now).filter(pk__in=[each.pk for each in orders])
    return frozenset(found.values_list("pk", flat=True))


def held_counts(
    orders: Sequence[Suppression], actor: Actor, now: datetime
) -> dict[int, int]:
    """Count, for each order, the messages it holds back that the actor sees."""
    rows = suppressions.still_of_use(scopes.messages_visible_to(actor), now)
    rows = rows.filter(address__pseudonym__in={each.pseudonym for each in orders})
    counted = (
        rows.order_by()
        .values_list("source", "channel", "address__pseudonym", "purpose")
        .annotate(n=Count("pk"))
    )
    counts: dict[int, int] = Counter()
    for source, channel, pseudonym, purpose, n in counted:
        for order in orders:
            to = (order.source_id, order.channel, order.pseudonym)
            if to == (source, channel, pseudonym) and order.purpose in (None, purpose):
                counts[order.pk] += n
    return counts


def held(order: Suppression, actor: Actor, now: datetime) -> "QuerySet[Message]":
    """Messages that did not arrive under an order, of tickets one may work on."""
    reports = FailureReport.objects.filter(ticket__in=resending.tickets_of(actor))
    return suppressions.held_by(order, now).filter(pk__in=reports.values("message"))


def lift(pk: int, actor: Actor, *, reason: str, resend: bool, now: datetime) -> Lifted:
    """Lift an order, and plan to send again what it held back if that is wanted.

    All or nothing. Raises :class:`NotFound`, :class:`Forbidden`, or :class:`Invalid`
    when the order is no longer in force or nothing is held back.
    """
    order = find(pk, actor)
    if actor.person_id is None or not may_lift(order, actor):
        raise Forbidden("not_allowed")
    reason = staff_text(reason)
    if not reason:
        raise Invalid("reason", _("Say why it may be lifted."))
    with transaction.atomic():
        chosen = _chosen(order, actor, now) if resend else ()
        try:
            order = suppressions.lift(
                pk, person_id=actor.person_id, reason=reason, now=now
            )
        except suppressions.NotInForce as late:
            raise Invalid("", str(late)) from late
        plan = _plan(actor, chosen) if resend else None
    return Lifted(order, plan)


def _chosen(order: Suppression, actor: Actor, now: datetime) -> tuple[str, ...]:
    rows = held(order, actor, now).order_by("-pk")
    return tuple(rows.values_list("public_id", flat=True)[:MOST])


def _plan(actor: Actor, chosen: tuple[str, ...]) -> ResendOperation:
    if not chosen:
        raise Invalid("resend", _("No message is held back that you may send again."))
    pace = resending.Pace(
        remedy=Remedy.SUPPRESSION_LIFTED,
        patch={},
        with_unclear=False,
        canary_size=resending.CANARY,
        ramp=resending.RAMP,
        rate_per_s=resending.RATE_PER_S,
    )
    return resending.draft(actor, resending.Query(messages=chosen), pace)
