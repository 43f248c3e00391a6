"""How often is a verdict right that looks like this one?

A logistic curve over a few signals of the weighing, fitted to verdicts on failures that
neither the model nor the curve had seen; a verdict is right if its family is. Every
signal rises with what speaks for the first cause and no weight is negative, so less
evidence is never surer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import exp, log

LEAST_SHARE = 1e-4  # keeps the odds finite
ROUNDS = 25  # over all weights
SHRINK = 0.5  # of a weight against one verdict: few verdicts teach few signals
# No verdict is surer: even unanimous evidence is wrong once in a hundred times.
HIGHEST = 0.99


@dataclass(frozen=True, slots=True)
class Signals:
    """What the weighing looked like for the first cause.

    ``odds`` is the logarithm of the cause's share against all others. ``worded``,
    ``coded`` and ``learned`` are the strongest votes for it, ``known`` tells of a fact;
    ``unrivalled`` falls with the strongest vote for another family. All but the odds
    lie in 0..1.
    """

    odds: float
    worded: float
    coded: float
    learned: float
    unrivalled: float
    known: float


NAMES = tuple(field.name for field in fields(Signals))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curve: a weight for each signal, in the order of ``Signals``, and a bias."""

    bias: float
    weights: tuple[float, ...]

    def confidence(self, signals: Signals) -> float:
        """Return the probability that the family is right, in 0..1."""
        return HIGHEST * _logistic(self.bias + _dot(self.weights, _values(signals)))


def odds_of(share: float) -> float:
    """Return the logarithm of the odds of a share, within bounds."""
    bounded = min(max(share, LEAST_SHARE), 1 - LEAST_SHARE)
    return log(bounded / (1 - bounded))


def fit(seen: Sequence[tuple[Signals, bool]]) -> Calibration:
    """Fit the curve to verdicts and whether each was right.

    Lowers the logarithmic loss by a Newton step in one weight after another; the same
    verdicts give the same curve. Without verdicts the curve says one half.
    """
    rows = [((1.0, *_values(signals)), float(right)) for signals, right in seen]
    weights = [0.0] * (1 + len(NAMES))
    scores = [0.0] * len(rows)
    for _ in range(ROUNDS):
        for at in range(len(weights)):
            slope, bend = SHRINK * weights[at], SHRINK
            for (values, right), score in zip(rows, scores, strict=True):
                share = _logistic(score)
                slope += (share - right) * values[at]
                bend += share * (1 - share) * values[at] ** 2
            moved = weights[at] - slope / bend
            moved = moved if at == 0 else max(0.0, moved)
            step, weights[at] = moved - weights[at], moved
            scores = [
                score + step * values[at]
                for (values, _), score in zip(rows, scores, strict=True)
            ]
    return Calibration(weights[0], tuple(weights[1:]))


def _values(signals: Signals) -> tuple[float, ...]:
    return tuple(getattr(signals, name) for name in NAMES)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _logistic(score: float) -> float:
    return 1 / (1 + exp(-score)) if score > -700 else 0.0
