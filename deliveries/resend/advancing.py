"""How does a bulk resend go on: a canary, then a ramp, and when does it stop?

An operation is a due row: whoever claims it plans the tries of the next messages, as
many as its step and its rate allow, and gives it back. Every message is one
transaction that counts itself off the step, so a worker that dies loses nothing and
repeats nothing. A step ends when all of it has come to an end and its failures were
judged; only then does the next one begin.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from deliveries import pacing, routing, sending
from deliveries.leases import LeaseLost
from deliveries.models import (
    UNDER_WAY,
    AttemptCause,
    DeliveryAttempt,
    Exclusion,
    Fault,
    ItemState,
    Message,
    Outcome,
    ResendItem,
    ResendOperation,
    ResendState,
    RetryClass,
)
from deliveries.resend import remedies
from deliveries.retry import Remedy
from deliveries.sending import items, steps

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=2)
# A failure is diagnosed within seconds; a diagnosis that never comes must not hold up
# the rest for ever.
JUDGED_WITHIN = timedelta(seconds=60)
WIND_DOWN = 500  # messages cancelled in one transaction


def advance_due(now: datetime, limit: int = 10) -> int:
    """Take every due operation one step on; return how many.

    One that three workers could not get through is paused and says so.
    """
    for operation in ResendOperation.objects.exhausted(limit):
        _park(operation, now)
    claimed = ResendOperation.objects.claim(limit)
    for operation in claimed:
        try:
            _advance(operation, now)
        except LeaseLost:
            log.info("Resend %s was decided about meanwhile.", operation.number)
        except Exception:  # its lease ends by itself; after three tries it is parked
            log.exception("Resend %s could not go on.", operation.number)
    return len(claimed)


def _advance(operation: ResendOperation, now: datetime) -> None:
    if operation.is_over:
        _wind_down(operation, now)
    elif operation.state not in UNDER_WAY:
        ResendOperation.objects.settle(operation)
    elif _has_new_cause(operation):
        if items.stop(operation.pk, Fault.NEW_CAUSE, now):
            log.warning("Resend %s met a new cause.", operation.number)
    else:
        _go_on(operation, now)


def _has_new_cause(operation: ResendOperation) -> bool:
    """Whether a message failed in a way that forbids a resend and was not planned."""
    named = operation.plan.get("causes", {})
    rows = DeliveryAttempt.objects.filter(
        resend_item__operation=operation,
        resend_item__state=ItemState.FAILED,
        category__retry_class=RetryClass.NEVER,
    )
    return bool(rows.exclude(category__slug__in=list(named)).exists())


def _go_on(operation: ResendOperation, now: datetime) -> None:
    rate = operation.rate_per_s
    tokens = pacing.refilled(operation.tokens, operation.refilled_at, rate, now)
    waiting = operation.items.filter(state=ItemState.PLANNED).order_by("pk")
    most = min(operation.step_left, int(tokens))
    for item in waiting.select_related("operation")[:most]:
        tokens -= _release(operation, item, now)
    with transaction.atomic():
        row = ResendOperation.objects.select_for_update().get(pk=operation.pk)
        changes: dict[str, object] = {"tokens": tokens, "refilled_at": now}
        if not row.n_planned and not row.n_claimed:
            _complete(row, now)
        else:
            changes |= _next_step(row, now) | {"due_at": now + EVERY}
        ResendOperation.objects.settle(operation, **changes)


def _release(operation: ResendOperation, item: ResendItem, now: datetime) -> bool:
    """Plan the try of one message, or leave it out; say whether it is to be sent.

    Raises ``LeaseLost``, and then has changed nothing, when the operation was paused,
    stopped or claimed again.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=item.message_id)
        code = _plan(operation, item, message, now)
        used = 1 if code is None else 0
        if code is not None:
            ResendItem.objects.move(
                item, ItemState.EXCLUDED, exclusion=code, finished_at=now
            )
        held = ResendOperation.objects.filter(
            pk=operation.pk, epoch=operation.epoch, state__in=UNDER_WAY
        )
        if not held.update(step_left=F("step_left") - used):
            raise LeaseLost(f"ResendOperation {operation.pk}")
    return code is None


def _plan(
    operation: ResendOperation, item: ResendItem, message: Message, now: datetime
) -> Exclusion | None:
    remedies.patched(message, operation.patch)
    other = operation.remedy == Remedy.OTHER_ROUTE
    route = routing.next_route(
        message,
        now=now,
        exclude_provider_id=message.provider_id if other else None,
    )
    if route is None:
        return Exclusion.NO_ROUTE
    try:
        with transaction.atomic():  # what is left out keeps its message as it was
            message.save(update_fields=list(operation.patch))
            attempt = sending.plan(
                message, route=route, cause=AttemptCause.BULK, at=now, item=item
            )
    except sending.Outstanding:
        return Exclusion.IN_FLIGHT
    except sending.NotSendable as error:
        return items.exclusion_for(error.codes)
    ResendItem.objects.move(
        item,
        ItemState.CLAIMED,
        attempt_n=attempt.n,
        generation=message.generation + 1,
    )
    return None


def _next_step(row: ResendOperation, now: datetime) -> dict[str, object]:
    """Begin the next step if the last one is over; the row is locked."""
    over = not row.step_left or not row.n_planned
    if not over or row.n_claimed or _is_being_judged(row, now):
        return {}
    if row.state == ResendState.CANARY:
        ResendOperation.objects.move(row.pk, ResendState.RAMPING)
        steps.take(row.pk, ResendState.RAMPING)
    size = row.ramp[min(row.step, len(row.ramp) - 1)]
    return {"step": row.step + 1, "step_left": size}


def _is_being_judged(row: ResendOperation, now: datetime) -> bool:
    rows = DeliveryAttempt.objects.filter(
        resend_item__operation=row,
        outcome=Outcome.REFUSED,
        category=None,
        finished_at__gte=now - JUDGED_WITHIN,
    )
    return bool(rows.exists())


def _complete(row: ResendOperation, now: datetime) -> None:
    if ResendOperation.objects.move(row.pk, ResendState.COMPLETED, ended_at=now):
        steps.take(row.pk, ResendState.COMPLETED)


def _wind_down(operation: ResendOperation, now: datetime) -> None:
    """Let go of the messages that were not sent; another resend may have them now."""
    while _cancel_some(operation, now):
        pass
    ResendOperation.objects.settle(operation)


def _cancel_some(operation: ResendOperation, now: datetime) -> int:
    with transaction.atomic():
        rows = operation.items.filter(state=ItemState.PLANNED).order_by("pk")
        ids = [row.pk for row in rows.select_for_update()[:WIND_DOWN]]
        ended = ResendItem.objects.filter(pk__in=ids).update(
            state=ItemState.CANCELLED, finished_at=now
        )
        ResendOperation.objects.filter(pk=operation.pk).update(
            n_planned=F("n_planned") - ended, n_cancelled=F("n_cancelled") + ended
        )
    return ended


def _park(operation: ResendOperation, now: datetime) -> None:
    with transaction.atomic():
        if not ResendOperation.objects.park(operation, now):
            return
        running = ResendOperation.objects.filter(pk=operation.pk, state__in=UNDER_WAY)
        if running.update(state=ResendState.PAUSED, fault=Fault.CRASHED):
            steps.take(operation.pk, ResendState.PAUSED)
