"""How is an address put out of reach, and how within reach again?"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from deliveries import facts
from deliveries.models import (
    Address,
    ChangeKind,
    FailureCategory,
    Message,
    MessageState,
    Purpose,
    Suppression,
    SuppressionOrigin,
)

# What may still be sent once the order is lifted.
NOT_SENT = (MessageState.FAILED, MessageState.HELD)


class NotInForce(Exception):
    """The order was lifted already, or has run out."""

    def __init__(self) -> None:
        super().__init__(_("It is no longer in force."))


def suppress(
    address: Address,
    *,
    category: FailureCategory,
    origin: SuppressionOrigin,
    purpose: Purpose | None = None,
    until: datetime | None = None,
) -> Suppression:
    """Order that nothing is sent to an address again; return the order in force.

    It holds for everybody whom the source writes to at this address, for one purpose
    or for all, ``until`` a time or for good. An order in force is never shortened.
    """
    source = address.recipient.source
    with transaction.atomic():
        order, is_new = Suppression.objects.select_for_update().get_or_create(
            source=source,
            channel=address.channel,
            pseudonym=address.pseudonym,
            purpose=purpose,
            lifted_at=None,
            defaults={"category": category, "origin": origin, "until": until},
        )
        if is_new or _lengthen(order, until):
            facts.record(ChangeKind.SUPPRESSION, source=source, subject_id=order.pk)
    return order


def _lengthen(order: Suppression, until: datetime | None) -> bool:
    """Let an order hold longer, also one that has run out; say whether it does now."""
    if order.until is None or (until is not None and until <= order.until):
        return False
    order.until = until
    Suppression.objects.filter(pk=order.pk).update(until=until)
    return True


def lift(pk: int, *, person_id: int, reason: str, now: datetime) -> Suppression:
    """Let the address be written to again; the reason stays with the order.

    A consent that the person withdrew is another matter, and still holds. Raises
    :class:`NotInForce`, for instance for the second of two people.
    """
    with transaction.atomic():
        rows = Suppression.objects.active(now).filter(pk=pk)
        lifted = rows.update(lifted_at=now, lifted_by=person_id, lift_reason=reason)
        if not lifted:
            raise NotInForce
        order = Suppression.objects.select_related("source", "category").get(pk=pk)
        facts.record(ChangeKind.SUPPRESSION, source=order.source, subject_id=order.pk)
    return order


def messages_under(order: Suppression) -> "QuerySet[Message]":
    """Messages to the address, for a purpose of the order, whatever became of them."""
    rows = Message.objects.filter(
        source=order.source_id,
        channel=order.channel,
        address__pseudonym=order.pseudonym,
    )
    return rows.filter(purpose=order.purpose) if order.purpose else rows


def held_by(order: Suppression, now: datetime) -> "QuerySet[Message]":
    """Messages under an order that did not arrive and are still of use.

    Whether each may be sent again once it is lifted, a plan of a resend judges.
    """
    return still_of_use(messages_under(order), now)


def still_of_use(messages: "QuerySet[Message]", now: datetime) -> "QuerySet[Message]":
    """Narrow messages to those that did not arrive, and that somebody still wants."""
    rows = messages.filter(state__in=NOT_SENT, superseded_by=None)
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=now))
