"""Is everything said that two runs do not have in common, and nothing else?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from deliveries import taxonomy
from triage.diagnosis import change_words
from triage.diagnosis.changes import Run, compare
from triage.diagnosis.evidence import Reason

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
FULL = Reason("mailbox.full", 1, "answer_words", {"words": "full"}, "answer", 4, 8)
BUSY = Reason("server.busy", 3, "answer_words", {"words": "busy"}, "answer", 0, 4)
RUN = Run(
    causes={"recipient.mailbox_full": 0.8, "server.unavailable": 0.1},
    speaks_for=(FULL,),
    speaks_against=(BUSY,),
    checks={"outage": "did_not_hold", "delivered": "not_known"},
    plan=("retry_at", NOON),
    ruleset_version="1.aa",
    model_version="",
)


def codes(after: Run) -> list[str]:
    return [each.code for each in compare(RUN, after)]


def said(after: Run) -> list[str]:
    with translation.override("en"):
        return [change_words.change_in_words(each) for each in compare(RUN, after)]


def test_equal_runs_have_no_changes() -> None:
    assert codes(RUN) == []


def test_another_first_cause_is_said_and_its_share_is_not() -> None:
    names = [
        taxonomy.load().get(slug).name_en
        for slug in ("server.unavailable", "recipient.mailbox_full")
    ]
    after = replace(RUN, causes={"server.unavailable": 0.9}, speaks_for=())
    sentence = f"The cause is now: {names[0]}. Before: {names[1]}."
    assert said(after) == [sentence]


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.95, "Surer now: 95 % instead of 80 %."),
        (0.5, "Less sure now: 50 % instead of 80 %."),
    ],
)
def test_a_shift_of_confidence_is_said(share: float, expected: str) -> None:
    assert said(replace(RUN, causes={"recipient.mailbox_full": share})) == [expected]


def test_a_shift_that_nobody_would_see_is_not_said() -> None:
    assert codes(replace(RUN, causes={"recipient.mailbox_full": 0.804})) == []


def test_reasons_that_came_and_went_are_said_on_their_side() -> None:
    after = replace(RUN, speaks_for=(BUSY,), speaks_against=())
    assert codes(after) == ["for_gained", "for_lost", "against_lost"]
    assert said(after)[0].startswith("Speaks for it now: The answer says “busy”")


def test_a_reason_at_another_place_is_the_same_reason() -> None:
    assert codes(replace(RUN, speaks_for=(replace(FULL, start=9, end=13),))) == []


def test_another_version_of_a_rule_is_said() -> None:
    after = replace(RUN, speaks_for=(replace(FULL, version=2),))
    assert said(after) == ["Rule mailbox.full is now version 2, before 1."]


def test_other_rules_and_another_model_are_said() -> None:
    after = replace(RUN, ruleset_version="1.bb", model_version="m2")
    assert said(after) == [
        "The rules are now 1.bb, before 1.aa.",
        "The model is now m2, before none.",
    ]


def test_a_check_that_ends_otherwise_is_said() -> None:
    checks = {"outage": "held", "delivered": "not_known", "new_one": "held"}
    assert said(replace(RUN, checks=checks)) == [
        "Many others fail at this provider now: yes (before: no)."
    ]


def test_another_plan_is_said_and_a_little_jitter_is_not() -> None:
    assert codes(replace(RUN, plan=("human", None))) == ["plan"]
    soon = NOON + timedelta(seconds=20)
    assert codes(replace(RUN, plan=("retry_at", soon))) == []
    later = NOON + timedelta(hours=2)
    assert said(replace(RUN, plan=("retry_at", later))) == [
        "The time of the plan has moved."
    ]


def test_the_weightiest_change_comes_first() -> None:
    after = Run({"config.billing": 0.9}, (BUSY,), (), {}, ("human", None), "2", "m")
    assert codes(after) == [
        "cause",
        "plan",
        "for_gained",
        "rules",
        "model",
    ]


def test_changes_are_said_in_chinese() -> None:
    after = Run({"config.billing": 0.9}, (BUSY,), (), {}, ("human", None), "2", "m")
    with translation.override("zh-hans"):
        for change in compare(RUN, after):
            assert any(
                "一" <= each <= "鿿" for each in change_words.change_in_words(change)
            )
