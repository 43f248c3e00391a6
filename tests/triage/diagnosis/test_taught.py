"""Do taught rules vote, and only where they should?"""

from dataclasses import replace

import pytest

from triage.diagnosis import engine, taught
from triage.diagnosis.evidence import Evidence, KnownFacts
from triage.diagnosis.taught import Kind, Rule, Rulebook

INACTIVE = "recipient.inactive"
GONE = Evidence(
    channel="email",
    provider="northpost",
    symptom="failed_error",
    answer="550 5.1.1 User unknown: the box is  asleep",
)
ASLEEP = Rule(101, 2, Kind.PHRASE, "box is asleep", INACTIVE)


def first(evidence: Evidence, *live: Rule) -> str:
    return engine.diagnose(evidence, Rulebook(live)).findings[0].category


def test_a_live_rule_outweighs_our_own_tables() -> None:
    assert first(GONE) == "recipient.unknown"
    assert first(GONE, ASLEEP) == INACTIVE
    shouting = replace(GONE, answer=GONE.answer + " no such user, mailbox not found")
    assert first(shouting, ASLEEP) == INACTIVE


def test_what_our_own_records_say_outweighs_a_rule() -> None:
    for fact in ("delivered", "suppressed", "expired", "superseded"):
        known = replace(GONE, facts=KnownFacts(**{fact: True}))
        assert first(known, ASLEEP, replace(ASLEEP, reference=102)) == first(known)


def test_a_rule_in_the_shadow_has_no_vote() -> None:
    plain = engine.diagnose(GONE)
    assert engine.diagnose(GONE, Rulebook(shadow=(ASLEEP,))) == plain


def test_a_vote_names_the_rule_its_version_and_the_words() -> None:
    (vote,) = taught.judge(GONE, [ASLEEP])
    reason = vote.reason
    assert (reason.rule, reason.version) == ("taught.101", 2)
    assert (reason.code, reason.bundle) == ("answer_words", "answer")
    assert GONE.answer[reason.start : reason.end] == "box is  asleep"
    assert reason.params == {"words": "box is asleep", "category": INACTIVE}


def test_what_the_reporter_writes_counts_for_less() -> None:
    said = replace(GONE, answer="", detail="They say the BOX IS ASLEEP.")
    (vote,) = taught.judge(said, [ASLEEP])
    assert vote.weight == pytest.approx(taught.DETAIL * taught.WEIGHT)
    assert vote.reason.bundle == "detail"


@pytest.mark.parametrize(
    ("changes", "code", "bundle"),
    [
        ({"provider_code": "e-77"}, "E-77", "provider_code"),
        ({"enhanced_code": "5.9.77"}, "5.9.77", "enhanced_code"),
        ({"answer": "550 5.7.99 go away"}, "5.7.99", "answer"),
    ],
)
def test_a_code_is_found_where_it_was_given_or_read(
    changes: dict[str, str], code: str, bundle: str
) -> None:
    rule = Rule(5, 1, Kind.CODE, code, INACTIVE)
    (vote,) = taught.judge(replace(GONE, **changes), [rule])
    assert vote.reason.bundle == bundle
    assert not list(taught.judge(GONE, [rule]))


def test_part_of_a_code_is_no_code() -> None:
    coded = replace(GONE, provider_code="30007")
    assert not list(taught.judge(coded, [Rule(5, 1, Kind.CODE, "3000", INACTIVE)]))


def test_a_rule_holds_for_its_provider_and_channel_alone() -> None:
    for narrowed, speaks in (
        (replace(ASLEEP, provider="NorthPost"), True),
        (replace(ASLEEP, provider="southpost"), False),
        (replace(ASLEEP, channel="email"), True),
        (replace(ASLEEP, channel="sms"), False),
    ):
        assert taught.speaks(GONE, narrowed) is speaks


def test_of_two_rules_the_one_about_the_provider_weighs_more() -> None:
    own = replace(
        ASLEEP, reference=102, provider="northpost", category="rate.sender_throttled"
    )
    assert first(GONE, ASLEEP, own) == "rate.sender_throttled"


def test_the_version_of_the_rules_follows_what_is_live() -> None:
    def version(*live: Rule, shadow: tuple[Rule, ...] = ()) -> str:
        return engine.diagnose(GONE, Rulebook(live, shadow)).ruleset_version

    assert version() == engine.ruleset_version()
    assert version(ASLEEP) != version()
    assert version(replace(ASLEEP, number=3)) != version(ASLEEP)
    assert version(replace(ASLEEP, pattern="box sleeps")) != version(ASLEEP)
    assert version(shadow=(ASLEEP,)) == version()
    other = replace(ASLEEP, reference=7)
    assert version(ASLEEP, other) == version(other, ASLEEP)
    assert len(version(ASLEEP)) <= 20


def test_without_the_words_the_rule_is_silent() -> None:
    blanked = replace(GONE, answer=GONE.answer.replace("box is  asleep", ""))
    assert engine.diagnose(blanked, Rulebook((ASLEEP,))).findings == (
        engine.diagnose(blanked).findings
    )
