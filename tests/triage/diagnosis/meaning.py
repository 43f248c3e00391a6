"""What do the words of an answer say by themselves, without codes and our records?"""

import json
from collections import defaultdict
from pathlib import Path

from deliveries import taxonomy
from triage.diagnosis import phrases
from triage.diagnosis.evidence import Evidence, Vote
from triage.diagnosis.weighing import UNKNOWN_SCORE

SENTENCES = Path(__file__).with_name("sentences")


def sentences(family: str) -> list[tuple[str, str, list[str]]]:
    """The channels, the causes and the sentences that were written for a family."""
    stored = json.loads((SENTENCES / f"{family}.json").read_text(encoding="utf-8"))
    return [
        (channel, category, says)
        for channel, causes in stored.items()
        for category, says in causes.items()
    ]


def votes(answer: str, channel: str = "email") -> list[Vote]:
    """What the judge of phrases makes of an answer."""
    evidence = Evidence(channel, "northpost", "never_arrived", answer)
    return list(phrases.judge(evidence, ()))


def scores(answer: str, channel: str = "email") -> dict[str, float]:
    """The weightiest voice for each cause that the words speak for."""
    found: defaultdict[str, float] = defaultdict(float)
    for vote in votes(answer, channel):
        found[vote.category] = max(found[vote.category], vote.weight)
    return dict(found)


def meaning(answer: str, channel: str = "email") -> str:
    """The cause that the words speak for most, or that it cannot be told."""
    found = scores(answer, channel)
    best = max(found, key=lambda category: found[category], default=taxonomy.UNKNOWN)
    return best if found.get(best, 0.0) > UNKNOWN_SCORE else taxonomy.UNKNOWN
