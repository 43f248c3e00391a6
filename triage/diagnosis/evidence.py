"""What may a judge look at, and in which form does it give its judgement?

Evidence is collected once, before any judge runs; everything here is a frozen value
without a database, a clock or a network behind it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self, TypeAlias, TypedDict

Param: TypeAlias = str | int


class Bundle(StrEnum):
    """Where in the evidence a reason points to."""

    ANSWER = "answer"
    DETAIL = "detail"
    PROVIDER_CODE = "provider_code"
    ENHANCED_CODE = "enhanced_code"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """A try of the same message before the one that is judged; ``at`` is UTC."""

    at: datetime
    code: str
    answer: str


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What our own records say about the message."""

    suppressed: bool = False
    expired: bool = False
    delivered: bool = False
    superseded: bool = False


NO_FACTS = KnownFacts()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one failure.

    ``answer`` is the provider's answer and ``detail`` the reporter's words, both
    redacted; ``symptom`` is the reporter's choice; the codes are those that were given
    beside the answer, as they were given. ``kind`` is the ``MailKind`` of the mail that
    the answer was read from, or empty.
    """

    channel: str
    provider: str
    symptom: str
    answer: str
    provider_code: str = ""
    enhanced_code: str = ""
    detail: str = ""
    earlier: tuple[EarlierAttempt, ...] = ()
    facts: KnownFacts = NO_FACTS
    kind: str = ""

    def digest(self) -> str:
        """Return 64 hex digits; equal evidence has equal digits."""
        canonical = json.dumps(
            asdict(self), ensure_ascii=False, sort_keys=True, default=_instant
        )
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"No JSON form for {type(value).__name__}.")


class StoredReason(TypedDict):
    """A reason as a JSON column holds it."""

    rule: str
    version: int
    code: str
    params: dict[str, Param]
    bundle: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence and the rule that read it.

    ``code`` is the key of the sentence that ``report.py`` makes of it. ``start`` and
    ``end`` count characters in the text of the bundle; a code field or a fact has none.
    """

    rule: str
    version: int
    code: str
    params: Mapping[str, Param] = field(default_factory=dict)
    bundle: str = ""
    start: int | None = None
    end: int | None = None

    def to_json(self) -> StoredReason:
        """Return a value for a JSON column; ``from_json`` reads it back."""
        return {
            "rule": self.rule,
            "version": self.version,
            "code": self.code,
            "params": dict(self.params),
            "bundle": str(self.bundle),
            "start": self.start,
            "end": self.end,
        }

    @classmethod
    def from_json(cls, stored: StoredReason) -> Self:
        """Read what ``to_json`` wrote."""
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Vote:
    """What one judge makes of one piece of evidence.

    ``weight`` adds to the score of the category (about the natural logarithm of the
    odds); a negative weight speaks against it.
    """

    category: str
    weight: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One possible cause; ``rank`` counts from 1, ``confidence`` lies in 0..1."""

    rank: int
    category: str
    confidence: float
    speaks_for: tuple[Reason, ...]
    speaks_against: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings, the likeliest first, and what a person should look at next."""

    findings: tuple[Finding, ...]
    next_check: str
    ruleset_version: str
