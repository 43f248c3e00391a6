"""What follows when a source says nothing about a send that it was to make?"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F

from deliveries.channels import Reply, ReplyKind
from deliveries.leases import LeaseLost
from deliveries.models import (
    DELEGATED_OPEN,
    MOST_ASKS,
    DelegatedCode,
    DelegatedSend,
    DelegatedState,
)
from deliveries.sending import recording
from deliveries.sending.holding import ACK_WITHIN, hold, tell

log = logging.getLogger(__name__)

NO_RESULT = Reply(
    ReplyKind.UNCLEAR,
    reply_code="no_result",
    raw_answer="The sending system took the send over and never said what came of it.",
)


def follow_due(now: datetime, limit: int = 100) -> int:
    """Draw the consequences of silence; return for how many sends."""
    _park_exhausted(limit, now)
    followed = 0
    for row in DelegatedSend.objects.each_due(limit):
        followed += 1
        try:
            with transaction.atomic():
                _follow(row, now)
        except LeaseLost:
            log.warning("delegated send %s: lease lost", row.public_id)
        except Exception:  # its lease ends by itself; after three tries it is parked
            log.exception("delegated send %s: crashed", row.public_id)
    return followed


def _follow(claimed: DelegatedSend, now: datetime) -> None:
    held = hold(claimed.pk)
    if held.item.epoch != claimed.epoch:
        raise LeaseLost(claimed.public_id)
    if held.item.state not in DELEGATED_OPEN:
        held.change(due_at=None)
    elif held.item.state == DelegatedState.ACKNOWLEDGED:
        recording.end(held.message, held.attempt, NO_RESULT, now)
        held.close(DelegatedState.UNKNOWN)
    elif held.item.asks >= MOST_ASKS:
        held.fail(DelegatedCode.UNACKNOWLEDGED, "", now)
    elif held.passes_gate(now):
        due = now + ACK_WITHIN
        held.change(asks=F("asks") + 1, ack_by=due, due_at=due)
        tell(held.item, held.message)


def _park_exhausted(limit: int, now: datetime) -> None:
    """End what three workers could not follow up, so that a person looks at it."""
    for row in DelegatedSend.objects.exhausted(limit):
        with transaction.atomic():
            held = hold(row.pk)
            if held.item.epoch != row.epoch:
                continue
            if held.item.state == DelegatedState.ACKNOWLEDGED:
                recording.end(held.message, held.attempt, NO_RESULT, now)
                held.close(DelegatedState.UNKNOWN, parked_at=now)
            else:
                held.fail(DelegatedCode.CRASHED, "", now)
