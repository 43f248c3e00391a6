"""What does an event that came in change? At most what evidence of its worth may."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from deliveries import vault
from deliveries.models import (
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    Fate,
    HookCount,
    HookEndpoint,
    ParkedReceipt,
    Provider,
)
from deliveries.receipts.finding import Finder, Match
from deliveries.receipts.vocabulary import EventType, Receipt
from deliveries.sending import Said, prove

AHEAD, BEHIND = timedelta(minutes=5), timedelta(days=30)  # that a told time may be
LONGEST_WORDS = 4_000  # characters of a provider's words that are kept
LONGEST_PARKED = 20_000  # characters of a body that is kept for people
NO_SOURCE = 0  # for the redactor's marks: an endpoint may serve every source

MEANING: dict[EventType, tuple[EventKind, EvidenceLevel]] = {
    EventType.QUEUED: (EventKind.ACCEPTED, EvidenceLevel.ACCEPTED),
    EventType.SENT: (EventKind.ACCEPTED, EvidenceLevel.ACCEPTED),
    EventType.DEFERRED: (EventKind.DEFERRED, EvidenceLevel.NONE),
    EventType.DELIVERED: (EventKind.DELIVERED, EvidenceLevel.DELIVERED),
    # Programs open mails and follow links too, so these prove arrival, not a reader.
    EventType.OPENED: (EventKind.DELIVERED, EvidenceLevel.DELIVERED),
    EventType.CLICKED: (EventKind.DELIVERED, EvidenceLevel.DELIVERED),
    EventType.READ: (EventKind.CONFIRMED, EvidenceLevel.CONFIRMED),
    EventType.BOUNCED: (EventKind.BOUNCED, EvidenceLevel.NONE),
    EventType.FAILED: (EventKind.BOUNCED, EvidenceLevel.NONE),
    EventType.REJECTED: (EventKind.BOUNCED, EvidenceLevel.NONE),
    # Nobody complains about what has not arrived.
    EventType.COMPLAINED: (EventKind.COMPLAINED, EvidenceLevel.DELIVERED),
    EventType.UNSUBSCRIBED: (EventKind.UNSUBSCRIBED, EvidenceLevel.NONE),
}


@dataclass(frozen=True, slots=True)
class Bearer:
    """On whose word events are taken in."""

    provider: Provider | None
    trusted: bool


def take_all(
    receipts: Sequence[Receipt], finder: Finder, bearer: Bearer, now: datetime
) -> Counter[Fate]:
    """Take events in, each in a transaction of its own; return what became of them.

    A crash in between loses nothing: the provider tells all of them again, and those
    that are known change nothing.
    """
    fates: Counter[Fate] = Counter()
    found: dict[str, tuple[Receipt, Match]] = {}
    for receipt in receipts:
        if receipt.type not in MEANING:
            continue  # such as what somebody wrote to the sender: no receipt at all
        match = finder.find(receipt.refs)
        if match is None:
            fates[Fate.FOREIGN] += 1
        elif (dedup_hash := _hash(receipt, match)) in found:
            fates[Fate.KNOWN] += 1
        else:
            found[dedup_hash] = receipt, match
    for dedup_hash in _known(found, bearer):
        fates[Fate.KNOWN] += 1
        del found[dedup_hash]
    for dedup_hash, (receipt, match) in found.items():
        _take(receipt, match, dedup_hash, bearer, now)
        fates[Fate.TAKEN] += 1
    return fates


def _known(hashes: Iterable[str], bearer: Bearer) -> list[str]:
    rows = DeliveryEvent.objects.filter(
        provider=bearer.provider, dedup_hash__in=list(hashes)
    )
    return list(rows.values_list("dedup_hash", flat=True))


def _take(
    receipt: Receipt, match: Match, dedup_hash: str, bearer: Bearer, now: datetime
) -> None:
    kind, level = MEANING[receipt.type]
    prove(
        match.message.pk,
        level=level,
        kind=kind,
        provider=bearer.provider,
        dedup_hash=dedup_hash,
        occurred_at=believable(receipt.at, now),
        trusted=bearer.trusted,
        attempt_n=match.attempt_n,
        said=_said(receipt, match.message.source_id),
    )


def _hash(receipt: Receipt, match: Match) -> str:
    """Name an event by what is the same when it is told again."""
    parts = (match.message.public_id, receipt.type, *receipt.stable)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def believable(at: datetime | None, now: datetime) -> datetime:
    """A clock that is not ours is believed within bounds (domain rule of times)."""
    return now if at is None else min(max(at, now - BEHIND), now + AHEAD)


def _said(receipt: Receipt, source_id: int) -> Said:
    redactor = vault.redactor(source_id)
    return Said(
        reply_code=redactor.text(receipt.code).text[:64],
        enhanced_code=redactor.text(receipt.enhanced_code).text[:64],
        answer=redactor.text(receipt.words[:LONGEST_WORDS]).text,
    )


def count(
    endpoint: HookEndpoint | None, fate: Fate, now: datetime, number: int = 1
) -> None:
    """Count what came in; without an endpoint the token was unknown."""
    same = {"endpoint": endpoint, "day": now.date(), "fate": fate}
    rows = HookCount.objects.filter(**same)
    if not rows.update(count=F("count") + number):
        HookCount.objects.bulk_create([HookCount(**same)], ignore_conflicts=True)
        rows.update(count=F("count") + number)


def park(endpoint: HookEndpoint, body: bytes, why: str, now: datetime) -> None:
    """Keep what could not be read for people, redacted; the same body once."""
    source_id = endpoint.source_id or NO_SOURCE
    text = body[: 4 * LONGEST_PARKED].decode("utf-8", "replace").replace("\0", "\ufffd")
    row = ParkedReceipt(
        endpoint=endpoint,
        digest=hashlib.sha256(body).hexdigest(),
        why=why[:200],
        body=vault.redactor(source_id).text(text[:LONGEST_PARKED]).text,
    )
    with transaction.atomic():
        ParkedReceipt.objects.bulk_create([row], ignore_conflicts=True)
        count(endpoint, Fate.PARKED, now)
