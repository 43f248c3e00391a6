"""Does every finding rest on what it names, in many answers of our own and others?"""

import random
from pathlib import Path

import pytest

from deliveries import taxonomy
from tests.checkout import ROOT
from tests.triage.diagnosis.carrying import named, without
from tests.triage.diagnosis.meaning import SENTENCES, sentences
from triage.diagnosis import cases
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Evidence

KNOWN = Path(ROOT) / ".." / "shared" / "diagnosis" / "dev.jsonl"
SAMPLE = 200

SAID = [
    Evidence(channel, "northpost", "never_arrived", f"{code}{says}")
    for family in sorted(each.slug for each in taxonomy.load().families)
    if (SENTENCES / f"{family}.json").exists()
    for channel, _, sayings in sentences(family)
    for says in sayings
    for code in (("", "550 5.7.1 ", "451 ") if channel == "email" else ("",))
]


def unshaken(evidence: Evidence) -> list[str]:
    """The reasons of the first finding without which it would be as sure as before."""
    before = diagnose(evidence).findings[0]
    faults = []
    for finding, reason in named(evidence):
        if finding.rank == 1:
            after = diagnose(without(evidence, reason)).findings[0]
            same = after.category == before.category
            if same and after.confidence >= before.confidence:
                faults.append(f"{evidence.answer[:60]!r}: {reason.rule}")
    return faults


def test_without_its_span_an_answer_of_ours_is_another_or_less_sure() -> None:
    sample = random.Random(3).sample(SAID, SAMPLE)
    assert [fault for each in sample for fault in unshaken(each)] == []


def test_without_its_span_a_known_failure_is_another_or_less_sure() -> None:
    if not KNOWN.is_file():
        pytest.skip("The known failures are not beside this checkout.")
    known = [case.evidence for case in cases.known(KNOWN)]
    sample = random.Random(3).sample(known, SAMPLE)
    faults = [fault for each in sample for fault in unshaken(each)]
    assert len(faults) <= SAMPLE // 50, faults
