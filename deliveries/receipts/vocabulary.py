"""In which words is a receipt told, whoever sent it?

The names are those that django-anymail gave the events of e-mail providers, so that
operators who know it feel at home; ``read`` is ours, for chats and text messages.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventType(StrEnum):
    """What happened to a message."""

    QUEUED = "queued"
    SENT = "sent"
    REJECTED = "rejected"
    FAILED = "failed"
    BOUNCED = "bounced"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    AUTORESPONDED = "autoresponded"
    OPENED = "opened"
    CLICKED = "clicked"
    READ = "read"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    SUBSCRIBED = "subscribed"
    INBOUND = "inbound"
    UNKNOWN = "unknown"


class RejectReason(StrEnum):
    """Why a message was not delivered, as far as the provider's own words go."""

    INVALID = "invalid"
    BOUNCED = "bounced"
    TIMED_OUT = "timed_out"
    BLOCKED = "blocked"
    SPAM = "spam"
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One event, as a provider told it; nothing here is redacted yet.

    ``refs`` are names of the message, the provider's own and ours, the best first.
    ``at`` is in UTC, or None where none was told. ``code`` is the provider's own,
    ``words`` what it says to people, on lines. ``stable`` holds what a second telling
    of the same event repeats.
    """

    type: EventType
    refs: tuple[str, ...]
    at: datetime | None = None
    reason: RejectReason | None = None
    code: str = ""
    enhanced_code: str = ""
    words: str = ""
    stable: tuple[str, ...] = ()


class Unreadable(ValueError):
    """The body is not what the provider documents; the message says where."""
