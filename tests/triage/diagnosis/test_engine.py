"""Is the likeliest cause first, with reasons that carry it?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import taxonomy
from tests.triage.diagnosis.carrying import assert_every_reason_carries
from tests.triage.diagnosis.cases import CASES, mail, over
from triage.diagnosis.engine import MOST_FINDINGS, diagnose, ruleset_version
from triage.diagnosis.evidence import Evidence, Finding, KnownFacts

FACTS = [
    (KnownFacts(suppressed=True), "consent.suppressed"),
    (KnownFacts(expired=True), "network.expired"),
    (KnownFacts(superseded=True), "network.expired"),
    (KnownFacts(delivered=True), "notice.delivered"),
    (KnownFacts(delivered=True, expired=True), "notice.delivered"),
]
WORDY = [mail("550 5.1.1 User unknown"), over("sms", "twilio", "", "30003")]
ALL = [evidence for evidence, _ in CASES] + [
    replace(evidence, facts=facts) for evidence in WORDY for facts, _ in FACTS
]


def first(evidence: Evidence) -> Finding:
    return diagnose(evidence).findings[0]


@pytest.mark.parametrize(("evidence", "category"), CASES)
def test_a_failure_is_told_by_its_codes_and_words(
    evidence: Evidence, category: str
) -> None:
    assert first(evidence).category == category


@pytest.mark.parametrize(("facts", "category"), FACTS)
@pytest.mark.parametrize("evidence", WORDY)
def test_what_we_know_outweighs_what_a_provider_says(
    evidence: Evidence, facts: KnownFacts, category: str
) -> None:
    assert first(replace(evidence, facts=facts)).category == category


def test_words_override_a_code_that_contradicts_them() -> None:
    finding = first(mail("553 5.1.2 Your host 192.0.2.7 is blacklisted"))
    assert finding.category == "reputation.ip_blocked"
    assert "5.1.2" in {each.params.get("code") for each in finding.speaks_against}


def test_denied_words_do_not_count() -> None:
    said = first(mail("The message was not classified as spam"))
    assert said.category == taxonomy.UNKNOWN
    assert first(mail("classified as spam")).category == "content.spam_detected"


@pytest.mark.parametrize(
    "answer", ["", "250 OK", "Sorry.", "hello world", "‹url:a1b2›"]
)
def test_what_cannot_be_told_is_called_unknown(answer: str) -> None:
    verdict = diagnose(mail(answer))
    assert verdict.findings[0].category == taxonomy.UNKNOWN
    assert verdict.next_check == "read_answer"


def test_a_weak_code_is_considered_behind_unknown() -> None:
    unknown, other = diagnose(mail("550 no")).findings
    assert (unknown.category, other.category) == (taxonomy.UNKNOWN, "recipient.unknown")
    assert other.confidence < 0.5
    assert other.speaks_for


def test_a_permanent_code_speaks_against_sending_again() -> None:
    lasting, passing = (
        first(mail(f"{code} Service unavailable")) for code in ("550", "450")
    )
    assert "class_permanent" in {each.code for each in lasting.speaks_against}
    assert lasting.category != passing.category or (
        lasting.confidence < passing.confidence
    )


@pytest.mark.parametrize("evidence", ALL)
def test_findings_are_few_ranked_and_share_one_whole(evidence: Evidence) -> None:
    findings = diagnose(evidence).findings
    confidences = [finding.confidence for finding in findings]
    assert [finding.rank for finding in findings] == list(range(1, len(findings) + 1))
    assert len(findings) <= MOST_FINDINGS
    assert confidences == sorted(confidences, reverse=True)
    assert 0 < sum(confidences) <= 1 + 1e-9
    assert all(finding.category in taxonomy.load() for finding in findings)


@pytest.mark.parametrize("evidence", ALL)
def test_every_finding_but_unknown_names_evidence_for_it(evidence: Evidence) -> None:
    for finding in diagnose(evidence).findings:
        assert finding.speaks_for or finding.category == taxonomy.UNKNOWN


@pytest.mark.parametrize("evidence", ALL)
def test_without_a_named_reason_the_answer_is_another_or_less_sure(
    evidence: Evidence,
) -> None:
    assert_every_reason_carries(evidence)


@given(st.lists(st.sampled_from(ALL), min_size=2, max_size=4))
def test_reasons_carry_also_where_answers_are_mixed(mixed: list[Evidence]) -> None:
    answer = ".\n".join(each.answer for each in mixed)
    detail = mixed[-1].answer
    assert_every_reason_carries(replace(mixed[0], answer=answer, detail=detail))


@given(
    st.sampled_from(["email", "sms", "push", "chat", "webhook"]), st.text(), st.text()
)
def test_no_text_breaks_the_diagnosis(channel: str, answer: str, code: str) -> None:
    evidence = Evidence(channel, answer[:9], "other", answer, code, code, detail=answer)
    assert diagnose(evidence) == diagnose(evidence)


def test_the_rules_have_a_name_that_fits_its_column() -> None:
    assert 0 < len(ruleset_version()) <= 20
    assert diagnose(mail("")).ruleset_version == ruleset_version()
