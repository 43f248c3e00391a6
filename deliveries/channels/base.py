"""What does a channel promise to whoever sends over it?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from deliveries.models import EvidenceLevel, Message, Route


class ReplyKind(StrEnum):
    """What a provider's answer settles."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: words and codes only; why it failed is for diagnosis to say.

    ``level`` is the evidence that an acceptance gives. ``raw_answer`` is redacted.
    ``retry_after_s`` is the wait that the provider asked for. ``provider_ref`` is the
    name that the provider gave the message, by which its receipts will call it.
    """

    kind: ReplyKind
    level: EvidenceLevel = EvidenceLevel.NONE
    reply_code: str = ""
    enhanced_code: str = ""
    raw_answer: str = ""
    retry_after_s: int | None = None
    provider_ref: str = ""


class Channel(Protocol):
    """One way to hand messages to providers.

    ``dedup_window`` is how long, from the first call, a provider that honours keys is
    trusted to know the key again.
    """

    dedup_window: timedelta

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        """Hand the message over once and return what is certain.

        ``key`` names this send; the same one must not send twice. Never raises for an
        answer that it could read. Call it outside any transaction.
        """
