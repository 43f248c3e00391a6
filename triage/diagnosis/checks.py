"""What do our own records say about the cause? They outweigh what others write."""

from collections.abc import Iterator

from triage.diagnosis.evidence import Bundle, Evidence, Reason, Vote

VERSION = 1

# Above what codes and words together reach: a fact is not a reading of a text. Between
# facts: what arrived did not fail; an order not to send outlives an expiry.
DELIVERED = 12.0
SUPPRESSED = 10.0
EXPIRED = 8.0
SUPERSEDED = 7.5


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


def _vote(category: str, weight: float, fact: str) -> Vote:
    reason = Reason(
        rule=f"fact.{fact}",
        version=VERSION,
        code=f"fact_{fact}",
        params={"fact": fact},
        bundle=Bundle.FACT,
    )
    return Vote(category, weight, reason)
