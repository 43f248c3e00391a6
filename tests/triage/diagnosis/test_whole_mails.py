"""Is an answer that is a whole mail judged by what tells in it, and pointed into?"""

from dataclasses import replace

import pytest

from tests.deliveries.readers.mail.letters import letter, recipient, report
from tests.triage.diagnosis.cases import mail
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Bundle, Evidence
from triage.diagnosis.whole_mails import opened

KIM = "Kim <kim@example.net>"
BOUNCE = report(
    recipient(status="5.0.0", diagnostic="smtp; 550 5.1.1 The user is unknown")
).decode()


def category(evidence: Evidence) -> str:
    return diagnose(evidence).findings[0].category


def test_the_words_of_the_original_do_not_count() -> None:
    assert "quota exceeded" in BOUNCE
    assert category(mail(BOUNCE)) == "recipient.unknown"


def test_reasons_point_to_where_the_words_stand_in_the_mail() -> None:
    reasons = diagnose(mail(BOUNCE)).findings[0].speaks_for

    assert reasons
    for reason in reasons:
        assert reason.bundle == Bundle.ANSWER
        assert reason.start is not None
        assert reason.end is not None
        quote = BOUNCE[reason.start : reason.end]
        assert quote in (reason.params.get("words"), reason.params.get("code"))


def test_taking_the_cited_words_away_lowers_the_confidence() -> None:
    finding = diagnose(mail(BOUNCE)).findings[0]
    words = next(each for each in finding.speaks_for if each.code == "answer_words")
    start, end = words.start or 0, words.end or 0

    blanked = BOUNCE[:start] + "x" * (end - start) + BOUNCE[end:]

    after = diagnose(mail(blanked)).findings
    assert all(
        each.confidence < finding.confidence
        for each in after
        if each.category == finding.category
    )


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (letter("Automatic reply: hello", "Gone.", sender=KIM), "notice.auto_reply"),
        (letter("unsubscribe", "No more of it.", sender=KIM), "consent.complaint"),
        (report(recipient(action="delivered", diagnostic="")), "notice.delivered"),
    ],
)
def test_the_kind_of_the_mail_counts(text: bytes, cause: str) -> None:
    assert category(mail(text.decode())) == cause


def test_codes_given_beside_the_mail_stay() -> None:
    inside = opened(mail(BOUNCE, "554", "5.7.1"))

    assert (inside.provider_code, inside.enhanced_code) == ("554", "5.7.1")


def test_a_code_that_only_the_mail_names_is_not_said_to_be_given() -> None:
    text = report(recipient(status="5.2.2", diagnostic="smtp; 552 sorry")).decode()

    finding = diagnose(mail(text)).findings[0]

    assert finding.category == "recipient.mailbox_full"
    assert {each.bundle for each in finding.speaks_for} == {Bundle.ANSWER}


@pytest.mark.parametrize(
    "evidence", [mail("550 5.1.1 User unknown"), replace(mail(BOUNCE), channel="sms")]
)
def test_other_answers_are_judged_as_they_are(evidence: Evidence) -> None:
    assert opened(evidence) is evidence
