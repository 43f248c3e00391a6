"""How is another try written down, so that it happens once whoever dies meanwhile?"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from deliveries import aiming, gate
from deliveries.models import (
    Address,
    AttemptCause,
    DeliveryAttempt,
    Message,
    MessageState,
    ResendItem,
    Route,
)
from deliveries.sending import asking, items

ASKED_FIRST = "asked_first"  # the provider is asked about the try before this one
FROM = (MessageState.QUEUED, MessageState.FAILED, MessageState.UNKNOWN)


class Outstanding(Exception):
    """Another try of this message is planned or under way."""

    def __init__(self, message: Message) -> None:
        super().__init__(_("Wait for the try that is already under way."))
        self.message = message


class NotSendable(Exception):
    """The gate or the state of the message speaks against sending.

    ``codes`` are those of :class:`deliveries.gate.GateCode`, the state, or
    ``ASKED_FIRST``.
    """

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(_("This message cannot be sent again as it is."))
        self.codes = codes


def plan(
    message: Message,
    *,
    route: Route,
    cause: AttemptCause,
    at: datetime,
    item: ResendItem | None = None,
    address: Address | None = None,
) -> DeliveryAttempt:
    """Plan one more try over a route, not before ``at`` (UTC), in one transaction.

    Its key is new, as some providers answer a known one with a stored failure. Raises
    :class:`Outstanding` or :class:`NotSendable`; a machine may not plan for a message
    whose outcome is unknown, as that could send it twice. Where the gate asks to wait,
    the try waits, but not the ``item`` of a bulk resend: it would hold up the others.
    With an ``address`` the try goes there, over its channel, and not to the message's.
    """
    with transaction.atomic():
        row = Message.objects.select_for_update().get(pk=message.pk)
        there = aiming.aimed(row, address) if address else row
        at = _refuse_or_pass(there, cause, at, item)
        _wait_for_it(row)
        last = row.attempts.aggregate(n=Max("n"))["n"] or 0
        return DeliveryAttempt.objects.create(
            source_id=row.source_id,
            message=row,
            n=last + 1,
            route=route,
            channel=address.channel if address else "",
            address=address,
            cause=cause,
            resend_item=item,
            idempotency_key=f"{row.public_id}:{row.generation}",
            due_at=at,
        )


def _wait_for_it(row: Message) -> None:
    """Let a locked message wait for its next try, under a new generation."""
    changes = {
        "generation": row.generation + 1,
        "attempt_count": F("attempt_count") + 1,
        "verify_by": None,
    }
    if row.state == MessageState.QUEUED:
        Message.objects.filter(pk=row.pk).update(**changes)
    else:
        Message.objects.move(row.pk, MessageState.RETRY_WAIT, **changes)
    row.refresh_from_db()


def _refuse_or_pass(
    row: Message, cause: AttemptCause, at: datetime, item: ResendItem | None
) -> datetime:
    verdict = gate.check(row, now=at, item=item)
    if gate.GateCode.OUTSTANDING in verdict.codes:
        raise Outstanding(row)
    if verdict.codes and (verdict.wait_until is None or item is not None):
        raise NotSendable(verdict.codes)
    unsettled = row.state == MessageState.UNKNOWN and cause == AttemptCause.AUTO
    if row.state not in FROM or unsettled:
        raise NotSendable((row.state,))
    if row.state == MessageState.UNKNOWN:
        if asking.is_pending(row) is not None:
            raise NotSendable((ASKED_FIRST,))
        items.settled(row)
    return max(at, verdict.wait_until or at)
