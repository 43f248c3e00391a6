"""What does a provider that can be asked say about a try without a certain answer?

Such a try is not repeated and nothing else is sent before the provider was asked. What
it has is written down as evidence; what it surely never had is sent again as the same
try, with the same key; what it does not say stays unclear, and a person decides.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from deliveries import aiming, limits
from deliveries.channels import Channel, Reply, ReplyKind
from deliveries.channels.base import Askable, Inquiry, Known
from deliveries.leases import MAX_TRIES, LeaseLost
from deliveries.models import (
    Dedup,
    DeliveryAttempt,
    EventKind,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
    Settler,
)
from deliveries.sending import evidence, recording, settling

# A try in one of these states that is due again was begun, and its end is not known.
OPEN = (Outcome.SENDING, Outcome.UNCLEAR)
WAITS_FOR_IT = (MessageState.SENDING, MessageState.UNKNOWN)


def is_question(attempt: DeliveryAttempt, channel: Channel) -> bool:
    """Say whether a claimed try is there to be asked about rather than to be made."""
    if attempt.outcome == Outcome.UNCLEAR:
        return True
    return attempt.outcome == Outcome.SENDING and _askable(attempt, channel) is not None


def _askable(attempt: DeliveryAttempt, channel: Channel) -> Askable | None:
    """The channel, if its provider can be asked; an operator may say it cannot."""
    if attempt.route.provider.dedup != Dedup.LOOKUP or attempt.started_at is None:
        return None
    if not isinstance(channel, Askable) or channel.settle is None:
        return None
    return channel


def due(
    attempt: DeliveryAttempt, channel: Channel, reply: Reply, now: datetime
) -> datetime | None:
    """Return when to ask about a try that ends with this reply; None for never.

    Not before an absence counts. What was claimed three times is left to a person.
    """
    asked = _askable(attempt, channel)
    if reply.kind is not ReplyKind.UNCLEAR or asked is None:
        return None
    began, settle = attempt.started_at, asked.settle
    if began is None or settle is None or attempt.tries >= MAX_TRIES:
        return None
    return began + settle if began + settle > now else now + settle


def ask(
    attempt: DeliveryAttempt, channel: Channel, clock: Callable[[], datetime]
) -> None:
    """Ask the provider about a claimed try and write down what that settles.

    Call it outside any transaction. Raises ``LeaseLost`` and then changes nothing.
    """
    inquiry = _ask(attempt, channel, clock())
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=attempt.message_id)
        if not DeliveryAttempt.objects.filter(
            pk=attempt.pk, epoch=attempt.epoch, outcome=attempt.outcome
        ).exists():
            raise LeaseLost(f"DeliveryAttempt {attempt.pk}")
        _draw(message, attempt, channel, inquiry, clock())


def _ask(attempt: DeliveryAttempt, channel: Channel, now: datetime) -> Inquiry:
    asked = _askable(attempt, channel)
    if asked is None or attempt.started_at is None:
        return Inquiry(Known.NOT_SAID)
    rows = Message.objects.select_related("source", "recipient__key")
    message = rows.select_related("address__recipient__key").get(pk=attempt.message_id)
    aiming.aim(message, attempt)
    return asked.look_up(
        message,
        attempt.route,
        key=attempt.idempotency_key,
        since=attempt.started_at,
        now=now,
    )


def _draw(
    message: Message,
    attempt: DeliveryAttempt,
    channel: Channel,
    inquiry: Inquiry,
    now: datetime,
) -> None:
    """Draw the consequence of an answer; message and claim are held."""
    if inquiry.known is Known.FOUND and inquiry.reply is not None:
        if attempt.outcome == Outcome.SENDING:
            recording.end(message, attempt, inquiry.reply, now)
        else:
            _prove(message, attempt, inquiry.reply, now)
    elif inquiry.known is Known.ABSENT and _is_waited_for(message, attempt):
        _plan_again(message, attempt, now)
    elif inquiry.known is Known.ABSENT and attempt.outcome == Outcome.UNCLEAR:
        settling.settle(message, attempt, Outcome.REFUSED, Settler.LOOK_UP, now)
    else:
        _leave_open(message, attempt, channel, now)


def _prove(
    message: Message, attempt: DeliveryAttempt, reply: Reply, now: datetime
) -> None:
    """What a provider says about a try that is over is evidence like any other."""
    DeliveryAttempt.objects.settle(attempt)
    if reply.kind is ReplyKind.REFUSED:
        kind = EventKind.BOUNCED
    elif reply.level >= EvidenceLevel.DELIVERED:
        kind = EventKind.DELIVERED
    else:
        kind = EventKind.ACCEPTED
    evidence.prove(
        message.pk,
        level=reply.level,
        kind=kind,
        provider=attempt.route.provider,
        dedup_hash=recording.hash_of(attempt, kind),
        occurred_at=now,
        trusted=True,
        attempt_n=attempt.n,
        said=evidence.Said(reply.reply_code, reply.enhanced_code, reply.raw_answer),
        by=Settler.LOOK_UP,
    )


def _is_waited_for(message: Message, attempt: DeliveryAttempt) -> bool:
    """Whether the message still stands where this try, its last one, has left it."""
    later = message.attempts.filter(n__gt=attempt.n)
    return message.state in WAITS_FOR_IT and not later.exists()


def _plan_again(message: Message, attempt: DeliveryAttempt, now: datetime) -> None:
    """Let the same try be made once more; it never reached the provider.

    Its tries are counted on, so that this cannot go on for ever.
    """
    aiming.aim(message, attempt)
    limits.give_back(message, attempt.started_at or now)
    DeliveryAttempt.objects.settle(
        attempt,
        outcome=Outcome.PLANNED,
        started_at=None,
        finished_at=None,
        due_at=now,
        tries=attempt.tries,
        reply_code="",
        raw_answer="",
    )
    Message.objects.move(message.pk, MessageState.RETRY_WAIT, last_outcome="")


def _leave_open(
    message: Message, attempt: DeliveryAttempt, channel: Channel, now: datetime
) -> None:
    again = due(attempt, channel, recording.SILENCE, now)
    if attempt.outcome == Outcome.SENDING:
        recording.end(message, attempt, recording.SILENCE, now, ask_at=again)
    else:
        DeliveryAttempt.objects.settle(attempt, due_at=again, tries=attempt.tries)


def is_pending(message: Message) -> datetime | None:
    """Return when the provider is asked about a try of a message; None if it is not."""
    return next(iter(pending(message)), None)


def pending(message: Message) -> "QuerySet[DeliveryAttempt, datetime]":
    """Ask for that time: one row, or none."""
    open_ones = message.attempts.filter(outcome=Outcome.UNCLEAR, due_at__isnull=False)
    times = open_ones.order_by("n").values_list("due_at", flat=True)
    return times[:1]
