"""How is the learned judge taught? By failures whose causes are known.

A softmax regression over hashed features, fitted by AdaGrad in an order that a seed
decides: the same examples make the same model. Pure Python; about a second for a
thousand examples.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, sqrt

from triage.diagnosis.learned import Model

ROUNDS = 5  # passes over the examples
STEP = 1.0
DECAY = 3e-3  # of a weight, per step: keeps rare features small
CAUTION = 0.1  # the first steps of a weight are not the widest
NEGLIGIBLE = 0.004  # a share of a cause that is not worth a step
FEWEST = 2  # sources that must show a feature before it may speak
MOST_WEIGHTS = 90_000  # the greatest are kept: about 300 kB of text


@dataclass(frozen=True, slots=True)
class Example:
    """Features of a failure, the causes that are right (the first is the best), ...

    ``share`` is how much it counts, and ``source`` who wrote the text: a feature of one
    source alone is taken for its own spelling.
    """

    keys: tuple[int, ...]
    causes: tuple[str, ...]
    source: str
    share: float = 1.0


def train(
    examples: Sequence[Example],
    *,
    seed: int = 7,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Model:
    """Fit a model; ``told`` hears how many of how many rounds are done."""
    causes = sorted({example.causes[0] for example in examples})
    known = _shared(examples)
    kept = [
        (tuple(key for key in each.keys if key in known), each) for each in examples
    ]
    kept = [(keys, each) for keys, each in kept if keys]
    fit = _Fit(causes, known)
    order = list(range(len(kept)))
    rng = random.Random(seed)  # noqa: S311 (an order, not a secret)
    for done in range(ROUNDS):
        rng.shuffle(order)
        for at in order:
            fit.step(*kept[at])
        told(done + 1, ROUNDS)
    return fit.model()


def _shared(examples: Sequence[Example]) -> set[int]:
    sources: defaultdict[int, set[str]] = defaultdict(set)
    for example in examples:
        for key in example.keys:
            if len(sources[key]) < FEWEST:
                sources[key].add(example.source)
    return {key for key, seen in sources.items() if len(seen) >= FEWEST}


class _Fit:
    """The weights while they are fitted: a row of one weight a cause per feature."""

    def __init__(self, causes: list[str], known: set[int]) -> None:
        self._causes = causes
        self._number = {cause: at for at, cause in enumerate(causes)}
        width = len(causes)
        self._bias = [0.0] * width
        self._rows = {key: [0.0] * width for key in sorted(known)}
        self._squares = {key: [CAUTION] * width for key in known}

    def step(self, keys: Sequence[int], example: Example) -> None:
        """Move the weights towards the right causes of one example."""
        size = 1 / sqrt(len(keys))
        rows = [self._rows[key] for key in keys]
        sums = map(sum, zip(*rows, strict=True))
        scores = [b + size * s for b, s in zip(self._bias, sums, strict=True)]
        highest = max(scores)
        odds = [exp(score - highest) for score in scores]
        whole = sum(odds)
        shares = [each / whole for each in odds]
        wanted = self._wanted(example.causes, shares)
        for at, share in enumerate(shares):
            slope = share - wanted.get(at, 0.0)
            if abs(slope) < NEGLIGIBLE:
                continue
            slope *= example.share
            self._bias[at] -= 0.05 * slope
            pull = slope * size
            for key, row in zip(keys, rows, strict=True):
                squares = self._squares[key]
                squares[at] += pull * pull
                weight = row[at]
                row[at] = weight - STEP * (pull + DECAY * weight) / sqrt(squares[at])

    def _wanted(
        self, causes: Sequence[str], shares: Sequence[float]
    ) -> dict[int, float]:
        right = [self._number[each] for each in causes if each in self._number]
        if len(right) == 1:
            return {right[0]: 1.0}
        # Half to the best, half to whichever of the right ones is believed already.
        whole = sum(shares[at] for at in right) or 1.0
        wanted = {at: 0.5 * shares[at] / whole for at in right}
        wanted[right[0]] += 0.5
        return wanted

    def model(self) -> Model:
        """Return what was learned, without what is negligible."""
        sizes = [abs(weight) for row in self._rows.values() for weight in row]
        sizes.sort(reverse=True)
        least = sizes[MOST_WEIGHTS] if len(sizes) > MOST_WEIGHTS else 0.0
        rows = {}
        for key, row in self._rows.items():
            kept = tuple(weight if abs(weight) > least else 0.0 for weight in row)
            if any(kept):
                rows[key] = kept
        return Model(tuple(self._causes), tuple(self._bias), rows)


def counts(examples: Sequence[Example]) -> Counter[str]:
    """Return how many examples each cause has."""
    return Counter(example.causes[0] for example in examples)
