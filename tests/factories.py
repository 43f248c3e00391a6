"""How do tests come by facts? Small functions, each making one row with defaults."""

from datetime import datetime
from itertools import count

from django.db import transaction
from django.utils import timezone

from deliveries import addresses
from deliveries.models import (
    NEEDED_LEVEL,
    Adapter,
    Address,
    AttemptCause,
    ChannelKind,
    Dedup,
    DeliveryAttempt,
    EvidenceLevel,
    Message,
    MessageState,
    Provider,
    Purpose,
    Recipient,
    Route,
    Source,
)

_numbers = count(1)


def make_source(slug: str = "") -> Source:
    """A source, by default a new one."""
    slug = slug or f"source-{next(_numbers)}"
    return Source.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]


def make_provider(
    address: str = "http://127.0.0.1:9/",
    *,
    channel: ChannelKind = ChannelKind.WEBHOOK,
    dedup: Dedup = Dedup.KEY,
    attainable_level: EvidenceLevel = EvidenceLevel.DELIVERED,
) -> Provider:
    """A provider at an address where, by default, nobody listens."""
    slug = f"provider-{next(_numbers)}"
    return Provider.objects.create(
        slug=slug,
        name=slug.title(),
        channel=channel,
        adapter=Adapter.WEBHOOK,
        address=address,
        dedup=dedup,
        attainable_level=attainable_level,
    )


def make_route(
    provider: Provider | None = None,
    *,
    region: str = "",
    position: int = 1,
    enabled: bool = True,
) -> Route:
    """A route over a provider, for its channel."""
    provider = provider or make_provider()
    return Route.objects.create(
        channel=provider.channel,
        region=region,
        provider=provider,
        position=position,
        enabled=enabled,
    )


def make_address(
    source: Source | None = None,
    value: str = "https://sink.example/in",
    *,
    channel: ChannelKind = ChannelKind.WEBHOOK,
    recipient_ref: str = "",
) -> Address:
    """A sealed address of a person whom the source knows."""
    recipient = Recipient.objects.create(
        source=source or make_source(),
        external_ref=recipient_ref or f"person-{next(_numbers)}",
    )
    with transaction.atomic():
        address = addresses.keep(recipient, channel, value)
    assert address is not None
    return address


def make_message(
    source: Source | None = None,
    *,
    address: Address | None = None,
    channel: ChannelKind = ChannelKind.WEBHOOK,
    purpose: Purpose = Purpose.TRANSACTIONAL,
    region: str = "",
    state: MessageState = MessageState.FAILED,
    expires_at: datetime | None = None,
    supersedes: Message | None = None,
    evidence_level: EvidenceLevel = EvidenceLevel.NONE,
    verify_by: datetime | None = None,
) -> Message:
    """A message, by default one that has failed."""
    if source is None:
        source = address.recipient.source if address else make_source()
    return Message.objects.create(
        source=source,
        external_id=f"m-{next(_numbers)}",
        recipient=address.recipient if address else None,
        address=address,
        channel=channel,
        purpose=purpose,
        region=region,
        state=state,
        expires_at=expires_at,
        supersedes=supersedes,
        evidence_level=evidence_level,
        needed_level=NEEDED_LEVEL[purpose],
        verify_by=verify_by,
    )


def make_attempt(
    message: Message | None = None,
    route: Route | None = None,
    *,
    cause: AttemptCause = AttemptCause.AUTO,
    due_at: datetime | None = None,
) -> DeliveryAttempt:
    """A try that is due, with its message waiting for it."""
    message = message or make_message()
    generation = message.generation + 1
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.RETRY_WAIT, generation=generation
    )
    message.refresh_from_db()
    return DeliveryAttempt.objects.create(
        source_id=message.source_id,
        message=message,
        n=message.attempts.count() + 1,
        route=route or make_route(),
        cause=cause,
        idempotency_key=f"{message.public_id}:{generation}",
        due_at=due_at or timezone.now(),
    )
