"""What does a source tell about a message that it sends, and hand over of it?

A message may be heard of in any order: a report, an event or the message itself may
come first. What is told fills in what is not known yet and moves no state back; what
we have sent ourselves stays as it was sent.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries import addresses, contents, receipts, sending, vault
from deliveries.contents import Content
from deliveries.models import (
    NEEDED_LEVEL,
    Address,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    Message,
    MessageState,
    Provider,
    Recipient,
    RecipientKey,
)

WORTH: dict[str, EvidenceLevel] = {
    EventKind.REQUESTED: EvidenceLevel.REQUESTED,
    EventKind.ACCEPTED: EvidenceLevel.ACCEPTED,
    EventKind.DELIVERED: EvidenceLevel.DELIVERED,
    EventKind.DEFERRED: EvidenceLevel.NONE,
    EventKind.BOUNCED: EvidenceLevel.NONE,
    EventKind.COMPLAINED: EvidenceLevel.DELIVERED,
    EventKind.UNSUBSCRIBED: EvidenceLevel.NONE,
    EventKind.CONFIRMED: EvidenceLevel.CONFIRMED,
}
# Where a message stands that only its source has sent.
AT_THE_SOURCE = (MessageState.SENDING, MessageState.ACCEPTED)


class AnotherMessage(Exception):
    """What is told is about another message than the one of this name."""

    def __init__(self, field: str) -> None:
        super().__init__(_("This would be another message: give it an id of its own."))
        self.field = field


class NotKnownYet(Exception):
    """A message that this one replaces has not been heard of."""

    field = "supersedes"

    def __init__(self) -> None:
        super().__init__(_("There is no such message yet."))


@dataclass(frozen=True, slots=True)
class Told:
    """A message as its source tells of it; what is empty was not told.

    ``addresses`` are plain, by channel. ``supersedes`` is the source's id of the
    message that this one replaces, ``sent_at`` when a provider took it.
    """

    channel: str
    purpose: str
    recipient_ref: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    content: Content | None = None
    region: str = ""
    provider: str = ""
    expires_at: datetime | None = None
    supersedes: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a message, as its source heard."""

    kind: str
    occurred_at: datetime
    provider: str = ""
    event_ref: str = ""
    code: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """The message, whether it is new, and codes of what could not be kept."""

    message: Message
    created: bool
    warnings: tuple[str, ...] = ()


def register(source_id: int, external_id: str, told: Told) -> Registered:
    """Write down what a source tells of a message; the same again changes nothing.

    Raises :class:`AnotherMessage`, :class:`NotKnownYet` and ``contents.Unfit``, and
    then nothing was written.
    """
    with transaction.atomic():
        message, created = _row(source_id, external_id, told)
        warnings = [*_fill_in(message, told), *_hand_over(message, told)]
    message.refresh_from_db()
    return Registered(message, created, tuple(warnings))


def _row(source_id: int, external_id: str, told: Told) -> tuple[Message, bool]:
    """Fetch the message, locked; make it if it is new."""
    rows = Message.objects.select_for_update().filter(source=source_id)
    known = rows.filter(external_id=external_id).first()
    if known is not None:
        return known, False
    state = MessageState.ACCEPTED if told.sent_at else MessageState.SENDING
    new = Message(
        source_id=source_id,
        external_id=external_id,
        channel=told.channel,
        purpose=told.purpose,
        state=state,
        needed_level=NEEDED_LEVEL[told.purpose],
    )
    # Whoever makes the row at the same time is waited for.
    Message.objects.bulk_create([new], ignore_conflicts=True)
    row = rows.get(external_id=external_id)
    return row, row.public_id == new.public_id


def _fill_in(message: Message, told: Told) -> list[str]:
    """Set what may be set; return warnings. The row is locked."""
    person, _new = Recipient.objects.get_or_create(
        source_id=message.source_id, external_ref=told.recipient_ref
    )
    if message.channel != told.channel:
        raise AnotherMessage("channel")
    if message.recipient_id not in (None, person.pk):
        raise AnotherMessage("recipient_ref")
    if message.attempt_count and message.purpose != told.purpose:
        raise AnotherMessage("purpose")
    warnings = []
    message.recipient = person
    message.purpose = told.purpose
    message.region = told.region or message.region
    message.expires_at = told.expires_at or message.expires_at
    if told.provider:
        rows = Provider.objects.filter(slug=told.provider, channel=told.channel)
        provider = rows.first()
        if provider is None:
            warnings.append("provider_unknown")
        elif not message.attempt_count:
            message.provider = provider
    message.needed_level = _needed(message)
    if told.supersedes:
        message.supersedes = _replaced(message, told.supersedes)
    message.save(
        update_fields=[
            "recipient",
            "purpose",
            "region",
            "expires_at",
            "provider",
            "needed_level",
            "supersedes",
        ]
    )
    if told.sent_at is not None and not message.attempt_count:
        Message.objects.move(message.pk, MessageState.ACCEPTED)
    return warnings


def _needed(message: Message) -> EvidenceLevel:
    """The evidence that the purpose needs, as far as the provider can give it."""
    needed = NEEDED_LEVEL[message.purpose]
    provider = message.provider
    attainable = needed if provider is None else provider.attainable_level
    return min(needed, EvidenceLevel(attainable))


def _replaced(message: Message, external_id: str) -> Message:
    if external_id == message.external_id:
        raise AnotherMessage("supersedes")
    rows = Message.objects.filter(source=message.source_id, external_id=external_id)
    older = rows.first()
    if older is None:
        raise NotKnownYet
    return older


def _hand_over(message: Message, told: Told) -> list[str]:
    """Seal addresses and content; return warnings."""
    person = message.recipient
    if person is None or not (told.addresses or told.content):
        return []
    RecipientKey.objects.get_or_create(
        recipient=person, defaults={"wrapped_key": vault.new_person_key()}
    )
    kept = {
        channel: addresses.keep(person, channel, value)
        for channel, value in sorted(told.addresses.items())
    }
    _set_address(message, kept.get(message.channel))
    forgotten = None in kept.values()
    if told.content is not None:
        forgotten |= not _keep(message, told.content)
    return ["person_forgotten"] if forgotten else []


def _set_address(message: Message, address: Address | None) -> None:
    if address is None or message.address_id == address.pk:
        return
    if message.attempt_count and message.address_id is not None:
        raise AnotherMessage("addresses")
    message.address = address
    message.save(update_fields=["address"])


def _keep(message: Message, content: Content) -> bool:
    """Keep what the message says; what we have sent is not exchanged afterwards."""
    if message.attempt_count and message.sealed_content is not None:
        try:
            if contents.read(message) != content:
                raise AnotherMessage("content")
        except vault.Unreadable:
            return False
    return contents.keep(message, content)


def hear(message: Message, happened: Happened, now: datetime) -> bool:
    """Take in what a source tells of its own message; say whether that is news.

    A key proves who tells it, so it counts in full.
    """
    provider = Provider.objects.filter(
        slug=happened.provider, channel=message.channel
    ).first()
    dedup_hash = _hash(message, happened)
    stored = DeliveryEvent.objects.filter(provider=provider, dedup_hash=dedup_hash)
    if stored.exists():
        return False
    level = WORTH[happened.kind]
    redactor = vault.redactor(message.source_id)
    with transaction.atomic():
        sending.prove(
            message.pk,
            level=level,
            kind=EventKind(happened.kind),
            provider=provider,
            dedup_hash=dedup_hash,
            occurred_at=receipts.believable(happened.occurred_at, now),
            trusted=True,
            said=sending.Said(
                reply_code=redactor.text(happened.code).text[:64],
                answer=redactor.text(happened.answer).text,
            ),
        )
        if level >= EvidenceLevel.ACCEPTED:
            Message.objects.move(message.pk, MessageState.ACCEPTED)
    return True


def _hash(message: Message, happened: Happened) -> str:
    """Name an event by the source's own name of it, or by what it says."""
    own = happened.event_ref or "\x1f".join(
        (happened.occurred_at.isoformat(), happened.code)
    )
    parts = ("told", message.public_id, happened.provider, happened.kind, own)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def rests_on_its_source(message: Message) -> bool:
    """Whether we know by its source's word alone that a message was sent."""
    return (
        message.state in AT_THE_SOURCE
        and message.attempt_count == 0
        and message.evidence_level < min(message.needed_level, EvidenceLevel.ACCEPTED)
    )


def failed(message_ids: Sequence[int]) -> None:
    """Take back, as its source reports a failure, that a message was sent.

    Only where :func:`rests_on_its_source` still holds. Needs an open transaction.
    """
    rows = Message.objects.filter(
        pk__in=message_ids,
        state__in=AT_THE_SOURCE,
        attempt_count=0,
        evidence_level__lt=EvidenceLevel.ACCEPTED,
    )
    unproven = rows.filter(evidence_level__lt=F("needed_level"))
    unproven.update(state=MessageState.FAILED, verify_by=None)
