"""How good are verdicts on known failures? The definitions of the benchmark's figures.

Families and leaves: the share of failures whose first cause is among those that count
as right; "unknown" is right only where it is accepted. Coverage at a precision: the
greatest share of all failures that the surest verdicts can answer at that precision of
the family; ties of confidence are taken whole. Calibration error: ten bins of equal
width over the verdicts that are an answer, the family against the confidence.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from deliveries import taxonomy

BINS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """A verdict beside what is known of its failure.

    ``accept`` is empty where only ``retry`` is known. ``ms`` is the time it took.
    """

    accept: tuple[str, ...]
    families: tuple[str, ...]
    retry: str
    category: str
    confidence: float
    auto_retry: bool
    ms: float
    whole_mail: bool = False

    @property
    def abstains(self) -> bool:
        """Whether it says that the cause cannot be told, where one could."""
        unknown = taxonomy.UNKNOWN
        return self.category == unknown and unknown not in self.accept

    @property
    def leaf_right(self) -> bool:
        """Whether the cause is among those that are right."""
        return self.category in self.accept

    @property
    def family_right(self) -> bool:
        """Whether the family of the cause is."""
        return not self.abstains and _family(self.category) in self.families


def figures(verdicts: Sequence[Scored]) -> dict[str, float]:
    """Return the figures under the names of the benchmark; needs one known cause."""
    known = [each for each in verdicts if each.accept]
    by_retry: defaultdict[str, list[bool]] = defaultdict(list)
    for each in verdicts:
        by_retry[each.retry].append(each.auto_retry)
    return {
        "family": _mean([each.family_right for each in known]),
        "leaf": _mean([each.leaf_right for each in known]),
        "family_macro_f1": macro_f1(known),
        "false_retries": sum(by_retry["permanent"]),
        "retry_recall": _mean(by_retry["transient"]),
        "conditional_retried": _mean(by_retry["conditional"]),
        "coverage_95": coverage(known, 0.95),
        "coverage_98": coverage(known, 0.98),
        "ece": calibration_error(known),
        "p95_ms_text": _p95([each.ms for each in verdicts if not each.whole_mail]),
        "p95_ms_mail": _p95([each.ms for each in verdicts if each.whole_mail]),
    }


def macro_f1(known: Sequence[Scored]) -> float:
    """Return the mean F1 over the families that were right or answered rightly.

    A verdict in any of the right families counts for the family of the best cause.
    """
    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for each in known:
        best = _family(each.accept[0])
        if each.family_right or _family(each.category) == best:
            hits[best] += 1
        else:
            missed[best] += 1
            wrong[_family(each.category)] += 1
    families = set(hits) | set(missed)
    scores = [
        2 * hits[name] / (2 * hits[name] + wrong[name] + missed[name])
        for name in families
    ]
    return sum(scores) / max(1, len(scores))


def coverage(known: Sequence[Scored], precision: float) -> float:
    """Return the share of failures that can be answered at a family precision."""
    ranked = sorted(
        (each for each in known if not each.abstains), key=lambda each: -each.confidence
    )
    right, covered = 0, 0
    for place, each in enumerate(ranked, 1):
        right += each.family_right
        ends = place == len(ranked) or ranked[place].confidence < each.confidence
        if ends and right / place >= precision:
            covered = place
    return covered / max(1, len(known))


def calibration_error(known: Sequence[Scored]) -> float:
    """Return the mean distance of confidence and truth, over bins of confidence."""
    bins: defaultdict[int, list[Scored]] = defaultdict(list)
    answered = [each for each in known if not each.abstains]
    for each in answered:
        bins[min(BINS - 1, int(each.confidence * BINS))].append(each)
    return sum(
        abs(sum(each.family_right - each.confidence for each in held))
        for held in bins.values()
    ) / max(1, len(answered))


def _family(category: str) -> str:
    return category.partition(".")[0]


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))


def _p95(times: Sequence[float]) -> float:
    ranked = sorted(times)
    return ranked[int(0.95 * len(ranked))] if ranked else 0.0
