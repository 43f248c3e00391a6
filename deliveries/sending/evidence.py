"""What does a piece of evidence, or its absence, say about a message?

Evidence only ever moves a message forward. Each rule asks the stored rows rather than
the order of arrival, so any order of the same events ends in the same row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from deliveries import aiming, facts, suppressions
from deliveries.models import (
    ChangeKind,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    FactChange,
    FailureCategory,
    Message,
    MessageState,
    Outcome,
    Provider,
    Purpose,
    Settler,
    SuppressionOrigin,
)
from deliveries.sending import items, settling

S = MessageState
# Where a bounce still says something new. A planned try is not stopped by one.
BOUNCES = (S.SENDING, S.ACCEPTED, S.UNKNOWN)
# What arrives from here had been given up.
GIVEN_UP = (S.UNKNOWN, S.EXPIRED, S.CANCELLED, S.RETRY_WAIT)
# Events that say nothing about whether the message arrives.
WEIGHTLESS = (EventKind.BOUNCED, EventKind.DEFERRED, EventKind.UNSUBSCRIBED)
COMPLAINT, UNSUBSCRIBED = "consent.complaint", "consent.unsubscribed"


@dataclass(frozen=True, slots=True)
class Said:
    """What came with an event: codes, and words that are redacted already."""

    reply_code: str = ""
    enhanced_code: str = ""
    answer: str = ""


NOTHING = Said()


def prove(
    message_id: int,
    *,
    level: EvidenceLevel,
    kind: EventKind,
    provider: Provider | None,
    dedup_hash: str,
    occurred_at: datetime,
    trusted: bool,
    attempt_n: int | None = None,
    said: Said = NOTHING,
    by: Settler = Settler.EVENT,
) -> bool:
    """Take in one event about a message; say whether it changed what is known.

    The same (provider, ``dedup_hash``) counts once. What nobody vouches for is at most
    "accepted" and moves nothing; its bounce is told of all the same. A bounce of an
    earlier try only settles that one. Raises ``Message.DoesNotExist``.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message_id)
        if _stored(provider, dedup_hash).exists():
            return False
        event = append(
            DeliveryEvent(
                source_id=message.source_id,
                message=message,
                attempt_n=attempt_n,
                provider=provider,
                dedup_hash=dedup_hash,
                kind=kind,
                level=_worth(level, kind, trusted=trusted),
                trusted=trusted,
                occurred_at=occurred_at,
                reply_code=said.reply_code,
                enhanced_code=said.enhanced_code,
                answer=said.answer,
            )
        )
        return event is not None and _apply(message, event, by)


def _worth(level: EvidenceLevel, kind: EventKind, *, trusted: bool) -> EvidenceLevel:
    if kind in WEIGHTLESS:
        return EvidenceLevel.NONE
    return level if trusted else min(level, EvidenceLevel.ACCEPTED)


def append(event: DeliveryEvent) -> DeliveryEvent | None:
    """Store an event unless it is known; return the stored one.

    None when the provider used the same hash for another message, which proves
    nothing about this one.
    """
    DeliveryEvent.objects.bulk_create([event], ignore_conflicts=True)
    stored = _stored(event.provider, event.dedup_hash)
    return stored.filter(message=event.message).first()


def _stored(provider: Provider | None, dedup_hash: str) -> QuerySet[DeliveryEvent]:
    return DeliveryEvent.objects.filter(provider=provider, dedup_hash=dedup_hash)


def _apply(message: Message, event: DeliveryEvent, by: Settler) -> bool:
    """Let a stored event move its message, and tell of it if it did."""
    if not event.trusted:
        if event.kind == EventKind.BOUNCED:
            _tell(message, event)
        return False
    if event.kind == EventKind.BOUNCED:
        changed = _bounce(message, event)
    else:
        changed = raise_level(message, EvidenceLevel(event.level))
    changed |= settling.by_event(message, event, by)
    changed |= _compare(message)
    _suppress(message, event)
    if changed:
        items.learned(message.pk, event.received_at)
        _tell(message, event)
    return changed


def _tell(message: Message, event: DeliveryEvent) -> None:
    facts.record(
        ChangeKind.EVIDENCE,
        message=message,
        attempt_n=event.attempt_n,
        subject_id=event.pk,
    )


def raise_level(message: Message, level: EvidenceLevel) -> bool:
    """Lift a locked message to a level; say whether it was lower before."""
    row = Message.objects.filter(pk=message.pk)
    rose = row.filter(evidence_level__lt=level).update(evidence_level=level)
    if level >= EvidenceLevel.DELIVERED:
        late = _was_given_up(message)
        moved = Message.objects.move(message.pk, S.DELIVERED)
        if moved and late:
            row.update(recovered_late=True)
    row.filter(evidence_level__gte=F("needed_level")).update(verify_by=None)
    return bool(rose)


def _was_given_up(message: Message) -> bool:
    """Whether something other than a bounce had taken the message for lost.

    A failure that only a bounce reported is weighed by the times of the events.
    """
    if message.state in GIVEN_UP or _was_unclear(message):
        return True
    if message.state != S.FAILED:
        return False
    told = FactChange.objects.filter(message=message, kind=ChangeKind.SILENT)
    return (
        message.last_outcome in (Outcome.REFUSED, Outcome.UNCLEAR)
        or not _bounces(message, _trusted(message))
        or told.exists()
    )


def _was_unclear(message: Message) -> bool:
    """Whether the last try, now over, had ended without a clear answer."""
    if message.state not in (S.ACCEPTED, S.FAILED):
        return False
    last = message.attempts.order_by("-n").first()
    return last is not None and (
        last.outcome == Outcome.UNCLEAR or last.settled_by != ""
    )


def _bounce(message: Message, event: DeliveryEvent) -> bool:
    if event.attempt_n not in (None, _latest(message)):
        return False
    row = Message.objects.filter(pk=message.pk, state__in=BOUNCES)
    return bool(row.update(state=S.FAILED, verify_by=None))


def _latest(message: Message) -> int | None:
    return message.attempts.order_by("-n").values_list("n", flat=True).first()


def _bounces(message: Message, events: Iterable[DeliveryEvent]) -> list[datetime]:
    found = [each for each in events if each.kind == EventKind.BOUNCED]
    latest = _latest(message) if found else None
    return [each.occurred_at for each in found if each.attempt_n in (None, latest)]


def _compare(message: Message) -> bool:
    """Set bounces, complaints and arrivals against each other by when they happened.

    Says whether the delivery is contradicted now and was not, or the other way round:
    the newest evidence counts. Asks every trusted event, so that the order in which
    they came in decides nothing.
    """
    row, events = Message.objects.filter(pk=message.pk), list(_trusted(message))
    complaints = [e.occurred_at for e in events if e.kind == EventKind.COMPLAINED]
    if complaints:
        row.update(complained_at=min(complaints))
    arrivals = [e.occurred_at for e in events if e.level >= EvidenceLevel.DELIVERED]
    bounces = _bounces(message, events)
    if not arrivals or not bounces:
        return False
    if min(bounces) <= max(arrivals):
        row.update(recovered_late=True)
    later = min((each for each in bounces if each > max(arrivals)), default=None)
    row.update(contradicted_at=later)
    return (later is None) != (message.contradicted_at is None)


def _trusted(message: Message) -> QuerySet[DeliveryEvent]:
    return message.events.filter(trusted=True)


def _suppress(message: Message, event: DeliveryEvent) -> None:
    """Stop writing to somebody who complained, or who does not want this any more.

    An unsubscription ends what the message was for, and never a security message.
    """
    if event.kind == EventKind.COMPLAINED:
        slug, purpose = COMPLAINT, None
    elif event.kind == EventKind.UNSUBSCRIBED and message.purpose != Purpose.SECURITY:
        slug, purpose = UNSUBSCRIBED, Purpose(message.purpose)
    else:
        return
    address = aiming.address_of(message, event.attempt_n)
    if address is None:
        return
    suppressions.suppress(
        address,
        category=FailureCategory.objects.get(slug=slug),
        origin=SuppressionOrigin.EVENT,
        purpose=purpose,
    )


def sweep_silence(now: datetime, limit: int = 100) -> int:
    """Give up waiting for evidence that was due by ``now``; return for how many.

    Silence means that nothing is known. It never means delivered.
    """
    silent = 0
    with transaction.atomic():
        rows = Message.objects.silent(now).order_by("verify_by")
        for message in rows.select_for_update(skip_locked=True)[:limit]:
            Message.objects.filter(pk=message.pk).update(verify_by=None)
            if message.proven:
                continue
            if message.state == S.ACCEPTED:
                Message.objects.move(message.pk, S.UNKNOWN)
                items.learned(message.pk, now)
            facts.record(ChangeKind.SILENT, message=message)
            silent += 1
    return silent
