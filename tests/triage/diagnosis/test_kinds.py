"""Does the kind of a mail say as much about the cause as it should, and no more?"""

from dataclasses import replace

import pytest
from django.utils import translation

from deliveries.readers import MailKind
from tests.triage.diagnosis.cases import mail
from triage.diagnosis import report
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Evidence, Finding

BY_FORM = {
    MailKind.AUTO_REPLY: "notice.auto_reply",
    MailKind.COMPLAINT: "consent.complaint",
    MailKind.DELIVERED: "notice.delivered",
    MailKind.DELAY: "notice.delayed",
}


def first(evidence: Evidence) -> Finding:
    return diagnose(evidence).findings[0]


@pytest.mark.parametrize("kind", BY_FORM)
def test_a_kind_tells_the_cause_where_nothing_else_does(kind: MailKind) -> None:
    finding = first(replace(mail("Good day."), kind=str(kind)))

    assert finding.category == BY_FORM[kind]
    assert [each.rule for each in finding.speaks_for] == [f"mail.{kind}"]


@pytest.mark.parametrize("kind", ["", "bounce", "other", "pigeon"])
def test_other_kinds_tell_no_cause(kind: str) -> None:
    evidence = mail("550 5.1.1 User unknown")

    assert first(replace(evidence, kind=kind)) == first(evidence)


@pytest.mark.parametrize(
    "kind", [MailKind.AUTO_REPLY, MailKind.COMPLAINT, MailKind.DELIVERED]
)
def test_the_form_of_a_mail_outweighs_what_its_words_speak_of(kind: MailKind) -> None:
    evidence = mail("Your mail was blocked as spam. My mailbox is full.", "550")

    assert first(replace(evidence, kind=str(kind))).category == BY_FORM[kind]


def test_the_cause_of_a_delay_outweighs_that_it_is_one() -> None:
    evidence = replace(mail("452 4.2.2 The mailbox is full"), kind="delay")

    assert first(evidence).category == "recipient.mailbox_full"


def test_a_delay_that_gives_a_class_alone_is_still_a_delay() -> None:
    evidence = replace(mail("", "", "4.0.0"), kind="delay")

    assert first(evidence).category == "notice.delayed"


@pytest.mark.parametrize("kind", BY_FORM)
def test_the_reason_is_said_in_both_languages(kind: MailKind) -> None:
    reason = first(replace(mail(""), kind=str(kind))).speaks_for[0]

    with translation.override("en"):
        english = report.reason_in_words(reason)
    with translation.override("zh-hans"):
        chinese = report.reason_in_words(reason)

    assert english.startswith("By its form, the mail")
    assert chinese.startswith("从形式上看，这封邮件")
