"""How sure may we be of a share that was counted on few cases? Pure arithmetic.

What was counted is believed by a Beta posterior over a uniform prior: two of two is
no certainty. What is ranked by is its lower bound, so that a share on many cases goes
before the same share on few.
"""

from math import erfc, exp, lgamma, log, log1p, sqrt

LEVEL = 0.05  # the share of the posterior that lies below its lower bound
_STEPS = 60  # halvings of the interval: more than a double can tell apart
_TERMS = 500
_TINY = 1e-300
_ENOUGH = 1e-14


def mean(successes: int, failures: int) -> float:
    """The mean of the posterior, between 0 and 1."""
    return (successes + 1) / (successes + failures + 2)


def lower_bound(successes: int, failures: int, level: float = LEVEL) -> float:
    """The value below which the true share lies with probability ``level``."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if cumulative(successes + 1, failures + 1, middle) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cumulative(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function (DLMF 8.17)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    scale = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
    # The fraction converges fast on one side of the mean only; DLMF 8.17.4.
    if x < (a + 1) / (a + b + 2):
        return exp(scale) * _fraction(a, b, x) / a
    return 1 - exp(scale) * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of DLMF 8.17.22, by the method of Lentz."""
    numerator, denominator = 1.0, _safe(1 - (a + b) * x / (a + 1))
    denominator = 1 / denominator
    value = denominator
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            denominator = 1 / _safe(1 + coefficient * denominator)
            numerator = _safe(1 + coefficient / numerator)
            change = denominator * numerator
            value *= change
        if abs(change - 1) < _ENOUGH:
            break
    return value


def _safe(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def chance_of_fall(before: tuple[int, int], after: tuple[int, int]) -> float:
    """The probability to see at least this fall of a share by chance alone.

    Each pair is (successes, cases); the pooled two-proportion test, one-sided. 1 where
    either side has no case or nothing differs.
    """
    (good, n), (good_after, n_after) = before, after
    if not n or not n_after:
        return 1.0
    pooled = (good + good_after) / (n + n_after)
    spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_after))
    if not spread:
        return 1.0
    return erfc((good / n - good_after / n_after) / spread / sqrt(2)) / 2
