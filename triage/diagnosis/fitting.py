"""How are model, curve and threshold fitted together, and judged on what they miss?

All cases of one group, such as a provider, lie in one fold. The curve and the threshold
are fitted to verdicts on failures whose group the model had not seen: so are those of
tomorrow.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deliveries import taxonomy
from triage.diagnosis import calibration, engine, training, weighing
from triage.diagnosis.calibration import Calibration
from triage.diagnosis.engine import Weighed
from triage.diagnosis.evidence import Verdict
from triage.diagnosis.fitted import Fitted
from triage.diagnosis.learned import Model
from triage.diagnosis.lessons import Case, of_case
from triage.diagnosis.training import Example

FOLDS = 6
# The gate's threshold: never below the first, and above what was sent again by mistake
# by the second.
LEAST_RETRY = 0.5
MARGIN = 0.02
# Of what must wait, the share that may be sent again at once. The aim is 0.05 on all;
# a fold has too few of them to be held to it.
MOST_CONDITIONAL = 0.06

NOTHING = Model((), (), {})  # where the weighing is done and no model is asked

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Held:
    """What judges that had not seen its fold made of a case."""

    case: Case
    fold: int
    weighed: Weighed


def folds_by(groups: Sequence[str], count: int = FOLDS) -> list[int]:
    """Return a fold for each case: equal groups share one, and folds are even."""
    load = [0] * count
    fold: dict[str, int] = {}
    sizes = Counter(groups)
    for group in sorted(sizes, key=lambda each: (-sizes[each], each)):
        fold[group] = load.index(min(load))
        load[fold[group]] += sizes[group]
    return [fold[group] for group in groups]


def hold_out(
    cases: Sequence[Case], lessons: Sequence[Example], folds: Sequence[int], told: Told
) -> list[Held]:
    """Weigh each case by a model that was taught without its fold.

    ``lessons`` are taught in every fold. Without any case or lesson beside a fold the
    model of that fold is empty.
    """
    held = []
    numbers = sorted(set(folds))
    for done, number in enumerate(numbers, 1):
        seen = [
            of_case(case)
            for case, fold in zip(cases, folds, strict=True)
            if fold != number and case.accept
        ]
        model = training.train([*seen, *lessons])
        held += [
            Held(case, number, engine.weigh(case.evidence, model))
            for case, fold in zip(cases, folds, strict=True)
            if fold == number
        ]
        told(done, len(numbers))
    return held


def conclude(held: Sequence[Held]) -> list[tuple[Case, Verdict]]:
    """Judge each case; curve and threshold are fitted without its fold."""
    verdicts = []
    for number in sorted({each.fold for each in held}):
        others = [each for each in held if each.fold != number]
        taught = _fitted(NOTHING, others)
        verdicts += [
            (each.case, engine.conclude(each.weighed, taught))
            for each in held
            if each.fold == number
        ]
    return verdicts


def fit(
    cases: Sequence[Case], lessons: Sequence[Example], held: Sequence[Held]
) -> Fitted:
    """Fit all that ships: the model to all cases, the rest to what was held out."""
    seen = [of_case(case) for case in cases if case.accept]
    return _fitted(training.train([*seen, *lessons]), held)


def _fitted(model: Model, held: Sequence[Held]) -> Fitted:
    curve = _curve(held)
    return Fitted(model, curve, _least_retry(held, curve))


def _curve(held: Sequence[Held]) -> Calibration:
    seen = []
    for each in held:
        first = each.weighed.order[0]
        if each.case.accept and first != taxonomy.UNKNOWN:
            right = first.partition(".")[0] in each.case.families
            signals = weighing.signals(first, each.weighed.shares, each.weighed.votes)
            seen.append((signals, right))
    return calibration.fit(seen)


def _least_retry(held: Sequence[Held], curve: Calibration) -> float:
    """Return the threshold with no false retry and few of what must wait."""
    wrong, waiting = [], []
    open_gate = Fitted(NOTHING, curve, 0.0)
    for each in held:
        verdict = engine.conclude(each.weighed, open_gate)
        if verdict.auto_retry:
            sure = verdict.findings[0].confidence
            if each.case.retry == "permanent":
                wrong.append(sure)
            elif each.case.retry == "conditional":
                waiting.append(sure)
    conditional = sum(each.case.retry == "conditional" for each in held)
    spared = int(MOST_CONDITIONAL * conditional)
    bounds = [*wrong, *sorted(waiting, reverse=True)[spared:], LEAST_RETRY - MARGIN]
    return min(max(bounds) + MARGIN, 1.0)
