"""What does the end of a try, or evidence, say about the message's bulk resend?

Everything here happens in the transaction of its cause, with the message locked
before its item and the item before its operation (docs/decisions/0009).
"""

from datetime import datetime

from deliveries import stopping
from deliveries.gate import GateCode
from deliveries.models import (
    UNDER_WAY,
    DeliveryAttempt,
    Exclusion,
    Fault,
    ItemState,
    Message,
    MessageState,
    Outcome,
    ResendItem,
    ResendOperation,
    ResendState,
)
from deliveries.sending import steps

EXCLUSION_OF: dict[str, Exclusion] = {
    GateCode.DELIVERED: Exclusion.ALREADY_DELIVERED,
    GateCode.CANCELLED: Exclusion.NOT_RESENDABLE,
    GateCode.EXPIRED: Exclusion.EXPIRED,
    GateCode.SUPERSEDED: Exclusion.SUPERSEDED,
    GateCode.SUPPRESSED: Exclusion.SUPPRESSED,
    GateCode.NO_CONSENT: Exclusion.NO_CONSENT,
    GateCode.OUTSTANDING: Exclusion.IN_FLIGHT,
    GateCode.NO_ROUTE: Exclusion.NO_ROUTE,
    GateCode.QUIET_HOURS: Exclusion.QUIET_HOURS,
    GateCode.OVER_CAP: Exclusion.OVER_CAP,
    MessageState.EXPIRED: Exclusion.EXPIRED,
    MessageState.DELIVERED: Exclusion.ALREADY_DELIVERED,
    MessageState.SENDING: Exclusion.IN_FLIGHT,
    MessageState.RETRY_WAIT: Exclusion.IN_FLIGHT,
    MessageState.ACCEPTED: Exclusion.IN_FLIGHT,
}
_AFTER: dict[str, ItemState] = {
    Outcome.ACCEPTED: ItemState.SENT,
    Outcome.REFUSED: ItemState.FAILED,
    Outcome.UNCLEAR: ItemState.UNKNOWN,
}
_WRONG = (ItemState.FAILED, ItemState.UNKNOWN)
# Where late evidence still says something about an item.
_OPEN = (ItemState.SENT, ItemState.UNKNOWN)


def exclusion_for(codes: tuple[str, ...]) -> Exclusion:
    """Return the code that an item shows for what spoke against sending it."""
    found = (EXCLUSION_OF[code] for code in codes if code in EXCLUSION_OF)
    return next(found, Exclusion.NOT_RESENDABLE)


def ended(attempt: DeliveryAttempt, outcome: Outcome, now: datetime) -> None:
    """Let the item of a try that was made follow its outcome."""
    item = _item_of(attempt)
    if item is None:
        return
    state = ItemState.DELIVERED if item.message.proven else _AFTER[outcome]
    if ResendItem.objects.move(item, state, finished_at=now) and state in _WRONG:
        _stop_if_broken(item.operation_id, now)


def not_made(attempt: DeliveryAttempt, codes: tuple[str, ...], now: datetime) -> None:
    """Let the item of a try that was not made say why."""
    item = _item_of(attempt)
    if item is None:
        return
    if item.state == ItemState.UNKNOWN:  # to be made again, as it never got there
        ResendItem.objects.move(item, ItemState.FAILED, finished_at=now)
    elif GateCode.STOPPED in codes:
        ResendItem.objects.move(item, ItemState.CANCELLED, finished_at=now)
    elif any(code in EXCLUSION_OF or code in MessageState for code in codes):
        code = exclusion_for(codes)
        ResendItem.objects.move(
            item, ItemState.EXCLUDED, exclusion=code, finished_at=now
        )
    elif ResendItem.objects.move(item, ItemState.FAILED, finished_at=now):
        _stop_if_broken(item.operation_id, now)


def learned(message_id: int, now: datetime) -> None:
    """Let an item that was sent follow what is known of its message by now."""
    items = ResendItem.objects.filter(message=message_id, state__in=_OPEN)
    item = items.select_related("message").first()
    if item is None:
        return
    message = item.message
    if message.proven:
        ResendItem.objects.move(item, ItemState.DELIVERED)
    elif message.state == MessageState.FAILED:
        if ResendItem.objects.move(item, ItemState.FAILED):
            _stop_if_broken(item.operation_id, now)
    elif message.state == MessageState.UNKNOWN and ResendItem.objects.move(
        item, ItemState.UNKNOWN
    ):
        _stop_if_broken(item.operation_id, now)


def decided(message: Message, *, arrived: bool, now: datetime) -> None:
    """A person has said what became of a message that was unknown."""
    item = ResendItem.objects.filter(message=message, state__in=_OPEN).first()
    if item is None:
        return
    if arrived:
        ResendItem.objects.move(item, ItemState.DELIVERED)
    elif ResendItem.objects.move(item, ItemState.FAILED):
        _stop_if_broken(item.operation_id, now)


def settled(message: Message) -> None:
    """A person has another try made: what was unknown did not arrive."""
    item = ResendItem.objects.filter(message=message, state=ItemState.UNKNOWN).first()
    if item is not None:
        ResendItem.objects.move(item, ItemState.FAILED)


def stop(operation_id: int, fault: Fault, now: datetime) -> bool:
    """Stop an operation by its rule; what was not sent is cancelled by its next step.

    Says whether this call did.
    """
    running = ResendOperation.objects.filter(pk=operation_id, state__in=UNDER_WAY)
    stopped = running.update(
        state=ResendState.ABORTED, fault=fault, ended_at=now, due_at=now
    )
    if stopped:
        steps.take(operation_id, ResendState.ABORTED)
    return bool(stopped)


def _stop_if_broken(operation_id: int, now: datetime) -> None:
    """Ask the rule; the operation's row is locked, so nobody counts meanwhile."""
    rule = ResendOperation.objects.select_for_update().get(pk=operation_id).rule
    ended, wrong = ResendItem.objects.last_ended(operation_id, rule.window)
    if stopping.too_many(ended, wrong, rule):
        stop(operation_id, Fault.TOO_MANY_FAILED, now)


def _item_of(attempt: DeliveryAttempt) -> ResendItem | None:
    """Fetch the item with its message as both are now."""
    if attempt.resend_item_id is None:
        return None
    items = ResendItem.objects.select_related("message")
    return items.filter(pk=attempt.resend_item_id).first()
