"""How does a test hand one message to a provider over a channel?

The rows are made in memory: a channel reads them, and asks the database nothing.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from deliveries import contents, vault
from deliveries.channels import CHANNELS, Reply
from deliveries.channels.catalogue import specs
from deliveries.contents import Content
from deliveries.models import (
    Adapter,
    Address,
    ChannelKind,
    EvidenceLevel,
    Message,
    Provider,
    Recipient,
    RecipientKey,
    Route,
)
from tests.deliveries.channels.contracts import Contract

NOW = datetime(2031, 5, 6, 12, tzinfo=UTC)
KEY = "msg_0123456789ABCDEFGHJKMNPQRS:1"
LEFT = timedelta(hours=1)
_numbers = count(1)


def route_over(
    adapter: Adapter,
    base: str,
    channel: ChannelKind,
    settings: dict[str, Any],
    secrets: dict[str, str],
) -> Route:
    """A route over a provider that is fully set up."""
    number = next(_numbers)
    provider = Provider(
        pk=number,
        slug=f"provider-{number}",
        channel=channel,
        adapter=adapter,
        address=base,
        dedup=specs()[adapter].dedup,
        attainable_level=specs()[adapter].attainable,
        settings={
            name: each.replace("{base}", base) if isinstance(each, str) else each
            for name, each in settings.items()
        },
    )
    provider.seal(secrets, NOW)
    return Route(pk=number, channel=channel, provider=provider)


def message_to(
    value: str, channel: ChannelKind, content: Content | None = None
) -> Message:
    """A message to an address (empty for none), with words if there are any."""
    wrapped = vault.new_person_key()
    recipient = Recipient(pk=next(_numbers), external_ref="lin.7")
    recipient.key = RecipientKey(recipient=recipient, wrapped_key=wrapped)
    sealed = vault.seal(wrapped, value, f"address:{channel}")
    address = Address(recipient=recipient, channel=channel, sealed_value=sealed)
    message = Message(
        pk=next(_numbers),
        source_id=1,
        recipient=recipient,
        address=address if value else None,
        channel=channel,
        purpose="transactional",
        needed_level=EvidenceLevel.DELIVERED,
        expires_at=NOW + LEFT,
    )
    if content is not None:
        text = json.dumps(asdict(content))
        message.sealed_content = vault.seal(wrapped, text, contents._context(message))
    return message


def route_to(contract: Contract, base: str, **settings: Any) -> Route:
    """A route to the provider of a contract."""
    return route_over(
        contract.adapter,
        base,
        contract.channel,
        contract.settings | settings,
        contract.secrets,
    )


def message_for(contract: Contract, base: str, content: Content | None) -> Message:
    """A message that the provider of a contract can be given."""
    value = contract.address.replace("{base}", base)
    return message_to(value, contract.channel, content)


def hand_over(
    contract: Contract,
    base: str,
    *,
    route: Route | None = None,
    message: Message | None = None,
    key: str = KEY,
) -> Reply:
    """Send one message over the provider of a contract."""
    route = route or route_to(contract, base)
    message = message or message_for(contract, base, contract.content)
    return CHANNELS[contract.adapter].send(message, route, key=key, now=NOW)


def secrets_of(route: Route) -> list[str]:
    """Every credential, whole and line by line."""
    values = [*route.provider.credentials.values(), "at-0123456789"]
    lines = [line for value in values for line in value.splitlines() if len(line) > 20]
    return [*values, *lines]
