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
    LOG = "log"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """A refused try of the same message before the one judged; ``at`` is UTC."""

    at: datetime
    code: str
    answer: str


# From here on failures of one provider are more than a coincidence.
SURGE_PEOPLE = 20  # different people within ten minutes
SURGE_TIMES = 3.0  # as often as an hour before


@dataclass(frozen=True, slots=True)
class Siblings:
    """How many others fail at the same provider, in the same channel and region.

    ``people`` were counted once each over the last ``seconds``, ``people_before`` over
    ``seconds_before`` about an hour earlier. Only failures that could be an outage
    count: a wave of unknown recipients is none.
    """

    people: int
    seconds: float
    people_before: int
    seconds_before: float

    @property
    def surging(self) -> bool:
        """Whether so many more fail than before that the provider itself must."""
        if self.people < SURGE_PEOPLE:
            return False
        rate = self.people / max(self.seconds, 1.0)
        return rate >= SURGE_TIMES * self.people_before / max(self.seconds_before, 1.0)


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What our own records say about the message; None where they say nothing.

    ``message`` tells whether a message of ours is known at all. ``arrived_before``
    means that another message has reached the same address not long ago.
    """

    suppressed: bool = False
    expired: bool = False
    delivered: bool = False
    superseded: bool = False
    message: bool = True
    expires_soon: bool | None = None
    arrived_before: bool | None = None
    siblings: Siblings | None = None


NO_FACTS = KnownFacts()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one failure.

    ``answer`` is the provider's answer and ``detail`` the reporter's words, both
    redacted; ``symptom`` is the reporter's choice; the codes are those that were given
    beside the answer, as they were given; ``log`` is the end of a log of the client.
    ``kind`` is the ``MailKind`` of the mail that the answer was read from, or empty.
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
    log: str = ""

    @property
    def silent(self) -> bool:
        """Whether nothing came back at all, neither a text nor a code."""
        return not (self.answer.strip() or self.provider_code or self.enhanced_code)

    def digest(self) -> str:
        """Return 64 hex digits; equal evidence has equal digits.

        Of the siblings it counts whether they surge: their number changes every second
        and would make equal evidence differ.
        """
        whole = asdict(self)
        siblings = self.facts.siblings
        whole["facts"]["siblings"] = siblings and siblings.surging
        canonical = json.dumps(
            whole, ensure_ascii=False, sort_keys=True, default=_instant
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
    """The findings, the likeliest first, and what a person should look at next.

    ``auto_retry`` says whether the same message may be sent again at once, over the
    same route, by the machine.
    """

    findings: tuple[Finding, ...]
    next_check: str
    ruleset_version: str
    auto_retry: bool = False
    model_version: str = ""
