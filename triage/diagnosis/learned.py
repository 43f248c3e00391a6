"""What would an answer with such words and codes mean, by the failures seen before?

A linear model over hashed features. It speaks where no rule speaks clearly; it names
words that carry what it says, or it is silent.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from math import exp, log, sqrt
from operator import mul
from typing import TypeAlias

from deliveries import taxonomy
from deliveries.readers import Reading
from triage.diagnosis import moods
from triage.diagnosis.evidence import Bundle, Evidence, Reason, Vote
from triage.diagnosis.features import (
    LONGEST_ROW,
    MOST_WORDS,
    Feature,
    Place,
    features,
)
from triage.diagnosis.words import Word, words

Row: TypeAlias = tuple[float, ...]

VERSION = 1
RULE = "learned"

# A vote of this weight says enough by itself: the judge is silent beside it.
CLEAR = 1.5
# The vote of a share of 1. Less than a clear one, so that what takes the place of clear
# words that are taken away never makes up for them.
WEIGHT = 1.49
LEAST_SHARE = 0.12  # of a cause that is worth a vote
MOST_VOTES = 1
FEWEST_KNOWN = 2  # features of words; with fewer the model guesses
# Characters that hold more words than the model looks at, in almost any text.
FARTHEST = 16 * MOST_WORDS
REPEATED = 0.05  # what comes again says a little more, so that it too can be missed
MOST_TRIED = 6  # places that may turn out not to carry the vote
LONGEST_QUOTE = 80  # characters that a reason repeats


@dataclass(frozen=True, slots=True)
class Model:
    """Weights: feature -> one for each cause, in their order; so is ``bias``."""

    causes: tuple[str, ...]
    bias: Row
    rows: Mapping[int, Row]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model makes of an answer before anything is asked of its reasons.

    ``sums`` are what the known features add up to for each cause, in the order of the
    model, and ``shares`` what that makes of one whole.
    """

    known: tuple[Feature, ...]
    sums: Row
    shares: Row

    @property
    def guesses(self) -> bool:
        """Whether too little of the answer is known to the model."""
        return sum(bool(each.places) for each in self.known) < FEWEST_KNOWN


@dataclass(frozen=True, slots=True)
class Heard:
    """What another judge has read for ``category``; the span is one of the answer.

    What was read elsewhere has none.
    """

    category: str
    weight: float
    start: int = 0
    end: int = 0


def opinion(model: Model, found: Sequence[Feature]) -> Opinion:
    """Return how the model divides one whole among its causes."""
    known = tuple(each for each in found if each.key in model.rows)
    rows = [model.rows[each.key] for each in known]
    for feature in known:
        if len(feature.places) > 1:
            worth = REPEATED * log(len(feature.places))
            rows.append(tuple(worth * each for each in model.rows[feature.key]))
    sums = tuple(map(sum, zip(*rows, strict=True))) or (0.0,) * len(model.causes)
    return Opinion(known, sums, _shares(model, sums, len(known)))


def judge(
    model: Model, evidence: Evidence, reading: Reading, heard: Sequence[Heard]
) -> Iterator[Vote]:
    """Yield a vote for the cause that the model believes in, or none.

    Where another judge has spoken clearly there is none. A vote names words that its
    cause was heard in, or no other, and without which its share would be smaller; a
    cause without such words gets no vote.
    """
    if any(each.weight >= CLEAR for each in heard):
        return
    text = words(evidence.answer[:FARTHEST])[:MOST_WORDS]
    told = opinion(model, features(evidence, reading, text))
    if told.guesses:
        return
    ranked = sorted(range(len(told.shares)), key=lambda at: -told.shares[at])
    for at in ranked[:MOST_VOTES]:
        cause, share = model.causes[at], told.shares[at]
        if share < LEAST_SHARE or cause == taxonomy.UNKNOWN:
            continue
        free = _free(text, cause, heard)
        others = (
            place
            for place in _ranked(model, told, at, free)
            if not moods.denied(evidence.answer, text, place[0], ())
        )
        span = _carrying(model, told, at, chain(_own(text, cause, heard), others))
        if span:
            yield Vote(cause, WEIGHT * share, _reason(evidence, text, cause, span))


def _shares(model: Model, sums: Row, known: int) -> Row:
    size = 1 / sqrt(max(known, 1))
    scores = [bias + size * each for bias, each in zip(model.bias, sums, strict=True)]
    highest = max(scores)
    odds = [exp(score - highest) for score in scores]
    whole = sum(odds)
    return tuple(each / whole for each in odds)


def _free(text: Sequence[Word], cause: str, heard: Sequence[Heard]) -> list[bool]:
    """Say of each word whether it may be named for a cause.

    Not if another cause was heard in it, nor if it denies or supposes: without such a
    word others would say more.
    """
    others = [each for each in heard if each.category != cause]
    return [
        word.text not in _TURNS
        and not any(word.start < each.end and each.start < word.end for each in others)
        for word in text
    ]


_TURNS = moods.DENIALS | moods.SUPPOSITIONS


def _own(text: Sequence[Word], cause: str, heard: Sequence[Heard]) -> Iterator[Place]:
    """Yield the words that its cause was heard in: two judges name the same words."""
    for each in heard:
        inside = [
            at
            for at, word in enumerate(text)
            if each.start <= word.start and word.end <= each.end
        ]
        if each.category == cause and inside:
            yield inside[0], inside[-1] + 1


def _ranked(
    model: Model, told: Opinion, at: int, free: Sequence[bool]
) -> Iterator[Place]:
    """Yield the words that add to a cause, the ones that add most first."""
    gains = _gains(model, told, at)
    for place in sorted(gains, key=lambda place: (-gains[place], place)):
        if gains[place] > 0 and all(free[place[0] : place[1]]):
            yield place


def _carrying(
    model: Model, told: Opinion, at: int, places: Iterable[Place]
) -> Place | None:
    """Return the first place without whose words the cause would have less."""
    for first, last in islice(places, MOST_TRIED):
        if _without(model, told, first, last)[at] < told.shares[at]:
            return first, last
    return None


def _gains(model: Model, told: Opinion, at: int) -> dict[Place, float]:
    """Return, for each row of words, what its features add to one cause.

    What a feature adds is its weight for the cause less its mean weight for all
    causes, each counted by its share.
    """
    gains: defaultdict[Place, float] = defaultdict(float)
    for key, places in told.known:
        row = model.rows[key]
        gain = row[at] - sum(map(mul, told.shares, row)) if places else 0.0
        for place in places:
            gains[place] += gain / len(places)
    return {
        (first, last): sum(
            gains.get((start, end), 0.0)
            for start in range(first, last)
            for end in range(start + 1, min(start + LONGEST_ROW, last) + 1)
        )
        for first, last in gains
    }


def _without(model: Model, told: Opinion, first: int, last: int) -> Row:
    """Return the shares that are left when some words are taken away."""
    sums, known = told.sums, len(told.known)
    for key, places in told.known:
        left = [place for place in places if place[1] <= first or place[0] >= last]
        if len(left) < len(places):
            lost = _worth(places) - _worth(left)
            known -= not left
            sums = tuple(
                total - lost * weight
                for total, weight in zip(sums, model.rows[key], strict=True)
            )
    return _shares(model, sums, known)


def _worth(places: Sequence[Place]) -> float:
    """Return how much a feature counts that stands in so many places."""
    return 1 + REPEATED * log(len(places)) if places else 0.0


def _reason(
    evidence: Evidence, text: Sequence[Word], cause: str, span: Place
) -> Reason:
    start, end = text[span[0]].start, text[span[1] - 1].end
    quote = " ".join(evidence.answer[start:end].split())
    return Reason(
        rule=RULE,
        version=VERSION,
        code="learned_words",
        params={"words": quote[:LONGEST_QUOTE], "category": cause},
        bundle=Bundle.ANSWER,
        start=start,
        end=end,
    )
