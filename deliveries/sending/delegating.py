"""How is a send made by the source itself, on our instruction, at most once?

The try is claimed and the gate asked as for a send of our own; then the source is
asked, and only an acknowledged lease may send. Silence is asked about again under the
*same* generation, so that a lost acknowledgement cannot cause a second send, and is
never counted as sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries import vault
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    DELEGATED_OPEN,
    MOST_ASKS,
    DelegatedCode,
    DelegatedSend,
    DelegatedState,
    DeliveryAttempt,
    EvidenceLevel,
    Message,
    ResendMode,
    Route,
)
from deliveries.sending import answers_late, recording
from deliveries.sending.holding import ACK_WITHIN, Held, hold, tell

LEASE = timedelta(minutes=10)  # for making the send, from the acknowledgement on
OLDEST_TOLD = timedelta(days=30)  # a time that is told is believed as far back
ANSWER_CHARACTERS = 4096  # of an answer that are kept, redacted


class StaleGeneration(Exception):
    """The send was asked for under another generation."""

    def __init__(self) -> None:
        super().__init__(_("Do not send; ask which sends are claimable now."))


class Taken(Exception):
    """Another key of the source holds the lease; ``by`` names it, ``at`` is when."""

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__(_("Do not send; another key has taken this send."))
        self.by = by
        self.at = at


class Over(Exception):
    """It is too late for this send."""

    def __init__(self) -> None:
        super().__init__(_("Do not send; this send is over."))


class Told(StrEnum):
    """What a source says that came of its send."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Result:
    """What a source says about its send; ``at`` (UTC) is its own clock's."""

    outcome: Told
    at: datetime
    provider: str = ""
    code: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Which key speaks, of which source."""

    source_id: int
    key_id: int | None


def is_delegated(message: Message) -> bool:
    """Whether the message's source makes sends of this kind itself."""
    return message.source.resend_mode == ResendMode.DELEGATED


def ask(attempt: DeliveryAttempt, message: Message, now: datetime) -> DelegatedSend:
    """Ask the source to make a claimed try of a locked message, in a transaction.

    Raises ``LeaseLost`` when the try was claimed again.
    """
    DeliveryAttempt.objects.settle(attempt)  # from here on the item is what is due
    item: DelegatedSend = DelegatedSend.objects.create(
        source_id=message.source_id,
        attempt=attempt,
        generation=message.generation,
        requested_at=now,
        ack_by=now + ACK_WITHIN,
        due_at=now + ACK_WITHIN,
    )
    tell(item, message)
    return item


def acknowledge(
    item_id: str, speaker: Speaker, generation: int, now: datetime
) -> DelegatedSend:
    """Take the lease, or renew it; return the item.

    Raises :class:`StaleGeneration`, :class:`Taken`, :class:`Over` and
    ``DelegatedSend.DoesNotExist``. The gate is asked once more: what it refuses now is
    over.
    """
    with transaction.atomic():
        held = _locked(item_id, speaker, generation)
        item = held.item
        if item.state not in DELEGATED_OPEN or _has_run_out(item, now):
            raise Over
        renewed = item.state == DelegatedState.ACKNOWLEDGED
        allowed = renewed or held.passes_gate(now)
        if allowed:
            _lease(held, speaker, now)
    if not allowed:
        raise Over
    return item


def report(
    item_id: str, speaker: Speaker, generation: int, result: Result, now: datetime
) -> DelegatedSend:
    """Write down what came of a send; return the item.

    A result without an acknowledgement counts: the send was made. What comes late is
    evidence like any other. Raises as :func:`acknowledge`, but never :class:`Over`.
    """
    with transaction.atomic():
        held = _locked(item_id, speaker, generation)
        item, reply = held.item, _reply(held.message, result)
        at = result.at if now - OLDEST_TOLD <= result.at <= now else now
        if item.state not in DELEGATED_OPEN:
            answers_late.take(item, held.message, held.attempt, reply, at)
            return item
        if item.state == DelegatedState.REQUESTED:
            _lease(held, speaker, now)
        _name_provider(held.attempt, result.provider)
        recording.end(held.message, held.attempt, reply, now, occurred_at=at)
        unclear = reply.kind is ReplyKind.UNCLEAR
        held.close(DelegatedState.UNKNOWN if unclear else DelegatedState.SETTLED)
    return item


def refuse(
    item_id: str, speaker: Speaker, generation: int, reason: str, now: datetime
) -> DelegatedSend:
    """Let a source decline a send; the reason is shown. Raises as the above."""
    with transaction.atomic():
        held = _locked(item_id, speaker, generation)
        item = held.item
        if item.state in DELEGATED_OPEN:
            words = _redacted(held.message.source_id, reason)
            held.fail(DelegatedCode.DECLINED, words, now)
        elif item.code != DelegatedCode.DECLINED:
            raise Over
    return item


def _locked(item_id: str, speaker: Speaker, generation: int) -> Held:
    """Lock what a source speaks about, and refuse who may not speak about it."""
    rows = DelegatedSend.objects.filter(source_id=speaker.source_id)
    held = hold(rows.get(public_id=item_id).pk)
    item = held.item
    if not generation == item.generation == held.message.generation:
        raise StaleGeneration
    if item.acked_at is not None and item.acked_by_id != speaker.key_id:
        raise Taken(item.acked_by.name if item.acked_by else "", item.acked_at)
    return held


def _has_run_out(item: DelegatedSend, now: datetime) -> bool:
    if item.lease_until is not None:
        return item.lease_until <= now
    return item.asks >= MOST_ASKS and item.ack_by <= now


def _lease(held: Held, speaker: Speaker, now: datetime) -> None:
    if held.item.state == DelegatedState.REQUESTED:
        recording.begin_elsewhere(held.message, held.attempt, now)
    held.change(
        state=DelegatedState.ACKNOWLEDGED,
        acked_at=held.item.acked_at or now,
        acked_by_id=speaker.key_id,
        lease_until=now + LEASE,
        due_at=now + LEASE,
    )


def _reply(message: Message, result: Result) -> Reply:
    level = {
        Told.ACCEPTED: EvidenceLevel.ACCEPTED,
        Told.DELIVERED: EvidenceLevel.DELIVERED,
    }.get(result.outcome, EvidenceLevel.NONE)
    kind = ReplyKind.ACCEPTED if level else ReplyKind(result.outcome)
    text = _redacted(message.source_id, result.answer)
    return Reply(kind, level=level, reply_code=result.code, raw_answer=text)


def _redacted(source_id: int, text: str) -> str:
    return vault.redactor(source_id).text(text).text[:ANSWER_CHARACTERS]


def _name_provider(attempt: DeliveryAttempt, slug: str) -> None:
    """Let the try stand with the provider that was used, if it is known here."""
    routes = Route.objects.select_related("provider").filter(
        channel=attempt.route.channel, provider__slug=slug
    )
    used = routes.order_by("position", "pk").first() if slug else None
    if used is not None:
        attempt.route = used
        DeliveryAttempt.objects.filter(pk=attempt.pk).update(route=used)
        Message.objects.filter(pk=attempt.message_id).update(provider=used.provider)
