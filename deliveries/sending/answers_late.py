"""What does a source's word about its send say once the send is over?

It is evidence like any other: it settles what was unclear and never lowers a level.
The same word again changes nothing.
"""

from datetime import datetime

from deliveries import facts
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    ChangeKind,
    DelegatedSend,
    DelegatedState,
    DeliveryAttempt,
    EventKind,
    EvidenceLevel,
    Message,
    Outcome,
    Settler,
)
from deliveries.sending import evidence, items, recording, settling


def take(
    item: DelegatedSend,
    message: Message,
    attempt: DeliveryAttempt,
    reply: Reply,
    at: datetime,
) -> None:
    """Take in a word about a send that is over; everything is locked."""
    if reply.kind is ReplyKind.UNCLEAR:
        return
    settled = _settle(message, attempt, reply, at)
    if settled:
        items.learned(message.pk, at)
    if reply.kind is ReplyKind.ACCEPTED:
        arrived = reply.level >= EvidenceLevel.DELIVERED
        kind = EventKind.DELIVERED if arrived else EventKind.ACCEPTED
    elif attempt.outcome == Outcome.ACCEPTED:
        kind = EventKind.BOUNCED
    else:
        _close(item, settled=settled)
        return
    evidence.prove(
        message.pk,
        level=reply.level,
        kind=kind,
        provider=attempt.route.provider,
        dedup_hash=recording.hash_of(attempt, kind),
        occurred_at=at,
        trusted=True,
        attempt_n=attempt.n,
    )
    _close(item, settled=settled or reply.kind is ReplyKind.ACCEPTED)


def _settle(
    message: Message, attempt: DeliveryAttempt, reply: Reply, now: datetime
) -> bool:
    """Settle a try whose outcome was unclear; say whether this call did."""
    if attempt.outcome != Outcome.UNCLEAR:
        return False
    settling.settle(
        message,
        attempt,
        Outcome(reply.kind),
        Settler.SOURCE,
        now,
        reply_code=reply.reply_code,
        raw_answer=reply.raw_answer,
    )
    facts.record(ChangeKind.ATTEMPT_FINISHED, message=message, attempt_n=attempt.n)
    return True


def _close(item: DelegatedSend, *, settled: bool) -> None:
    if settled:
        rows = DelegatedSend.objects.filter(pk=item.pk)
        rows.update(state=DelegatedState.SETTLED, code="")
        item.refresh_from_db()
