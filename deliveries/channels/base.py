"""What does a channel promise to whoever sends over it?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

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
    ``fault`` says of a refusal whether it speaks of the provider rather than of the
    message; None where the code alone has to tell.
    """

    kind: ReplyKind
    level: EvidenceLevel = EvidenceLevel.NONE
    reply_code: str = ""
    enhanced_code: str = ""
    raw_answer: str = ""
    retry_after_s: int | None = None
    provider_ref: str = ""
    fault: bool | None = None


class Channel(Protocol):
    """One way to hand messages to providers.

    ``dedup_window`` is how long, from the first call, a provider that honours keys is
    trusted to know the key again; zero where none does.
    """

    @property
    def dedup_window(self) -> timedelta:
        """How long a key is known."""

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        """Hand the message over once and return what is certain.

        ``key`` names this send; the same one must not send twice. Never raises for an
        answer that it could read. Call it outside any transaction.
        """


class Known(StrEnum):
    """What a provider that was asked knows of a message."""

    FOUND = "found"
    ABSENT = "absent"
    NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What came of asking; ``reply`` is what a message that was found turned into."""

    known: Known
    reply: Reply | None = None


@runtime_checkable
class Askable(Protocol):
    """A channel whose provider can be asked about a message of ours."""

    @property
    def settle(self) -> timedelta | None:
        """How long after the call an absence counts; None if nobody can be asked."""

    def look_up(
        self,
        message: Message,
        route: Route,
        *,
        key: str,
        since: datetime,
        now: datetime,
    ) -> Inquiry:
        """Ask about the send that ``key`` names, which was begun at ``since`` (UTC).

        Hands nothing over. ``ABSENT`` is only said after ``settle``, and never when the
        provider's list may be longer than what was read. Call it outside any
        transaction.
        """
