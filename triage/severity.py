"""How urgent is a ticket, and which facts make it so?

A score is the sum of six parts, each of which is a reason that people are shown; the
tier follows from the score. Only codes and numbers leave this module: the words are
the screen's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import erfc, log2, log10, sqrt
from typing import Self, TypeAlias, TypedDict

Param: TypeAlias = str | int | float


class Tier(StrEnum):
    """S1 = call someone now ... S4 = whenever there is time."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


class ReasonCode(StrEnum):
    """Which part of the score speaks; the parameters are named beside each."""

    PURPOSE = "purpose"  # purpose
    REACH = "reach"  # people
    DEPARTURE = "departure"  # rate, baseline (percent), sends
    NO_BASELINE = "no_baseline"
    TOO_FEW = "too_few"  # sends, needed
    AS_USUAL = "as_usual"  # rate, baseline (percent), sends
    URGENCY = "urgency"  # minutes until the soonest expiry
    AGE = "age"  # hours since the oldest unserved failure
    REPEAT = "repeat"  # times reopened
    FLOOR = "floor"  # handling_level


THRESHOLDS = {Tier.S1: 85, Tier.S2: 60, Tier.S3: 30, Tier.S4: 0}
FLOOR_TIER = Tier.S2
FLOOR_HANDLING_LEVEL = 4  # "urgent person" in the vocabulary of causes

PURPOSE_POINTS = {"security": 40, "transactional": 25, "social": 10, "marketing": 0}
REACH_MAX = 40
DEPARTURE_MAX = 30
DEPARTURE_MIN_SENDS = 30  # below this a rate says nothing
DEPARTURE_P = 0.01
BASELINE_LEAST = 0.005  # a baseline of nothing would make every failure a catastrophe
URGENCY_STEPS = (
    (timedelta(minutes=15), 15),
    (timedelta(hours=2), 10),
    (timedelta(hours=24), 5),
)
# 5 * floor(log2(1 + hours)), at most 15: the points rise when these ages are reached.
AGE_STEPS = (
    (timedelta(hours=7), 15),
    (timedelta(hours=3), 10),
    (timedelta(hours=1), 5),
)
REPEAT_POINTS, REPEAT_MAX = 5, 10

FALL_MARGIN = 5  # points under the threshold; keeps a score at the edge from flapping
FALL_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Departure:
    """Failures among sends now, and in the baseline that they are held against."""

    failed: int
    sends: int
    baseline_failed: int
    baseline_sends: int


@dataclass(frozen=True, slots=True)
class SeverityFacts:
    """What is known about the unserved people of one ticket.

    ``purpose`` is the strongest in the group; ``unserved`` counts people;
    ``soonest_expiry`` is the next expiry that is still ahead, ``oldest_failure`` the
    time of the oldest failure of a person not yet served (both UTC, None = none).
    """

    purpose: str
    unserved: int
    handling_level: int
    reopenings: int = 0
    oldest_failure: datetime | None = None
    soonest_expiry: datetime | None = None
    departure: Departure | None = None


class StoredReason(TypedDict):
    """A reason as a JSON column holds it."""

    code: str
    points: int
    params: dict[str, Param]


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the score, with the facts that its sentence needs."""

    code: ReasonCode
    points: int
    params: Mapping[str, Param] = field(default_factory=dict)

    def to_json(self) -> StoredReason:
        """Return a value for a JSON column; ``from_json`` reads it back."""
        return {
            "code": str(self.code),
            "points": self.points,
            "params": dict(self.params),
        }

    @classmethod
    def from_json(cls, stored: StoredReason) -> Self:
        """Read what ``to_json`` wrote; raises ``ValueError`` for an unknown code."""
        return cls(ReasonCode(stored["code"]), stored["points"], stored["params"])


@dataclass(frozen=True, slots=True)
class Severity:
    """A tier with the score and the reasons that gave it; points add up to score."""

    tier: Tier
    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """The tier a ticket shows, and since when its score asks for a lower one.

    ``falls_at`` is when the lower tier takes effect if nothing changes until then.
    """

    tier: Tier
    below_since: datetime | None
    falls_at: datetime | None


def strongest(purposes: list[str]) -> str:
    """Return the purpose that weighs most; ``transactional`` if none is given."""
    known = [each for each in purposes if each in PURPOSE_POINTS]
    return max(known, key=PURPOSE_POINTS.__getitem__, default="transactional")


def judge(facts: SeverityFacts, *, now: datetime) -> Severity:
    """Weigh the facts at ``now`` (UTC); raises ``KeyError`` for an unknown purpose."""
    reasons = [
        Reason(
            ReasonCode.PURPOSE,
            PURPOSE_POINTS[facts.purpose],
            {"purpose": str(facts.purpose)},
        ),
        _reach(facts.unserved),
        _departure(facts.departure),
        _urgency(facts.soonest_expiry, now),
        _age(facts.oldest_failure, now),
        Reason(
            ReasonCode.REPEAT,
            min(REPEAT_MAX, REPEAT_POINTS * facts.reopenings),
            {"times": facts.reopenings},
        ),
    ]
    score = sum(reason.points for reason in reasons)
    tier = next(tier for tier, least in THRESHOLDS.items() if score >= least)
    if facts.handling_level >= FLOOR_HANDLING_LEVEL and tier > FLOOR_TIER:
        tier = FLOOR_TIER
        reasons.append(
            Reason(ReasonCode.FLOOR, 0, {"handling_level": facts.handling_level})
        )
    return Severity(tier, score, tuple(reasons))


def settle(
    previous: Tier | None,
    below_since: datetime | None,
    severity: Severity,
    now: datetime,
) -> Settled:
    """Let a tier rise at once and fall only after 15 min well under its threshold.

    ``previous`` and ``below_since`` are what the ticket holds (None for a new one).
    """
    if previous is None or severity.tier <= previous:
        return Settled(severity.tier, None, None)
    if severity.score > THRESHOLDS[previous] - FALL_MARGIN:
        return Settled(previous, None, None)
    since = below_since or now
    if now - since >= FALL_AFTER:
        return Settled(severity.tier, None, None)
    return Settled(previous, since, since + FALL_AFTER)


def rejudge_at(facts: SeverityFacts, now: datetime) -> datetime | None:
    """Return when time alone changes the score next, or None if it never will."""
    steps: list[datetime] = []
    if facts.oldest_failure is not None:
        steps += [facts.oldest_failure + age for age, _ in AGE_STEPS]
    if facts.soonest_expiry is not None:
        steps += [facts.soonest_expiry - left for left, _ in URGENCY_STEPS]
        # Just past its expiry a message cannot be served any more.
        steps.append(facts.soonest_expiry + timedelta.resolution)
    return min((step for step in steps if step > now), default=None)


def _reach(unserved: int) -> Reason:
    points = min(REACH_MAX, round(10 * log10(max(1, unserved))))
    return Reason(ReasonCode.REACH, points, {"people": unserved})


def _departure(departure: Departure | None) -> Reason:
    if departure is None or departure.baseline_sends < DEPARTURE_MIN_SENDS:
        return Reason(ReasonCode.NO_BASELINE, 0)
    if departure.sends < DEPARTURE_MIN_SENDS:
        params = {"sends": departure.sends, "needed": DEPARTURE_MIN_SENDS}
        return Reason(ReasonCode.TOO_FEW, 0, params)
    rate = departure.failed / departure.sends
    baseline = departure.baseline_failed / departure.baseline_sends
    shown: dict[str, Param] = {
        "rate": round(100 * rate, 1),
        "baseline": round(100 * baseline, 1),
        "sends": departure.sends,
    }
    if rate <= baseline or _chance(departure) >= DEPARTURE_P:
        return Reason(ReasonCode.AS_USUAL, 0, shown)
    points = round(8 * log2(rate / max(baseline, BASELINE_LEAST)))
    return Reason(ReasonCode.DEPARTURE, max(0, min(DEPARTURE_MAX, points)), shown)


def _chance(departure: Departure) -> float:
    """Return the p-value of the two-sided two-proportion z-test (pooled)."""
    n, m = departure.sends, departure.baseline_sends
    pooled = (departure.failed + departure.baseline_failed) / (n + m)
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    if not error:
        return 1.0
    gap = departure.failed / n - departure.baseline_failed / m
    return erfc(abs(gap) / error / sqrt(2))


def _urgency(expiry: datetime | None, now: datetime) -> Reason:
    if expiry is None or expiry < now:
        return Reason(ReasonCode.URGENCY, 0)
    left = expiry - now
    points = next((points for step, points in URGENCY_STEPS if left <= step), 0)
    return Reason(ReasonCode.URGENCY, points, {"minutes": left // timedelta(minutes=1)})


def _age(oldest: datetime | None, now: datetime) -> Reason:
    if oldest is None:
        return Reason(ReasonCode.AGE, 0, {"hours": 0})
    age = max(now - oldest, timedelta(0))
    points = next((points for step, points in AGE_STEPS if age >= step), 0)
    return Reason(ReasonCode.AGE, points, {"hours": age // timedelta(hours=1)})
