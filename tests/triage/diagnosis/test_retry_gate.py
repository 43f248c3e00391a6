"""Is only that sent again at once which passes by itself, and says so?"""

import pytest

from tests.triage.diagnosis.cases import mail, over
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Evidence
from triage.diagnosis.retry_gate import says_passing

AT_ONCE = [
    mail("450 4.7.1 Greylisted, please try again later"),
    mail("421 4.3.2 Service temporarily unavailable, try again later"),
    mail("421 4.7.0 Too many connections, slow down"),
    mail("Connection timed out"),
    over("webhook", "hook", "Service Unavailable", "503"),
    over("webhook", "hook", "", "429"),
    over("sms", "smpp", "command_status=0x00000058"),
]
NEVER = [
    mail("550 5.1.1 User unknown"),
    mail("450 4.1.1 User unknown, try again later"),
    mail("450 user path no exist"),
    mail("553 5.3.0 No such user here"),
    mail("550 5.3.0"),
    mail("5.3.0"),
    mail("550 Service unavailable"),
    mail("554 5.7.1 Service unavailable; client host blocked, spam source"),
    mail("550 5.7.1 Rate limit: your domain is blacklisted"),
    mail("452 4.2.2 Mailbox full, try again later"),
    mail("421 4.7.0 Your IP 192.0.2.7 is on a blocklist"),
    mail("Domain not found, NXDOMAIN"),
    mail(""),
    mail("421"),
    over("push", "fcm", '{"error": "NotRegistered"}'),
    over("sms", "twilio", "", "21610"),
]


@pytest.mark.parametrize("evidence", AT_ONCE)
def test_what_passes_by_itself_is_sent_again(evidence: Evidence) -> None:
    assert diagnose(evidence).auto_retry


@pytest.mark.parametrize("evidence", NEVER)
def test_what_lasts_or_is_not_sure_is_not(evidence: Evidence) -> None:
    assert not diagnose(evidence).auto_retry


PASSING = [
    "Try again later",
    "Bitte später",
    "réessayez plus tard",
    "intente más tarde",
    "tente novamente",
    "temporaneamente",
    "tijdelijk niet",
    "chwilowo",
    "daha sonra",
    "Временно недоступен",
    "请稍后再试",
    "一時的なエラー",
    "나중에",
]


@pytest.mark.parametrize("answer", PASSING)
def test_words_of_passing_are_known_in_many_languages(answer: str) -> None:
    assert says_passing(answer)


@pytest.mark.parametrize("answer", ["", "User unknown", "Do not retry", "don't retry"])
def test_other_words_are_none_of_passing(answer: str) -> None:
    assert not says_passing(answer)
