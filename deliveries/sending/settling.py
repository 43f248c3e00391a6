"""What does it change when somebody says what became of an unclear try?

Evidence settles, the provider when it is asked, the sending system, or a person. Every
trusted event of the try is asked, so that their order of arrival decides nothing; and
evidence overrules a word. A person's word is no evidence: it raises no level.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from deliveries import facts
from deliveries.models import (
    VERIFY_WITHIN,
    ChangeKind,
    DelegatedSend,
    DelegatedState,
    DeliveryAttempt,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
    Settler,
)
from deliveries.sending import items

MAY_BE_SETTLED = Q(outcome=Outcome.UNCLEAR) | ~Q(settled_by="")


class NotOpen(Exception):
    """There is nothing to settle: it is known what became of the message."""

    def __init__(self) -> None:
        super().__init__(_("It is known by now what became of this message."))


def by_event(message: Message, event: DeliveryEvent, by: Settler) -> bool:
    """Let a trusted event of a locked message settle its try; say whether it did.

    An event that names no try speaks of the only one, if there is one only.
    """
    attempt = _attempt_of(message, event)
    if attempt is None:
        return False
    outcome = _outcome(message, attempt)
    if outcome is None or outcome == attempt.outcome:
        return False
    settle(message, attempt, outcome, by, event.received_at)
    if outcome is Outcome.ACCEPTED:  # a bounce is told of as the event that it is
        facts.record(ChangeKind.ATTEMPT_FINISHED, message=message, attempt_n=attempt.n)
    return True


def _attempt_of(message: Message, event: DeliveryEvent) -> DeliveryAttempt | None:
    rows = message.attempts.filter(MAY_BE_SETTLED)
    if event.attempt_n is not None:
        return rows.filter(n=event.attempt_n).first()
    attempt = rows.first()
    alone = attempt is not None and message.attempts.count() == 1
    return attempt if alone else None


def _outcome(message: Message, attempt: DeliveryAttempt) -> Outcome | None:
    """What all trusted events of a try say: whoever had it bounce had taken it."""
    named = Q(attempt_n=attempt.n)
    if message.attempts.count() == 1:
        named |= Q(attempt_n=None)
    events = message.events.filter(named, trusted=True)
    if events.filter(level__gte=EvidenceLevel.ACCEPTED).exists():
        return Outcome.ACCEPTED
    bounced = events.filter(kind=EventKind.BOUNCED).exists()
    return Outcome.REFUSED if bounced else None


def settle(
    message: Message,
    attempt: DeliveryAttempt,
    outcome: Outcome,
    by: Settler,
    now: datetime,
    **answer: str,
) -> None:
    """Write down what became of a try of a locked message, inside a transaction.

    Nobody is asked about it any more. The message follows where it was the last try.
    """
    rows = DeliveryAttempt.objects.filter(pk=attempt.pk)
    rows.update(
        outcome=outcome,
        settled_by=by,
        settled_at=now,
        due_at=None,
        epoch=F("epoch") + 1,
        **answer,
    )
    DelegatedSend.objects.filter(attempt=attempt, state=DelegatedState.UNKNOWN).update(
        state=DelegatedState.SETTLED, code=""
    )
    if message.attempts.filter(n__gt=attempt.n).exists():
        return
    row = Message.objects.filter(pk=message.pk)
    row.update(last_outcome=outcome)
    if outcome is Outcome.REFUSED:
        row.filter(state=MessageState.UNKNOWN).update(
            state=MessageState.FAILED, verify_by=None
        )
    else:
        _await_proof(message, attempt, by, now)


def _await_proof(
    message: Message, attempt: DeliveryAttempt, by: Settler, now: datetime
) -> None:
    """What was taken has to be proven in time; after a person's word nobody waits."""
    verify_by = None
    if by is not Settler.PERSON:
        channel = attempt.channel or message.channel
        verify_by = (attempt.finished_at or now) + VERIFY_WITHIN[channel]
    row = Message.objects.filter(pk=message.pk)
    row.filter(state=MessageState.UNKNOWN).update(
        state=MessageState.ACCEPTED, verify_by=verify_by
    )
    row.filter(evidence_level__gte=F("needed_level")).update(verify_by=None)


def by_person(
    message_id: int, *, arrived: bool, now: datetime
) -> DeliveryAttempt | None:
    """Let a person say what became of a message that is unknown; return its last try.

    Whether anything is proven stays a question of evidence. Raises :class:`NotOpen`
    and ``Message.DoesNotExist``.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message_id)
        if message.state != MessageState.UNKNOWN:
            raise NotOpen
        outcome = Outcome.ACCEPTED if arrived else Outcome.REFUSED
        attempt: DeliveryAttempt | None = message.attempts.order_by("-n").first()
        if attempt is not None and attempt.outcome == Outcome.UNCLEAR:
            settle(message, attempt, outcome, Settler.PERSON, now)
        state = MessageState.ACCEPTED if arrived else MessageState.FAILED
        Message.objects.filter(pk=message.pk, state=MessageState.UNKNOWN).update(
            state=state, verify_by=None
        )
        items.decided(message, arrived=arrived, now=now)
        if attempt is not None:
            facts.record(
                ChangeKind.ATTEMPT_FINISHED, message=message, attempt_n=attempt.n
            )
            attempt.refresh_from_db()
        return attempt
