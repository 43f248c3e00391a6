"""Are answers understood that were written before anyone looked at the rules?

The sentences are our own, in the ways in which mail systems, carriers, push gateways
and chat platforms put things. The words alone must do: no code helps.
"""

import json

import pytest

from deliveries import taxonomy
from deliveries.taxonomy import RetryClass
from tests.triage.diagnosis.cases import mail
from tests.triage.diagnosis.meaning import SENTENCES, meaning, scores, sentences
from triage.diagnosis.engine import diagnose
from triage.diagnosis.weighing import UNKNOWN_SCORE

SPOKEN = [
    (channel, category, says)
    for family in sorted(each.slug for each in taxonomy.load().families)
    if (SENTENCES / f"{family}.json").exists()
    for channel, category, says in sentences(family)
]
QUIET: dict[str, list[str]] = json.loads(
    (SENTENCES / "quiet.json").read_text(encoding="utf-8")
)
LASTING: list[str] = json.loads(
    (SENTENCES / "lasting.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("channel", "category", "says"), SPOKEN, ids=lambda each: str(each)[:40]
)
def test_what_was_said_is_understood(
    channel: str, category: str, says: list[str]
) -> None:
    understood = {each: meaning(each, channel) for each in says}
    assert understood == dict.fromkeys(says, category)


def test_there_are_sentences_of_every_family_but_unknown() -> None:
    told = {category.partition(".")[0] for _, category, _ in SPOKEN}
    assert told == {each.slug for each in taxonomy.load().families} - {"unknown"}
    assert sum(len(says) for *_, says in SPOKEN) > 1000


@pytest.mark.parametrize("category", QUIET)
def test_what_is_denied_advised_or_asked_names_no_cause(category: str) -> None:
    loud = {
        each: weight
        for each in QUIET[category]
        if (weight := scores(each).get(category, 0.0)) > UNKNOWN_SCORE
    }
    assert not loud


@pytest.mark.parametrize("answer", LASTING)
def test_a_lasting_cause_is_not_tried_again_whatever_else_is_said(answer: str) -> None:
    for category in (meaning(answer), diagnose(mail(answer)).findings[0].category):
        assert taxonomy.load().get(category).retry_class is not RetryClass.SAFE
