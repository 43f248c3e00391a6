"""How is a message handed to a provider that takes HTTP POST?

The provider gets a reference to the message and the address to deliver to, an
``Idempotency-Key``, and its own bearer token. Any 2xx is its word that the endpoint
took the message.
"""

import json
from datetime import datetime, timedelta

from deliveries import outbound, vault
from deliveries.channels import answers
from deliveries.channels.answers import Form
from deliveries.channels.base import Reply, ReplyKind
from deliveries.channels.catalogue import Spec
from deliveries.channels.mask import Mask
from deliveries.models import EvidenceLevel, Message, Provider, Route

# The status is the code; what else an endpoint says is for people to read.
FORM = Form()


class Webhook:
    """HTTP POST to a provider."""

    def __init__(self, spec: Spec) -> None:
        self._level = spec.level
        self.dedup_window: timedelta = spec.dedup_window

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        """Post the message; see :class:`deliveries.channels.base.Channel`."""
        provider = route.provider
        try:
            address = message.address.value() if message.address else None
            headers, body = _headers(provider, key), _body(message, address)
            secrets = (*provider.credentials.values(),)
        except vault.Unreadable:
            return answers.broken(ReplyKind.REFUSED, answers.SEALED)
        result = outbound.request("POST", provider.address, headers=headers, body=body)
        mask = Mask(message.source_id, (address,) if address else (), secrets)
        level = EvidenceLevel(min(self._level, provider.attainable_level))
        return answers.reply(result, FORM, mask, level=level, now=now)


def _headers(provider: Provider, key: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    if secret := provider.secret:
        headers["Authorization"] = f"Bearer {secret}"
    return headers


def _body(message: Message, address: str | None) -> bytes:
    recipient = message.recipient
    return json.dumps(
        {
            "message": message.public_id,
            "external_id": message.external_id,
            "recipient_ref": recipient.external_ref if recipient else None,
            "address": address,
            "channel": message.channel,
            "purpose": message.purpose,
            "region": message.region,
            "generation": message.generation,
        },
        ensure_ascii=False,
    ).encode()
