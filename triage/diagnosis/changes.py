"""What is different between two runs over one report?

Pure: two readings of stored rows in, a list of changes out; the words are in
``change_words.py``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage.diagnosis.evidence import Param, Reason

LEAST_SHIFT = 0.01  # of confidence; less is not worth a line
# A plan of the same kind moves a little with each run, by its jitter.
SAME_TIME = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Run:
    """What one stored diagnosis says, its likeliest cause first.

    ``causes`` maps each cause to its confidence; ``speaks_for`` and ``speaks_against``
    are the reasons about the first; ``checks`` maps each check to its outcome; ``plan``
    is the action and its time.
    """

    causes: Mapping[str, float]
    speaks_for: tuple[Reason, ...]
    speaks_against: tuple[Reason, ...]
    checks: Mapping[str, str]
    plan: tuple[str, datetime | None]
    ruleset_version: str
    model_version: str

    @property
    def first(self) -> str:
        """Return the likeliest cause."""
        return next(iter(self.causes), "")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``reason`` is the reason that came or went, if it is one."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)
    reason: Reason | None = None


def compare(before: Run, after: Run) -> tuple[Change, ...]:
    """List what changed, the weightiest first; nothing if nothing did."""
    return (
        *_of_cause(before, after),
        *_of_plan(before, after),
        *_of_reasons(before, after),
        *_of_checks(before, after),
        *_of_versions(before, after),
    )


def _of_cause(before: Run, after: Run) -> Iterator[Change]:
    old, new = before.first, after.first
    if old != new:
        yield Change("cause", {"before": old, "after": new})
        return
    shift = after.causes.get(new, 0.0) - before.causes.get(new, 0.0)
    if abs(shift) >= LEAST_SHIFT:
        code = "surer" if shift > 0 else "less_sure"
        percents = (before.causes.get(new, 0.0), after.causes.get(new, 0.0))
        told = [round(100 * share) for share in percents]
        yield Change(code, {"before": told[0], "after": told[1]})


def _of_plan(before: Run, after: Run) -> Iterator[Change]:
    (action, at), (new_action, new_at) = before.plan, after.plan
    moved = (
        at is not None and new_at is not None and abs(new_at - at) > SAME_TIME
    ) or (at is None) != (new_at is None)
    if action != new_action or moved:
        yield Change("plan", {"before": action, "after": new_action})


def _of_reasons(before: Run, after: Run) -> Iterator[Change]:
    sides: tuple[tuple[str, tuple[Reason, ...], tuple[Reason, ...]], ...] = (
        ("for", before.speaks_for, after.speaks_for),
        ("against", before.speaks_against, after.speaks_against),
    )
    if before.first != after.first:  # of another cause only what brought it tells
        sides = (("for", (), after.speaks_for),)
    for side, old, new in sides:
        had, has = (
            {_name(each): each for each in old},
            {_name(each): each for each in new},
        )
        for name, reason in has.items():
            if name not in had:
                yield Change(f"{side}_gained", reason=reason)
            elif had[name].version != reason.version:
                params = {"before": had[name].version, "after": reason.version}
                yield Change("rule", {"rule": reason.rule, **params}, reason)
        for name, reason in had.items():
            if name not in has:
                yield Change(f"{side}_lost", reason=reason)


def _name(reason: Reason) -> tuple[str, str, str]:
    """What makes two reasons the same: rule, meaning and the text that it is about."""
    return reason.rule, str(reason.params.get("category", "")), str(reason.bundle)


def _of_checks(before: Run, after: Run) -> Iterator[Change]:
    for check, outcome in after.checks.items():
        old = before.checks.get(check)
        if old is not None and old != outcome:
            yield Change("check", {"check": check, "before": old, "after": outcome})


def _of_versions(before: Run, after: Run) -> Iterator[Change]:
    if before.ruleset_version != after.ruleset_version:
        versions = {"before": before.ruleset_version, "after": after.ruleset_version}
        yield Change("rules", versions)
    if before.model_version != after.model_version:
        versions = {"before": before.model_version, "after": after.model_version}
        yield Change("model", versions)
