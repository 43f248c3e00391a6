"""How is an address put out of reach, so that nothing is sent to it again?"""

from datetime import datetime

from django.db import transaction

from deliveries import facts
from deliveries.models import (
    Address,
    ChangeKind,
    FailureCategory,
    Purpose,
    Suppression,
    SuppressionOrigin,
)


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
