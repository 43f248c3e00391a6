"""How does a message fail in the demo, and how does its source say so?"""

from datetime import datetime

from django.db import transaction

from deliveries import addresses
from deliveries.models import (
    NEEDED_LEVEL,
    Address,
    ChannelKind,
    Message,
    MessageState,
    Provider,
    Recipient,
    Source,
)
from triage import intake
from triage.demo.cases import Case


def tell(
    case: Case,
    name: str,
    person: str,
    occurred_at: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Let a message to a person fail, and let its source report that.

    ``name`` is the source's id of the message and of the report; the same one again
    changes nothing.
    """
    source = Source.objects.get(slug=case.source)
    with transaction.atomic():
        address = _address(source, case, person)
        Message.objects.get_or_create(
            source=source,
            external_id=name,
            defaults={
                "recipient": address.recipient,
                "address": address,
                "channel": case.channel,
                "purpose": case.purpose,
                "region": case.region,
                "provider": Provider.objects.get(slug=case.provider),
                "expires_at": expires_at,
                "state": MessageState.FAILED,
                "needed_level": NEEDED_LEVEL[case.purpose],
            },
        )
    report = case.report(name, person, occurred_at, expires_at)
    intake.file(report, source_id=source.pk, now=occurred_at)


def _address(source: Source, case: Case, person: str) -> Address:
    recipient, _made = Recipient.objects.get_or_create(
        source=source, external_ref=person, defaults={"locale": case.locale}
    )
    known = recipient.addresses.filter(channel=case.channel).first()
    if known is not None:
        return known
    kept = addresses.keep(recipient, case.channel, _value(case.channel, recipient))
    if kept is None:
        raise ValueError(f"{person} has been forgotten.")
    return kept


def _value(channel: ChannelKind, recipient: Recipient) -> str:
    """Make up an address that nobody has: reserved names, numbers set aside."""
    person, number = recipient.external_ref, recipient.pk % 1000
    return {
        ChannelKind.EMAIL: f"{person}@mail.example",
        ChannelKind.SMS: f"+44 7700 900{number:03}",  # Ofcom keeps these for drama
        ChannelKind.PUSH: f"demo-token-{number:03}-{person}",
        ChannelKind.CHAT: f"@{person}",
        ChannelKind.SOCIAL: f"@{person}",
        ChannelKind.WEBHOOK: f"https://hooks.partner.example/{person}",
    }[channel]
