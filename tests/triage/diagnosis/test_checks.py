"""Do our own records say something about the cause, and only where they hold it?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from tests.triage.diagnosis.cases import mail, over
from triage.diagnosis import check_words, outcomes, report
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import (
    EarlierAttempt,
    Evidence,
    Finding,
    KnownFacts,
    Siblings,
)
from triage.diagnosis.outcomes import CODES, Outcome

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
LATER = "451 4.3.2 Please try again later"
NOBODY = "550 5.1.1 User unknown"
SURGE = Siblings(31, 600.0, 4, 3600.0)
SILENT = Evidence("sms", "carrier", "not_received", "")


def found(evidence: Evidence, category: str) -> Finding | None:
    """What the verdict holds about one cause."""
    causes = {each.category: each for each in diagnose(evidence).findings}
    return causes.get(category)


def share(evidence: Evidence, category: str) -> float:
    finding = found(evidence, category)
    return finding.confidence if finding else 0.0


def codes(finding: Finding | None, side: str) -> set[str]:
    reasons = getattr(finding, f"speaks_{side}") if finding else ()
    return {each.code for each in reasons}


def tried(*answers: str, hours: float = 1) -> tuple[EarlierAttempt, ...]:
    start = NOON - timedelta(hours=hours * len(answers))
    return tuple(
        EarlierAttempt(start + timedelta(hours=hours * n), answer[:3], answer)
        for n, answer in enumerate(answers)
    )


def outcome_of(evidence: Evidence, code: str) -> tuple[Outcome, Mapping[str, object]]:
    check = next(each for each in outcomes.run(evidence) if each.code == code)
    return check.outcome, check.params


# --- an outage of the provider --------------------------------------------------------


@pytest.mark.parametrize(
    ("siblings", "surging"),
    [
        (Siblings(31, 600.0, 4, 3600.0), True),
        (Siblings(20, 600.0, 0, 3600.0), True),
        (Siblings(19, 600.0, 0, 3600.0), False),  # too few people
        (Siblings(60, 600.0, 300, 3600.0), False),  # twelve in two minutes: as usual
        (Siblings(200, 20.0, 200, 100.0), True),  # samples filled faster than before
        (Siblings(200, 20.0, 200, 30.0), False),
        (Siblings(20, 0.0, 0, 0.0), True),
    ],
)
def test_an_outage_is_many_people_and_many_more_than_before(
    siblings: Siblings, *, surging: bool
) -> None:
    assert siblings.surging is surging


def test_a_silent_failure_amid_an_outage_is_the_providers() -> None:
    quiet = replace(SILENT, facts=KnownFacts(siblings=Siblings(3, 600.0, 2, 3600.0)))
    assert diagnose(quiet).findings[0].category == "unknown.unclassified"
    amid = replace(SILENT, facts=KnownFacts(siblings=SURGE))
    first = diagnose(amid).findings[0]
    assert first.category == "server.unavailable"
    assert codes(first, "for") == {"fact_outage"}


def test_an_answer_that_cannot_be_read_is_a_persons_even_amid_an_outage() -> None:
    amid = replace(mail("wibble wobble"), facts=KnownFacts(siblings=SURGE))
    assert diagnose(amid).findings[0].category == "unknown.unclassified"
    assert codes(found(amid, "server.unavailable"), "for") == {"fact_outage"}


def test_an_outage_makes_a_network_cause_surer_and_a_person_less_so() -> None:
    surging = KnownFacts(siblings=SURGE)
    for evidence, category, more in (
        (mail("Connection timed out"), "network.connection_failed", True),
        (mail(NOBODY), "recipient.unknown", False),
    ):
        amid = replace(evidence, facts=surging)
        assert (share(amid, category) > share(evidence, category)) is more
        assert "fact_outage" in codes(
            found(amid, category), "for" if more else "against"
        )
    assert diagnose(replace(mail(NOBODY), facts=surging)).findings[0].category == (
        "recipient.unknown"
    ), "a clear answer stays the cause"


# --- earlier tries --------------------------------------------------------------------


def test_the_same_answer_several_times_is_no_accident() -> None:
    once, often = mail(NOBODY), replace(mail(NOBODY), earlier=tried(NOBODY, NOBODY))
    assert outcome_of(often, "repeated") == (Outcome.HELD, {"times": 3})
    assert share(often, "recipient.unknown") > share(once, "recipient.unknown")


def test_numbers_and_addresses_do_not_make_answers_differ() -> None:
    evidence = replace(
        mail("451 4.3.2 host a.example.org busy, id 123"),
        earlier=tried("451 4.3.2 host b.example.net busy, id 9981"),
    )
    assert outcome_of(evidence, "repeated") == (Outcome.HELD, {"times": 2})


def test_only_tries_right_before_count_as_the_same() -> None:
    evidence = replace(mail(LATER), earlier=tried(LATER, NOBODY))
    assert outcome_of(evidence, "repeated")[0] is Outcome.DID_NOT_HOLD
    silent = replace(SILENT, earlier=tried("", ""))
    assert outcome_of(silent, "repeated")[0] is Outcome.DID_NOT_HOLD


def test_codes_tell_where_there_are_no_words() -> None:
    evidence = replace(over("webhook", "hook", "", "503"), earlier=tried("503"))
    assert outcome_of(evidence, "repeated") == (Outcome.HELD, {"times": 2})


@pytest.mark.parametrize(
    ("tries", "hours", "lasting"), [(7, 1, True), (2, 24, True), (6, 1, False)]
)
def test_a_temporary_cause_that_lasts_is_less_believed(
    tries: int, hours: float, *, lasting: bool
) -> None:
    evidence = replace(mail(LATER), earlier=tried(*[LATER] * tries, hours=hours))
    first = diagnose(evidence).findings[0]
    assert ("fact_lasting" in codes(first, "against")) is lasting
    if lasting:
        assert first.confidence < diagnose(mail(LATER)).findings[0].confidence


def test_a_permanent_refusal_before_speaks_against_a_retry() -> None:
    evidence = replace(mail(LATER), earlier=tried("550 5.7.1 Refused"))
    first = diagnose(evidence).findings[0]
    assert "fact_refused_before" in codes(first, "against")
    assert first.confidence < diagnose(mail(LATER)).findings[0].confidence
    assert outcome_of(evidence, "refused_before")[0] is Outcome.HELD


def test_an_address_that_worked_is_hardly_unknown() -> None:
    worked = replace(mail(NOBODY), facts=KnownFacts(arrived_before=True))
    first = diagnose(worked).findings[0]
    assert first.category == "recipient.unknown"
    assert "fact_arrived_before" in codes(first, "against")
    assert first.confidence < diagnose(mail(NOBODY)).findings[0].confidence
    full = replace(mail("552 5.2.2 Mailbox full"), facts=worked.facts)
    assert "fact_arrived_before" not in codes(diagnose(full).findings[0], "against")


# --- what the reporter sees, and their log --------------------------------------------


@pytest.mark.parametrize(
    ("symptom", "category"),
    [
        ("delayed", "notice.delayed"),
        ("wrong_content", "content.template_invalid"),
        ("duplicate", "notice.delivered"),
        ("blocked", "reputation.policy_rejected"),
    ],
)
def test_a_symptom_hints_where_nothing_came_back(symptom: str, category: str) -> None:
    evidence = replace(SILENT, symptom=symptom)
    assert diagnose(evidence).findings[0].category == "unknown.unclassified"
    assert codes(found(evidence, category), "for") == {"fact_symptom"}


def test_a_symptom_that_fits_makes_a_cause_surer() -> None:
    delayed = replace(mail(LATER), symptom="delayed")
    assert "fact_symptom" in codes(diagnose(delayed).findings[0], "for")
    blocked = replace(mail(LATER), symptom="blocked")
    assert "fact_symptom" not in codes(diagnose(blocked).findings[0], "for")


def test_the_clients_log_is_read_where_nothing_came_back() -> None:
    evidence = replace(SILENT, log="E/net: Connection timed out")
    first = diagnose(evidence).findings[0]
    assert first.category == "network.connection_failed"
    assert codes(first, "for") == {"log_words"}
    assert outcome_of(evidence, "client_log")[0] is Outcome.HELD
    answered = replace(mail(NOBODY), log="E/net: Connection timed out")
    assert found(answered, "network.connection_failed") is None


def test_a_message_about_to_expire_may_have_expired_in_silence() -> None:
    soon = KnownFacts(expires_soon=True)
    evidence = replace(SILENT, facts=soon)
    assert codes(found(evidence, "network.expired"), "for") == {"fact_expires_soon"}
    assert found(replace(mail(NOBODY), facts=soon), "network.expired") is None


# --- the list of checks ---------------------------------------------------------------


def test_every_check_is_listed_also_what_found_nothing() -> None:
    unknown = replace(SILENT, facts=KnownFacts(message=False))
    ended = {each.code: each.outcome for each in outcomes.run(unknown)}
    assert tuple(ended) == CODES
    assert ended["delivered"] is Outcome.NOT_KNOWN
    assert ended["outage"] is Outcome.NOT_KNOWN
    assert ended["symptom"] is Outcome.DID_NOT_HOLD
    known = {each.code: each.outcome for each in outcomes.run(mail(NOBODY))}
    assert known["delivered"] is Outcome.DID_NOT_HOLD


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (KnownFacts(delivered=True), "delivered"),
        (KnownFacts(suppressed=True), "suppressed"),
        (KnownFacts(expired=True), "expired"),
        (KnownFacts(superseded=True), "superseded"),
        (KnownFacts(expires_soon=True), "expires_soon"),
        (KnownFacts(arrived_before=True), "arrived_before"),
        (KnownFacts(siblings=SURGE), "outage"),
    ],
)
def test_what_our_records_hold_is_said_to_hold(fact: KnownFacts, code: str) -> None:
    assert outcome_of(replace(mail(NOBODY), facts=fact), code)[0] is Outcome.HELD


def test_a_check_takes_little_room_where_it_found_nothing() -> None:
    checks = [each.to_json() for each in outcomes.run(mail(NOBODY))]
    assert checks[0] == {"code": "delivered", "outcome": "did_not_hold"}


EVERYTHING = [
    replace(
        mail(answer),
        symptom=symptom,
        earlier=tried(*["550 5.1.1 Gone"], *[answer] * 8),
        facts=KnownFacts(arrived_before=True, siblings=SURGE, expires_soon=True),
        log="Connection timed out",
    )
    for answer in ("", LATER, NOBODY)
    for symptom in ("delayed", "blocked", "wrong_content", "duplicate")
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_checks_and_their_reasons_have_words_in_both_languages(language: str) -> None:
    said = set()
    with translation.override(language):
        for evidence in EVERYTHING:
            for check in outcomes.run(evidence):
                assert check_words.check_in_words(check.code) != check.code
                assert check_words.outcome_in_words(check.outcome)
                check_words.figures_in_words(check.code, check.params)
            for finding in diagnose(evidence).findings:
                for reason in (*finding.speaks_for, *finding.speaks_against):
                    sentence = report.reason_in_words(reason)
                    assert "%(" not in sentence
                    assert sentence.endswith((".", "。"))
                    said.add(reason.code)
    assert said >= {
        "fact_arrived_before",
        "fact_lasting",
        "fact_outage",
        "fact_repeated",
        "fact_symptom",
        "log_words",
    }


def test_figures_are_said_with_a_check() -> None:
    with translation.override("en"):
        said = check_words.figures_in_words("outage", {"people": 31, "minutes": 10})
        assert said == "31 people in 10 min"
        assert check_words.figures_in_words("delivered", {}) == ""
        assert check_words.check_in_words("old") == "old"
