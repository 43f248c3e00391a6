"""What would a bulk resend do, exactly, and from when on is its set fixed?

Planning is work that a person started and watches: a job judges the messages in
chunks, each chunk in one transaction, so that another job goes on where one died. It
ends with the freezing; from then on the database admits no further item.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Sum

from deliveries import stopping
from deliveries.leases import LEASE, MAX_TRIES, LeaseLost
from deliveries.models import (
    CANARY,
    RAMP,
    RATE_PER_S,
    Exclusion,
    FailureCategory,
    Fault,
    ItemState,
    Message,
    ResendItem,
    ResendOperation,
    ResendState,
    Source,
)
from deliveries.resend.judging import Judge, Judgement
from deliveries.sending import steps

log = logging.getLogger(__name__)

CHUNK = 100
SWEEP = timedelta(seconds=10)
PATIENCE = timedelta(minutes=10)  # for a worker that takes a plan up


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants sent again.

    ``selection`` holds ids of messages by the slug of their cause, an empty slug for an
    unknown one; ``query`` says in words of the page how they were found.
    """

    selection: Mapping[str, Sequence[int]]
    queue_ids: Sequence[int]
    query: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None
    remedy: str = ""
    patch: Mapping[str, str] = field(default_factory=dict)
    with_unclear: bool = False
    canary_size: int = CANARY
    ramp: Sequence[int] = RAMP
    rate_per_s: float = RATE_PER_S
    abort: stopping.Rule = stopping.USUAL


def draft(order: Order, *, person_id: int, resend_limit: int) -> ResendOperation:
    """Write down what is asked for; :func:`plan` judges it. In one transaction."""
    with transaction.atomic():
        operation = ResendOperation.objects.create(
            source=order.source,
            queue_ids=sorted(order.queue_ids),
            created_by_id=person_id,
            query=dict(order.query),
            selection={slug: list(ids) for slug, ids in order.selection.items()},
            remedy=order.remedy,
            patch=dict(order.patch),
            with_unclear=order.with_unclear,
            canary_size=order.canary_size,
            ramp=list(order.ramp),
            rate_per_s=order.rate_per_s,
            abort_percent=order.abort.percent,
            abort_window=order.abort.window,
            resend_limit=resend_limit,
            matched=sum(len(ids) for ids in order.selection.values()),
        )
        operation.refresh_from_db(fields=["number", "created_at"])
        steps.take(operation.pk, ResendState.DRAFT, person_id)
    return operation


def forgotten(now: datetime) -> list[int]:
    """End plans that nobody will finish; return the ids of those to ring for again.

    Called every ``SWEEP``, it names each about once in the time of a lease, so that a
    queue without workers does not fill up.
    """
    drafts = ResendOperation.objects.filter(state=ResendState.DRAFT)
    stale = drafts.filter(alive_at__lt=now - LEASE)
    over = {"state": ResendState.CANCELLED, "ended_at": now, "due_at": now}
    stale.filter(tries__gte=MAX_TRIES).update(**over, fault=Fault.CRASHED)
    untaken = stale.filter(epoch=0, created_at__lt=now - PATIENCE)
    untaken.update(**over, fault=Fault.NO_WORKER)
    waiting = stale.values_list("pk", "alive_at")
    return [pk for pk, alive_at in waiting if (now - alive_at) % LEASE < SWEEP]


# --- the job --------------------------------------------------------------------------


def plan(pk: int, clock: Callable[[], datetime]) -> None:
    """Judge what is left of a draft and freeze it, unless another job does."""
    operation = _claim(pk, clock())
    if operation is None:
        return
    try:
        _judge_all(operation, clock)
    except LeaseLost:
        log.warning("Resend %d is planned by another job, or cancelled.", pk)
    except Exception:  # the edge of a worker: the sweeper rings for it again
        log.exception("Resend %d could not be planned.", pk)


def _claim(pk: int, now: datetime) -> ResendOperation | None:
    rows = ResendOperation.objects.filter(
        pk=pk, state=ResendState.DRAFT, tries__lt=MAX_TRIES
    )
    free = rows.filter(epoch=0) | rows.filter(alive_at__lt=now - LEASE)
    claimed = {"epoch": F("epoch") + 1, "tries": F("tries") + 1, "alive_at": now}
    if not free.update(**claimed):
        return None
    return ResendOperation.objects.get(pk=pk)


def _judge_all(operation: ResendOperation, clock: Callable[[], datetime]) -> None:
    causes = {each.slug: each for each in FailureCategory.objects.all()}
    done = operation.items.aggregate(last=Max("message"))["last"] or 0
    # One order for all: of two plans that overlap, one waits and neither is stuck.
    cause_of = {
        message_id: causes.get(slug)
        for slug, ids in operation.selection.items()
        for message_id in ids
        if message_id > done
    }
    judge = Judge(operation, clock())
    waiting = iter(sorted(cause_of))
    while chunk := list(islice(waiting, CHUNK)):
        judge.now = clock()
        _judge_chunk(judge, {pk: cause_of[pk] for pk in chunk})
    _freeze(operation, clock())


def _judge_chunk(judge: Judge, chunk: dict[int, FailureCategory | None]) -> None:
    operation = judge.operation
    with transaction.atomic():
        rows = Message.objects.select_related("source", "recipient", "address")
        found = rows.filter(pk__in=chunk).order_by("pk")
        judged = [(row, judge.judge(row, chunk[row.pk])) for row in found]
        counts = _insert(operation, judged, chunk)
        held = ResendOperation.objects.filter(
            pk=operation.pk, epoch=operation.epoch, state=ResendState.DRAFT
        )
        added = held.update(
            n_planned=F("n_planned") + counts[ItemState.PLANNED],
            n_excluded=F("n_excluded") + counts[ItemState.EXCLUDED],
            frozen_count=F("frozen_count") + counts.total(),
            alive_at=judge.now,
            tries=1,
        )
        if not added:
            raise LeaseLost(f"ResendOperation {operation.pk}")


def _insert(
    operation: ResendOperation,
    judged: Sequence[tuple[Message, Judgement]],
    causes: Mapping[int, FailureCategory | None],
) -> Counter[ItemState]:
    """Write the items; a message that another resend holds is left out instead."""
    made = [_item(operation, row.pk, causes[row.pk], each) for row, each in judged]
    ResendItem.objects.bulk_create(made, ignore_conflicts=True)
    ids = [row.message_id for row in made]
    here = operation.items.filter(message__in=ids)
    written = set(here.values_list("message", flat=True))
    taken = Judgement(Exclusion.IN_FLIGHT)
    held = [_item(operation, pk, causes[pk], taken) for pk in ids if pk not in written]
    ResendItem.objects.bulk_create(held)
    out = sum(row.state == ItemState.EXCLUDED for row in made) + len(held)
    return Counter({ItemState.EXCLUDED: out, ItemState.PLANNED: len(made) - out})


def _item(
    operation: ResendOperation,
    message_id: int,
    cause: FailureCategory | None,
    judgement: Judgement,
) -> ResendItem:
    exclusion, risk = judgement.exclusion, judgement.risk
    return ResendItem(
        operation=operation,
        message_id=message_id,
        cause=cause,
        state=ItemState.EXCLUDED if exclusion else ItemState.PLANNED,
        exclusion=exclusion or "",
        unclear=judgement.unclear,
        duplicate_risk=risk.share if risk else None,
    )


def _freeze(operation: ResendOperation, now: datetime) -> None:
    """Fix the set, and whether a second person has to agree to it, for good."""
    with transaction.atomic():
        items = operation.items.filter(state=ItemState.PLANNED)
        unclear = items.filter(unclear=True).count()
        amount = items.count()
        second = amount > operation.resend_limit or bool(operation.patch) or unclear > 0
        held = ResendOperation.objects.filter(
            pk=operation.pk, epoch=operation.epoch, state=ResendState.DRAFT
        )
        frozen = held.update(
            state=ResendState.PLANNED,
            frozen_at=now,
            matched=F("frozen_count"),
            selection={},
            plan=_summary(operation),
            needs_second_person=second,
            tries=0,
        )
        if not frozen:
            raise LeaseLost(f"ResendOperation {operation.pk}")
        steps.take(operation.pk, ResendState.PLANNED)


def _summary(operation: ResendOperation) -> dict[str, Any]:
    """What the page shows and the rule asks: named causes, and the risk of a double."""
    planned = operation.items.filter(state=ItemState.PLANNED).order_by()
    causes = planned.values_list("cause__slug").annotate(n=Count("pk"))
    unclear = planned.filter(unclear=True)
    known = unclear.filter(duplicate_risk__isnull=False)
    left_out = operation.items.filter(state=ItemState.EXCLUDED, unclear=True)
    return {
        "causes": {slug or "": n for slug, n in causes},
        "unclear": unclear.count(),
        "unclear_known": known.count(),
        "expected_twice": known.aggregate(sum=Sum("duplicate_risk"))["sum"] or 0.0,
        "unclear_left_out": left_out.count(),
    }
