"""What does the end of a try change?

Everything in one transaction: the attempt under the epoch of its claim, the evidence,
the message, and the row that tells the layers above.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from deliveries import aiming, facts, limits
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    NEEDED_LEVEL,
    VERIFY_WITHIN,
    ChangeKind,
    DeliveryAttempt,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
)
from deliveries.sending import evidence, items, statements
from deliveries.sending.statements import Arrival

NOT_SENT = "not_sent"  # the reply code of a try that the gate stopped
SILENCE = Reply(
    ReplyKind.UNCLEAR,
    reply_code="no_record",
    raw_answer="The sender stopped before it could write down the answer.",
)


def record(
    attempt: DeliveryAttempt,
    reply: Reply,
    now: datetime,
    *,
    ask_at: datetime | None = None,
) -> None:
    """Write down what came back; raises ``LeaseLost`` and then changes nothing.

    With ``ask_at`` the provider is asked then about a try that ended unclear.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=attempt.message_id)
        end(message, attempt, reply, now, ask_at=ask_at)


def record_arrivals(
    replies: Mapping[DeliveryAttempt, Reply],
    messages: Mapping[DeliveryAttempt, Message],
    now: datetime,
) -> set[DeliveryAttempt]:
    """Write down what one provider has taken, in one statement for any number.

    The same as :func:`record` for each, where nothing has come of the message since the
    call began and no bulk resend has to follow. Returns the tries that were written
    down; the others need :func:`record`.
    """
    clear = [attempt for attempt in replies if attempt.resend_item_id is None]
    if not clear:
        return set()
    arrivals = [_arrival(each, messages[each], replies[each], now) for each in clear]
    done = statements.arrive(arrivals, clear[0].route.provider_id, now)
    return {attempt for attempt in clear if attempt.pk in done}


def _arrival(
    attempt: DeliveryAttempt, message: Message, reply: Reply, now: datetime
) -> Arrival:
    kind = _kind_of(reply.level)
    return Arrival(
        attempt_id=attempt.pk,
        epoch=attempt.epoch,
        message_id=message.pk,
        level=reply.level,
        kind=kind,
        dedup_hash=hash_of(attempt, kind),
        reply_code=reply.reply_code,
        enhanced_code=reply.enhanced_code,
        raw_answer=reply.raw_answer,
        provider_ref=reply.provider_ref,
        retry_after_s=reply.retry_after_s,
        verify_by=now + VERIFY_WITHIN[message.channel],
    )


def end(
    message: Message,
    attempt: DeliveryAttempt,
    reply: Reply,
    now: datetime,
    *,
    parked_at: datetime | None = None,
    occurred_at: datetime | None = None,
    ask_at: datetime | None = None,
) -> None:
    """Finish a try of a locked message with a reply, inside a transaction.

    ``occurred_at`` is when it happened, if somebody else made the try; ``ask_at`` is
    when the provider is asked about an unclear one.
    """
    aiming.aim(message, attempt)
    outcome = Outcome(reply.kind)
    _settle(message, attempt, outcome, reply, now, parked_at, ask_at)
    if outcome is Outcome.ACCEPTED:
        _accept(message, attempt, reply, now, occurred_at or now)
    elif outcome is Outcome.REFUSED:
        Message.objects.move(message.pk, MessageState.FAILED)
        limits.give_back(message, attempt.started_at or now)
    else:
        Message.objects.move(message.pk, MessageState.UNKNOWN)
    items.ended(attempt, outcome, now)
    facts.record(ChangeKind.ATTEMPT_FINISHED, message=message, attempt_n=attempt.n)


def cancel(
    message: Message,
    attempt: DeliveryAttempt,
    codes: tuple[str, ...],
    now: datetime,
    *,
    parked_at: datetime | None = None,
    why: Reply | None = None,
) -> None:
    """Finish a try that was never made, and say by codes, or in ``why``, why not."""
    aiming.aim(message, attempt)
    if why is None:
        text = " ".join(codes)
        why = Reply(ReplyKind.REFUSED, reply_code=NOT_SENT, raw_answer=text)
    _settle(message, attempt, Outcome.CANCELLED, why, now, parked_at)
    if message.state == MessageState.SENDING:  # taken over by its source, then declined
        Message.objects.move(message.pk, MessageState.FAILED)
    elif message.expires_at is not None and message.expires_at <= now:
        Message.objects.move(message.pk, MessageState.EXPIRED)
    elif message.state == MessageState.QUEUED:
        Message.objects.move(message.pk, MessageState.CANCELLED)
    elif message.state == MessageState.RETRY_WAIT:
        Message.objects.move(message.pk, MessageState.FAILED)
    items.not_made(attempt, codes, now)
    facts.record(ChangeKind.ATTEMPT_FINISHED, message=message, attempt_n=attempt.n)


def _settle(
    message: Message,
    attempt: DeliveryAttempt,
    outcome: Outcome,
    reply: Reply,
    now: datetime,
    parked_at: datetime | None,
    ask_at: datetime | None = None,
) -> None:
    DeliveryAttempt.objects.settle(
        attempt,
        due_at=ask_at,
        # What comes back for a question was claimed as often as before.
        tries=attempt.tries if ask_at else 0,
        outcome=outcome,
        finished_at=now,
        parked_at=parked_at,
        reply_code=reply.reply_code,
        enhanced_code=reply.enhanced_code,
        raw_answer=reply.raw_answer,
        provider_ref=reply.provider_ref,
        retry_after_s=reply.retry_after_s,
    )
    Message.objects.filter(pk=message.pk).update(last_outcome=outcome)


def begin_elsewhere(message: Message, attempt: DeliveryAttempt, now: datetime) -> None:
    """Write down that the source makes a planned try of a locked message now.

    That it says so is the least evidence there is. Inside a transaction.
    """
    planned = DeliveryAttempt.objects.filter(pk=attempt.pk, outcome=Outcome.PLANNED)
    planned.update(outcome=Outcome.SENDING, started_at=now)
    attempt.outcome, attempt.started_at = Outcome.SENDING, now
    provider = attempt.route.provider
    needed = min(NEEDED_LEVEL[message.purpose], provider.attainable_level)
    Message.objects.move(
        message.pk,
        MessageState.SENDING,
        provider=provider,
        needed_level=needed,
        verify_by=None,
    )
    _note(message, attempt, EventKind.REQUESTED, EvidenceLevel.REQUESTED, now)
    evidence.raise_level(message, EvidenceLevel.REQUESTED)
    message.refresh_from_db()


def _accept(
    message: Message,
    attempt: DeliveryAttempt,
    reply: Reply,
    now: datetime,
    occurred_at: datetime,
) -> None:
    _note(message, attempt, _kind_of(reply.level), reply.level, occurred_at)
    known = max(reply.level, EvidenceLevel(message.evidence_level))
    evidence.raise_level(message, known)
    wait = VERIFY_WITHIN[message.channel]
    verify_by = now + wait if known < message.needed_level else None
    Message.objects.move(message.pk, MessageState.ACCEPTED, verify_by=verify_by)


def _kind_of(level: EvidenceLevel) -> EventKind:
    """Return what an acceptance that is worth a level says."""
    arrived = level >= EvidenceLevel.DELIVERED
    return EventKind.DELIVERED if arrived else EventKind.ACCEPTED


def _note(
    message: Message,
    attempt: DeliveryAttempt,
    kind: EventKind,
    level: EvidenceLevel,
    occurred_at: datetime,
) -> None:
    evidence.append(
        DeliveryEvent(
            source_id=message.source_id,
            message=message,
            attempt_n=attempt.n,
            provider=attempt.route.provider,
            dedup_hash=hash_of(attempt, kind),
            kind=kind,
            level=level,
            occurred_at=occurred_at,
        )
    )


def hash_of(attempt: DeliveryAttempt, kind: EventKind) -> str:
    """Return the hash under which an event of a try counts once."""
    return hashlib.sha256(f"{attempt.idempotency_key}\x1f{kind}".encode()).hexdigest()
