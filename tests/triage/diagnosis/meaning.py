"""What do the words of an answer say by themselves, without codes and our records?"""

from collections import defaultdict

from deliveries import taxonomy
from triage.diagnosis import phrases
from triage.diagnosis.engine import UNKNOWN_SCORE
from triage.diagnosis.evidence import Evidence


def scores(answer: str, channel: str = "email") -> dict[str, float]:
    """The weights of all causes that the words of an answer speak for."""
    evidence = Evidence(channel, "northpost", "never_arrived", answer)
    found: defaultdict[str, float] = defaultdict(float)
    for vote in phrases.judge(evidence, ()):
        found[vote.category] = max(found[vote.category], vote.weight)
    return found


def meaning(answer: str, channel: str = "email") -> str:
    """The cause that the words speak for most, or that it cannot be told."""
    found = scores(answer, channel)
    best = max(found, key=lambda category: found[category], default=taxonomy.UNKNOWN)
    return best if found.get(best, 0.0) > UNKNOWN_SCORE else taxonomy.UNKNOWN
