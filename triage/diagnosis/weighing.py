"""How much does each cause weigh when all judges have voted, and how sure is that?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import exp

from deliveries import taxonomy
from triage.diagnosis.calibration import Calibration, Signals, odds_of
from triage.diagnosis.evidence import Bundle, Vote

# The score of "cannot be told": a cause must say more than this to come first. At 1.0 a
# class of codes alone does not reach it, one clear wording does.
UNKNOWN_SCORE = 1.0
# Each further voice on a side counts half of the one before: voices of one answer
# are not independent. With one half, taking any voice away always lowers the score.
FURTHER = 0.5

STRONG = 4.0  # about the strongest vote that codes, words or learning give


def scores(votes: Iterable[Vote]) -> dict[str, float]:
    """Add up what speaks for each cause and take away what speaks against it."""
    voices: defaultdict[str, list[float]] = defaultdict(list)
    for vote in votes:
        voices[vote.category].append(vote.weight)
    summed = {taxonomy.UNKNOWN: UNKNOWN_SCORE}
    for category, weights in voices.items():
        said_for = _fading(weight for weight in weights if weight > 0)
        said_against = _fading(-weight for weight in weights if weight < 0)
        summed[category] = summed.get(category, 0.0) + said_for - said_against
    return summed


def shares(votes: Iterable[Vote]) -> dict[str, float]:
    """Divide one whole among the causes that were voted for, and the unknown."""
    summed = scores(votes)
    highest = max(summed.values())
    odds = {category: exp(score - highest) for category, score in summed.items()}
    total = sum(odds.values())
    return {category: each / total for category, each in odds.items()}


def confidences(
    order: Sequence[str],
    divided: Mapping[str, float],
    votes: Sequence[Vote],
    curve: Calibration,
) -> dict[str, float]:
    """Return how sure each cause is; ``order`` is by share, the greatest first.

    The first has the calibrated probability of its family, the others what is left in
    proportion to their shares, and none more than the first. The unknown is no claim,
    so it keeps its share.
    """
    first = order[0]
    if first == taxonomy.UNKNOWN:
        return dict(divided)
    sure = curve.confidence(signals(first, divided, votes))
    rest = 1 - divided[first]
    left = (1 - sure) / rest if rest else 0.0
    return {
        category: sure if category == first else min(sure, left * divided[category])
        for category in order
    }


def signals(first: str, divided: Mapping[str, float], votes: Sequence[Vote]) -> Signals:
    """Return what the weighing looks like from the first cause.

    A vote for a cause of the same family is no rival: the confidence is the family's.
    Nor does it make the first surer, else a second cause would gain by losing evidence.
    """
    family = _family(first)
    ours: defaultdict[str, float] = defaultdict(float)
    rival = 0.0
    for vote in votes:
        if vote.category == first:
            kind = _kind(vote)
            ours[kind] = max(ours[kind], vote.weight / STRONG)
        elif _family(vote.category) != family and vote.category != taxonomy.UNKNOWN:
            rival = max(rival, vote.weight / STRONG)
    return Signals(
        odds=odds_of(divided[first]),
        worded=min(ours["worded"], 1.0),
        coded=min(ours["coded"], 1.0),
        learned=min(ours["learned"], 1.0),
        unrivalled=1 - min(rival, 1.0),
        known=float(ours["known"] > 0),
    )


def _family(category: str) -> str:
    return category.partition(".")[0]


def _kind(vote: Vote) -> str:
    reason = vote.reason
    if reason.bundle == Bundle.FACT:
        return "known"
    if reason.code == "learned_words":
        return "learned"
    return "worded" if reason.code.endswith("_words") else "coded"


def _fading(weights: Iterable[float]) -> float:
    ranked = sorted(weights, reverse=True)
    return sum(weight * FURTHER**place for place, weight in enumerate(ranked))
