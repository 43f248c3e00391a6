"""Over which other channel can a message reach its person, and if over none, why not?

Never the address that failed. What holds for any send holds here: the gate is asked
about the new channel and address, and words have to be there that it can carry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deliveries import contents, gate, routing, vault
from deliveries.aiming import aimed
from deliveries.models import (
    Adapter,
    Address,
    Message,
    MessageState,
    Purpose,
    ResendMode,
    Route,
)


class Obstacle(StrEnum):
    """What stands in the way, the furthest that any address came."""

    NO_ADDRESS = "no_address"
    NOT_VERIFIED = "not_verified"
    NOT_ALLOWED = "not_allowed"
    NO_ROUTE = "no_route"
    NO_WORDS = "no_words"


@dataclass(frozen=True, slots=True)
class Way:
    """Another address of the person, and the route that leads there."""

    address: Address
    route: Route


def find(message: Message, now: datetime) -> Way | Obstacle:
    """Return the best other way to the person of a message, or what is in the way.

    Verified addresses come first, then the channel that worked last for the person.
    A security message goes to verified addresses alone. A source that sends itself
    knows its own ways.
    """
    furthest = Obstacle.NO_ADDRESS
    if message.recipient is None or message.source.resend_mode == ResendMode.DELEGATED:
        return furthest
    ranks = list(Obstacle)
    for address in _others(message):
        found = _judge(message, address, now)
        if isinstance(found, Way):
            return found
        furthest = max(furthest, found, key=ranks.index)
    return furthest


def _others(message: Message) -> Iterator[Address]:
    """Addresses of the person on other channels that this message was not sent to."""
    rows = Address.objects.filter(recipient=message.recipient_id)
    rows = rows.exclude(channel=message.channel)
    used = message.attempts.filter(address__isnull=False).values("address")
    others = list(rows.exclude(pk__in=used).select_related("recipient__key"))
    good = last_good_channel(message) if len(others) > 1 else ""
    others.sort(key=lambda each: each.pk)
    others.sort(key=lambda each: (each.verified_at is None, each.channel != good))
    yield from others


def last_good_channel(message: Message) -> str:
    """Return the channel over which the person was reached last; empty for none."""
    arrived = Message.objects.filter(
        recipient=message.recipient_id, state=MessageState.DELIVERED
    )
    found = arrived.order_by("-pk").values_list("channel", flat=True).first()
    return found or ""


def _judge(message: Message, address: Address, now: datetime) -> Way | Obstacle:
    if message.purpose == Purpose.SECURITY and address.verified_at is None:
        return Obstacle.NOT_VERIFIED
    other = aimed(message, address)
    verdict = gate.check(other, now=now)
    if verdict.codes and verdict.wait_until is None:
        return Obstacle.NOT_ALLOWED
    route = routing.next_route(other, now=now)
    if route is None:
        return Obstacle.NO_ROUTE
    if not _has_words(message, route):
        return Obstacle.NO_WORDS
    return Way(address, route)


def _has_words(message: Message, route: Route) -> bool:
    """Say whether there is a text that any channel can carry.

    A webhook is told which message it is about and needs none. A text that a provider
    keeps under a name is that provider's, and HTML belongs to mail alone.
    """
    if route.provider.adapter == Adapter.WEBHOOK:
        return True
    try:
        content = contents.read(message)
    except vault.Unreadable:
        return False
    return content is not None and bool(content.text)
