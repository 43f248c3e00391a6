"""May the machine send the same message again at once, over the same route?

Only if the cause passes by itself, that is sure enough, the answer says so in its own
words or code, and nothing with weight says that it lasts. A message that is sent again
by mistake reaches somebody who must not be reached; one that waits reaches a person.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from deliveries import taxonomy
from deliveries.readers import CodeKind, Reading
from deliveries.taxonomy import RetryClass
from triage.diagnosis.evidence import Evidence, Finding, Vote
from triage.diagnosis.wordings import Tree
from triage.diagnosis.words import words

SOURCE = Path(__file__).with_name("rules") / "passing.json"

# Votes of words and codes for a cause that lasts. About the vote of one weak wording:
# a class of codes alone does not close the gate.
RIVAL = 1.2
RIVAL_SHARE = 0.7  # of the strongest vote for the cause; less is a passing remark
GREYLISTED = "server.greylisted"
# Their other causes pass too, only later, and a notice of delay says that it passes:
# they hold nothing that passes at once.
WAITING_FAMILIES = frozenset({"network", "rate", "notice"})
# Of a code that names a cause which passes, such as 4.3.2 or a provider's own.
TELLING = 1.5
LONGEST_TEXT = 4000  # characters that are searched for words of passing
_DENIALS = frozenset(
    {"not", "don't", "never", "no", "cannot", "nicht", "ne", "не", "勿"}
)
OPINIONS = frozenset(
    {"learned_words"}
)  # a resemblance is no ground to send, or to hold


def allows(
    first: Finding,
    votes: Sequence[Vote],
    evidence: Evidence,
    reading: Reading,
    least: float,
) -> bool:
    """Tell whether the likeliest cause may be answered by sending again at once.

    ``least`` is the confidence below which nothing is sent again.
    """
    if not _passes(first.category) or first.confidence < least:
        return False
    own = max((v.weight for v in votes if _speaks(v, first.category)), default=0.0)
    if any(_holds(vote, first.category, own) for vote in votes):
        return False
    passing = says_passing(evidence.answer)
    if _lasting_class(reading) and not passing:
        return False
    return passing or any(_tells(vote, first.category) for vote in votes)


def says_passing(answer: str) -> bool:
    """Tell whether an answer says in words that the failure will pass."""
    text = words(answer[:LONGEST_TEXT])
    return any(
        not hit.first or text[hit.first - 1].text not in _DENIALS
        for hit in _tree().find(text)
    )


def _passes(category: str) -> bool:
    return taxonomy.load().get(category).retry_class is RetryClass.SAFE


def _speaks(vote: Vote, category: str) -> bool:
    return vote.category == category and vote.reason.code not in OPINIONS


def _holds(vote: Vote, category: str, own: float) -> bool:
    """Whether a vote with weight, beside that for the cause, says that it lasts."""
    if vote.reason.code in OPINIONS or vote.weight < max(RIVAL, RIVAL_SHARE * own):
        return False
    family = vote.category.partition(".")[0]
    if family in WAITING_FAMILIES or _passes(vote.category):
        return False
    # Who greylists often says "blocked" or "listed" in the same breath.
    return not (category == GREYLISTED and family == "reputation")


def _tells(vote: Vote, category: str) -> bool:
    """Whether a vote is reason enough by itself: words or a code of this cause."""
    return _speaks(vote, category) and vote.weight >= TELLING


def _lasting_class(reading: Reading) -> bool:
    """Whether the codes of mail call the failure permanent, and none temporary."""
    classes = {
        code.value[0]
        for code in reading.codes
        if code.kind in (CodeKind.ENHANCED, CodeKind.SMTP)
    }
    return "5" in classes


@cache
def _tree() -> Tree:
    stored: dict[str, dict[str, list[str]]] = json.loads(
        SOURCE.read_text(encoding="utf-8")
    )
    tree = Tree({})
    for wordings in stored["says"].values():
        for wording in wordings:
            tree.add(0, wording)
    return tree
