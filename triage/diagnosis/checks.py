"""What do our own records say about the cause? They outweigh what others write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import log

from deliveries import taxonomy
from triage.diagnosis import outcomes
from triage.diagnosis.evidence import Bundle, Evidence, Param, Reason, Vote
from triage.diagnosis.outcomes import Check, Outcome

VERSION = 2

# Above what codes and words together reach: a fact is not a reading of a text. Between
# facts: what arrived did not fail; an order not to send outlives an expiry.
DELIVERED = 12.0
SUPPRESSED = 10.0
EXPIRED = 8.0
SUPERSEDED = 7.5

# What is usual among others, or earlier, makes a cause likelier or less likely; it
# takes no clear reading of the answer away.
OUTAGE_ALONE = 1.6  # nothing came back at all: more than "cannot be told"
OUTAGE_UNCLEAR = 0.8  # what came back says nothing clear: less, a person reads it
OUTAGE_BESIDE = 0.6
OUTAGE_AGAINST_PERSON = -0.8
LASTING = -0.8
REFUSED_BEFORE = -0.8
ARRIVED_BEFORE = -0.7
REPEATED = 0.2  # times the logarithm of how often
SYMPTOM_ALONE = 0.3
SYMPTOM_BESIDE = 0.3
EXPIRES_SOON = 0.3

CLEAR = 1.0  # a voice above it explains the failure
MOST_REPEATED = 20


def judge(evidence: Evidence) -> Iterator[Vote]:
    """Yield a vote for every fact that explains the failure by itself."""
    facts = evidence.facts
    if facts.delivered:
        yield _vote("notice.delivered", DELIVERED, "delivered")
    if facts.suppressed:
        yield _vote("consent.suppressed", SUPPRESSED, "suppressed")
    if facts.expired:
        yield _vote("network.expired", EXPIRED, "expired")
    if facts.superseded:
        yield _vote("network.expired", SUPERSEDED, "superseded")
    if evidence.silent:
        yield from _of_silence(evidence)


def _of_silence(evidence: Evidence) -> Iterator[Vote]:
    """What may explain a failure of which no answer tells: hints, no more."""
    for vote in outcomes.of_log(evidence):
        reason = replace(vote.reason, bundle=Bundle.LOG, code="log_words")
        yield replace(vote, reason=reason)
    if evidence.symptom in _OF_SYMPTOM:
        category = _OF_SYMPTOM[evidence.symptom]
        yield _vote(category, SYMPTOM_ALONE, "symptom", symptom=evidence.symptom)
    if evidence.facts.expires_soon:
        yield _vote("network.expired", EXPIRES_SOON, "expires_soon")


def weigh(evidence: Evidence, votes: Sequence[Vote]) -> Iterator[Vote]:
    """Yield what we know for and against the causes that others have voted for.

    Nothing is held against a cause that nobody named. Every vote names its fact.
    """
    said: dict[str, float] = {}
    for vote in votes:
        if vote.weight > 0:
            said[vote.category] = max(vote.weight, said.get(vote.category, 0.0))
    held = {
        check.code: check
        for check in outcomes.run(evidence)
        if check.outcome is Outcome.HELD
    }
    yield from _of_outage(held.get("outage"), said, silent=evidence.silent)
    for category in said:
        yield from _of_history(category, held)
        family = category.partition(".")[0]
        if family in _SYMPTOM_FITS.get(evidence.symptom, ()) and not evidence.silent:
            params = {"symptom": evidence.symptom}
            yield _vote(category, SYMPTOM_BESIDE, "symptom", **params)
    if said and "repeated" in held:
        strongest = max(said, key=lambda category: (said[category], category))
        times = int(held["repeated"].params["times"])
        weight = REPEATED * log(min(times, MOST_REPEATED))
        yield _vote(strongest, weight, "repeated", times=times)


def _of_outage(
    outage: Check | None, said: Mapping[str, float], *, silent: bool
) -> Iterator[Vote]:
    if outage is None:
        return
    params = outage.params
    if max(said.values(), default=0.0) < CLEAR:
        weight = OUTAGE_ALONE if silent else OUTAGE_UNCLEAR
        yield _vote("server.unavailable", weight, "outage", **params)
    for category in said:
        family = category.partition(".")[0]
        if family == "recipient":
            yield _vote(category, OUTAGE_AGAINST_PERSON, "outage", **params)
        elif family in ("network", "server") and said[category] >= CLEAR:
            yield _vote(category, OUTAGE_BESIDE, "outage", **params)


def _of_history(category: str, held: Mapping[str, Check]) -> Iterator[Vote]:
    safe = taxonomy.load().get(category).retry_class is taxonomy.RetryClass.SAFE
    if safe and "lasting" in held:
        yield _vote(category, LASTING, "lasting", **held["lasting"].params)
    if safe and "refused_before" in held:
        params = held["refused_before"].params
        yield _vote(category, REFUSED_BEFORE, "refused_before", **params)
    if category in _NOBODY_THERE and "arrived_before" in held:
        yield _vote(category, ARRIVED_BEFORE, "arrived_before")


def _vote(category: str, weight: float, fact: str, **params: Param) -> Vote:
    reason = Reason(
        rule=f"fact.{fact}",
        version=VERSION,
        code=f"fact_{fact}",
        params={"fact": fact, **params},
        bundle=Bundle.FACT,
    )
    return Vote(category, weight, reason)


_NOBODY_THERE = (
    "recipient.unknown",
    "recipient.domain_unknown",
    "recipient.address_invalid",
)
# What a person sees hints at a cause where nothing else does ...
_OF_SYMPTOM = {
    "delayed": "notice.delayed",
    "wrong_content": "content.template_invalid",
    "duplicate": "notice.delivered",
    "blocked": "reputation.policy_rejected",
}
# ... and goes well with the causes of some families.
_SYMPTOM_FITS = {
    "delayed": ("network", "server", "rate"),
    "wrong_content": ("content",),
    "blocked": ("reputation", "consent"),
}
