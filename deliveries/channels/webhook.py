"""How is a message handed to a provider that takes HTTP POST?

The provider gets a reference to the message and the address to deliver to, an
``Idempotency-Key``, and its own bearer token. Any 2xx is its word that the endpoint
took the message.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from deliveries import outbound, vault
from deliveries.channels.base import Reply, ReplyKind
from deliveries.models import EvidenceLevel, Message, Provider, Route
from deliveries.outbound import RefusedReason, UnclearReason

# Providers promise to know a key for a day at least.
DEDUP_WINDOW = timedelta(hours=24)
ANSWER_CHARACTERS = 4096  # of a provider's answer that are kept
LONGEST_WAIT_S = 366 * 24 * 3600  # fits the column, and means "not soon" anyway

SEALED = "sealed"
# What diagnosis reads when something broke before there was a whole answer.
WORDS: dict[str, str] = {
    SEALED: "The address or the provider's token can no longer be unsealed.",
    RefusedReason.BAD_REQUEST: "The provider's address or token cannot be used.",
    RefusedReason.FORBIDDEN_ADDRESS: "The provider's address is not public.",
    RefusedReason.DNS_FAILED: "Temporary failure in name resolution.",
    RefusedReason.CONNECTION_REFUSED: "Connection refused.",
    RefusedReason.CONNECT_TIMEOUT: "Connection timed out.",
    RefusedReason.TLS_FAILED: "TLS handshake failed.",
    UnclearReason.TIMEOUT: "Timed out waiting for the answer.",
    UnclearReason.CONNECTION_RESET: "Connection reset before an answer.",
    UnclearReason.HALF_ANSWER: "Connection closed in the middle of the answer.",
}


class Webhook:
    """HTTP POST to a provider."""

    dedup_window = DEDUP_WINDOW

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        """Post the message; see :class:`deliveries.channels.base.Channel`."""
        provider = route.provider
        try:
            address = message.address.value() if message.address else None
            headers, body = _headers(provider, key), _body(message, address)
        except vault.Unreadable:
            return _broken(ReplyKind.REFUSED, SEALED)
        result = outbound.request("POST", provider.address, headers=headers, body=body)
        return _reply(result, Mask(message.source_id, address), provider, now)


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides people in what a provider says, above all the address that we gave it."""

    source_id: int
    address: str | None

    def __call__(self, text: str) -> str:
        """Return the text without personal values, cut to what is kept."""
        if self.address:
            text = text.replace(self.address, "‹address›")
        return vault.redactor(self.source_id).text(text).text[:ANSWER_CHARACTERS]


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


def _reply(
    result: outbound.Result, mask: Mask, provider: Provider, now: datetime
) -> Reply:
    if isinstance(result, outbound.Refused):
        return _broken(ReplyKind.REFUSED, result.reason)
    if isinstance(result, outbound.Unclear):
        if result.answer is None:
            return _broken(ReplyKind.UNCLEAR, result.reason)
        return _read(ReplyKind.UNCLEAR, result.answer, mask)
    if 200 <= result.status < 300:
        level = min(EvidenceLevel.DELIVERED, provider.attainable_level)
        return _read(ReplyKind.ACCEPTED, result, mask, EvidenceLevel(level))
    wait = retry_after_s(result.headers, now)
    return _read(ReplyKind.REFUSED, result, mask, wait=wait)


def _broken(kind: ReplyKind, reason: str) -> Reply:
    return Reply(kind, reply_code=reason, raw_answer=WORDS[reason])


def _read(
    kind: ReplyKind,
    answer: outbound.Answer,
    mask: Mask,
    level: EvidenceLevel = EvidenceLevel.NONE,
    wait: int | None = None,
) -> Reply:
    text = answer.text.strip() or f"HTTP {answer.status}"
    return Reply(
        kind,
        level=level,
        reply_code=str(answer.status),
        raw_answer=mask(text),
        retry_after_s=wait,
    )


def retry_after_s(headers: Mapping[str, str], now: datetime) -> int | None:
    """Read ``Retry-After`` (RFC 9110, 10.2.3) in either form, as seconds from now.

    Names in ``headers`` are in lower case. A time that has passed is 0; what is
    neither seconds nor a date is ignored.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        # More digits than the longest wait has need not be read as a number.
        seconds = int(value) if len(value) < 10 else LONGEST_WAIT_S
        return min(seconds, LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    # "-0000" in a date means UTC of unknown local zone: RFC 5322, 3.3.
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, min(round((at - now).total_seconds()), LONGEST_WAIT_S))
