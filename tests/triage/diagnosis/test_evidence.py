"""Does evidence keep its identity, and does a reason survive being stored?"""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.triage.diagnosis.cases import mail
from triage.diagnosis.evidence import EarlierAttempt, Evidence, KnownFacts, Reason

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
EVIDENCE = mail("550 no")


def test_equal_evidence_has_equal_digests() -> None:
    assert EVIDENCE.digest() == mail("550 no").digest()
    assert len(EVIDENCE.digest()) == 64


@pytest.mark.parametrize(
    "other",
    [
        replace(EVIDENCE, answer="550 yes"),
        replace(EVIDENCE, detail="nothing came"),
        replace(EVIDENCE, kind="delay"),
        replace(EVIDENCE, facts=KnownFacts(expired=True)),
        replace(EVIDENCE, earlier=(EarlierAttempt(NOON, "450", "later"),)),
    ],
)
def test_other_evidence_has_another_digest(other: Evidence) -> None:
    assert other.digest() != EVIDENCE.digest()


def test_a_lone_surrogate_can_be_digested() -> None:
    assert mail("\ud800").digest() != mail("?").digest()


def test_a_reason_survives_a_json_column() -> None:
    reason = Reason("user.unknown", 2, "answer_words", {"words": "无"}, "answer", 3, 4)
    assert Reason.from_json(json.loads(json.dumps(reason.to_json()))) == reason
