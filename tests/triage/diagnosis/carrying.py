"""Does what a finding names carry it? Without it the answer is another or less sure."""

from collections.abc import Iterator
from dataclasses import replace

from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Evidence, Finding, Reason


def without(evidence: Evidence, reason: Reason) -> Evidence:
    """The same evidence without what one reason points to."""
    if reason.bundle == "fact":
        fact = str(reason.params["fact"])
        return replace(evidence, facts=replace(evidence.facts, **{fact: False}))
    if reason.start is None or reason.end is None:
        return replace(evidence, **{reason.bundle: ""})
    text = getattr(evidence, reason.bundle)
    blank = " " * (reason.end - reason.start)
    cut = text[: reason.start] + blank + text[reason.end :]
    return replace(evidence, **{reason.bundle: cut})


def named(evidence: Evidence) -> Iterator[tuple[Finding, Reason]]:
    for finding in diagnose(evidence).findings:
        for reason in finding.speaks_for:
            yield finding, reason


def assert_every_reason_carries(evidence: Evidence) -> None:
    for finding, reason in named(evidence):
        after = diagnose(without(evidence, reason)).findings
        left = {each.category: each.confidence for each in after}
        changed = after[0].category != diagnose(evidence).findings[0].category
        assert changed or left.get(finding.category, 0) < finding.confidence, reason
