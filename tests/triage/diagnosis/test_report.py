"""Can people of both languages read why?"""

import pytest
from django.utils import translation

from tests.triage.diagnosis.cases import CASES
from tests.triage.diagnosis.test_engine import ALL
from triage.diagnosis import report
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Evidence, Reason
from triage.diagnosis.next_checks import NextCheck

GONE = "A rule that is no longer used spoke here."


@pytest.mark.parametrize("evidence", ALL)
def test_every_reason_of_a_verdict_has_a_sentence_and_a_source(
    evidence: Evidence,
) -> None:
    for finding in diagnose(evidence).findings:
        for reason in (*finding.speaks_for, *finding.speaks_against):
            with translation.override("en"):
                sentence = report.reason_in_words(reason)
                assert sentence.endswith(".")
                assert sentence != GONE
                assert reason.rule in report.rule_in_words(reason)


def test_a_reason_repeats_the_words_and_says_what_they_mean() -> None:
    evidence = CASES[0][0]
    reason = diagnose(evidence).findings[0].speaks_for[0]
    with translation.override("en"):
        said = report.reason_in_words(reason)
        assert report.rule_in_words(reason).startswith("rule user.unknown v")
    assert "user unknown" in said
    assert "Recipient does not exist" in said


def test_the_meaning_is_named_in_the_readers_language() -> None:
    reason = diagnose(CASES[0][0]).findings[0].speaks_for[0]
    with translation.override("zh-hans"):
        assert "Recipient does not exist" not in report.reason_in_words(reason)


def test_the_headline_is_as_sure_as_the_machine() -> None:
    with translation.override("en"):
        said = [report.headline("Mail loop", share) for share in (0.95, 0.7, 0.4)]
        assert len(set(said)) == 3
        assert all("Mail loop" in each for each in said)
        words = {report.confidence_in_words(each / 10) for each in range(11)}
        assert words == {"nearly certain", "likely", "possible", "unlikely"}


def test_an_unknown_cause_is_not_called_certain() -> None:
    with translation.override("en"):
        assert report.headline("Cannot be diagnosed", 1.0) == (
            "What is known does not tell the cause."
        )


@pytest.mark.parametrize("check", [each for each in NextCheck if each])
def test_every_check_has_words(check: NextCheck) -> None:
    with translation.override("en"):
        assert report.next_check_in_words(check).endswith(".")


def test_what_no_rule_says_any_more_is_still_readable() -> None:
    with translation.override("en"):
        assert report.reason_in_words(Reason("old.rule", 1, "old")) == GONE
        assert report.next_check_in_words("old") == ""
        assert report.next_check_in_words("") == ""
