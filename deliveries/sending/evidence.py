"""What does a piece of evidence, or its absence, say about a message?

Evidence only ever moves a message forward. Each rule asks the stored row rather than
the order of arrival, so any order of the same events ends in the same row.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from deliveries import facts
from deliveries.models import (
    ChangeKind,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    Message,
    MessageState,
    Provider,
)
from deliveries.sending import items

# Where a bounce still says something new. A planned try is not stopped by one.
BOUNCES = (MessageState.SENDING, MessageState.ACCEPTED, MessageState.UNKNOWN)


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
) -> bool:
    """Take in one event about a message; say whether it changed what is known.

    The same (provider, ``dedup_hash``) counts once. What nobody vouches for is kept at
    most as "accepted" and moves nothing. A bounce of an earlier try than the latest
    changes nothing either. Raises ``Message.DoesNotExist``.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message_id)
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
            )
        )
        return event is not None and _apply(message, event)


def _worth(level: EvidenceLevel, kind: EventKind, *, trusted: bool) -> EvidenceLevel:
    if kind is EventKind.BOUNCED:
        return EvidenceLevel.NONE
    return level if trusted else min(level, EvidenceLevel.ACCEPTED)


def append(event: DeliveryEvent) -> DeliveryEvent | None:
    """Store an event unless it is known; return the stored one.

    None when the provider used the same hash for another message, which proves
    nothing about this one.
    """
    DeliveryEvent.objects.bulk_create([event], ignore_conflicts=True)
    stored = DeliveryEvent.objects.filter(
        provider=event.provider, dedup_hash=event.dedup_hash, message=event.message
    )
    return stored.first()


def _apply(message: Message, event: DeliveryEvent) -> bool:
    """Let a stored event move its message, and tell of it if it did."""
    if not event.trusted:
        return False
    if event.kind == EventKind.BOUNCED:
        changed = _bounce(message, event)
    else:
        changed = raise_level(message, EvidenceLevel(event.level))
    if changed:
        items.learned(message.pk, event.received_at)
        facts.record(
            ChangeKind.EVIDENCE,
            message=message,
            attempt_n=event.attempt_n,
            subject_id=event.pk,
        )
    return changed


def raise_level(message: Message, level: EvidenceLevel) -> bool:
    """Lift a locked message to a level; say whether it was lower before."""
    row = Message.objects.filter(pk=message.pk)
    rose = row.filter(evidence_level__lt=level).update(evidence_level=level)
    if level >= EvidenceLevel.DELIVERED:
        Message.objects.move(message.pk, MessageState.DELIVERED)
    row.filter(evidence_level__gte=F("needed_level")).update(verify_by=None)
    return bool(rose)


def _bounce(message: Message, event: DeliveryEvent) -> bool:
    latest = message.attempts.order_by("-n").values_list("n", flat=True).first()
    if event.attempt_n is not None and event.attempt_n != latest:
        return False
    row = Message.objects.filter(pk=message.pk, state__in=BOUNCES)
    return bool(row.update(state=MessageState.FAILED, verify_by=None))


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
            if message.state == MessageState.ACCEPTED:
                Message.objects.move(message.pk, MessageState.UNKNOWN)
                items.learned(message.pk, now)
            facts.record(ChangeKind.SILENT, message=message)
            silent += 1
    return silent
