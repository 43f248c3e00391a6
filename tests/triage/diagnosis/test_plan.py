"""Does exactly one next step follow from a verdict, and the right one?"""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from deliveries import retry, taxonomy
from tests.triage.diagnosis.cases import mail
from triage.diagnosis import plan_words
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Verdict
from triage.diagnosis.plan import (
    Action,
    Hands,
    Plan,
    Policy,
    Standing,
    Why,
    beside,
    plan,
)
from triage.models import PlanAction

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
FAILED = Standing(
    state="failed", address=True, route=True, other_route=True, silence=timedelta(1)
)
SAFE = diagnose(mail("451 4.3.2 Please try again later"))
UNSURE = diagnose(mail("wibble"))


def plan_of(slug: str, standing: Standing = FAILED, verdict: Verdict = SAFE) -> Plan:
    """The plan for a cause, its policy being that of the vocabulary."""
    row = taxonomy.load().get(slug)
    policy = Policy(slug, row.retry_class, row.repair_policy)
    return plan(verdict, standing, policy, now=NOON, rng=random.Random(1))


BUSY, TLS, FULL = "server.unavailable", "network.tls_failure", "recipient.mailbox_full"
BY_PERSON = replace(FAILED, hands=Hands.PERSON)

TABLE: list[tuple[str, Standing, Action, Why]] = [
    (BUSY, FAILED, Action.RETRY_AT, Why.BACKOFF),
    (FULL, FAILED, Action.RETRY_AT, Why.SLOW_BACKOFF),
    (TLS, FAILED, Action.OTHER_ROUTE, Why.OTHER_ROUTE),
    (BUSY, replace(FAILED, retry_after_s=900), Action.RETRY_AT, Why.RETRY_AFTER),
    (BUSY, replace(FAILED, state="queued"), Action.RETRY_AT, Why.BACKOFF),
    (BUSY, replace(FAILED, under_way=True), Action.RETRY_AT, Why.UNDER_WAY),
    (BUSY, replace(FAILED, proven=True), Action.CLOSE, Why.PROVEN),
    (BUSY, replace(FAILED, state=""), Action.HUMAN, Why.NO_MESSAGE),
    (BUSY, replace(FAILED, state="unknown"), Action.HUMAN, Why.OUTCOME_UNKNOWN),
    (BUSY, replace(FAILED, state="held"), Action.HUMAN, Why.NOT_SENDABLE),
    (BUSY, replace(FAILED, tries_made=8), Action.HUMAN, Why.USED_UP),
    (TLS, replace(FAILED, tries_made=2), Action.HUMAN, Why.USED_UP),
    (BUSY, replace(FAILED, route=False), Action.HUMAN, Why.NO_ROUTE),
    (TLS, replace(FAILED, other_route=False), Action.HUMAN, Why.NO_OTHER_ROUTE),
    (BUSY, replace(FAILED, expires_at=NOON), Action.HUMAN, Why.EXPIRES_FIRST),
    (BUSY, replace(FAILED, retry_after_s=900_000), Action.HUMAN, Why.WAIT_TOO_LONG),
    *[
        (BUSY, replace(FAILED, stopped=(why,)), Action.HUMAN, why)
        for why in (Why.SUPPRESSED, Why.SUPERSEDED, Why.EXPIRED, Why.CANCELLED)
    ],
    ("recipient.unknown", FAILED, Action.SUPPRESS, Why.NOBODY_THERE),
    ("recipient.unknown", Standing(), Action.HUMAN, Why.CAUSE),
    ("content.too_large", FAILED, Action.FIX_TEMPLATE, Why.CAUSE),
    ("recipient.moved", FAILED, Action.ASK_USER, Why.CAUSE),
    ("config.billing", FAILED, Action.HUMAN, Why.CAUSE),
    (taxonomy.UNKNOWN, FAILED, Action.HUMAN, Why.UNKNOWN_CAUSE),
    ("notice.delayed", FAILED, Action.WAIT, Why.PROVIDER_TRIES),
    ("notice.delivered", FAILED, Action.CLOSE, Why.ARRIVED),
    ("notice.auto_reply", FAILED, Action.CLOSE, Why.NO_FAILURE),
    (
        "notice.delayed",
        replace(FAILED, refused=True),
        Action.HUMAN,
        Why.REFUSED_STILL,
    ),
    (BUSY, BY_PERSON, Action.HUMAN, Why.WITH_PEOPLE),
    ("notice.auto_reply", BY_PERSON, Action.HUMAN, Why.WITH_PEOPLE),
    ("recipient.unknown", BY_PERSON, Action.HUMAN, Why.WITH_PEOPLE),
    (
        "recipient.unknown",
        replace(BY_PERSON, refused=True),
        Action.SUPPRESS,
        Why.NOBODY_THERE,
    ),
    ("content.too_large", BY_PERSON, Action.FIX_TEMPLATE, Why.CAUSE),
    (BUSY, replace(BY_PERSON, under_way=True), Action.RETRY_AT, Why.UNDER_WAY),
    (BUSY, replace(BY_PERSON, waits_until=NOON), Action.WAIT, Why.PROVIDER_TRIES),
]


@pytest.mark.parametrize(("slug", "standing", "action", "why"), TABLE)
def test_a_verdict_leads_to_one_step(
    slug: str, standing: Standing, action: Action, why: Why
) -> None:
    found = plan_of(slug, standing)
    assert (found.action, found.reason) == (action, why)


# Met by the tests of another policy or purpose, and by those of detours.
ELSEWHERE = {
    Why.NOT_SURE,
    Why.NEVER,
    Why.TOO_SLOW,
    Why.OTHER_CHANNEL,
    Why.NO_OTHER_ADDRESS,
    Why.NOT_VERIFIED,
    Why.NOT_ALLOWED_THERE,
    Why.NO_WORDS_FOR_IT,
}


def test_every_reason_is_met_in_the_table() -> None:
    assert {why for *_rest, why in TABLE} == set(Why) - ELSEWHERE


def test_the_machine_sends_at_once_only_if_the_verdict_lets_it() -> None:
    found = plan_of(BUSY, verdict=UNSURE)
    assert (found.action, found.reason) == (Action.HUMAN, Why.NOT_SURE)
    assert plan_of(FULL, verdict=UNSURE).action is Action.RETRY_AT


def test_a_cause_that_never_passes_is_not_sent_again_whatever_its_policy() -> None:
    policy = Policy("config.billing", "never", "retry_backoff")
    found = plan(SAFE, FAILED, policy, now=NOON, rng=random.Random(1))
    assert (found.action, found.reason) == (Action.HUMAN, Why.NEVER)


def of_purpose(slug: str, purpose: str, standing: Standing = FAILED) -> Plan:
    row = taxonomy.load().get(slug)
    policy = Policy(slug, row.retry_class, row.repair_policy, purpose)
    return plan(SAFE, standing, policy, now=NOON, rng=random.Random(1))


def test_a_code_is_sent_again_at_once_or_left_to_people() -> None:
    soon = of_purpose(BUSY, "security")
    assert soon.at is not None
    assert soon.at < NOON + timedelta(seconds=13)
    late = of_purpose(FULL, "security")
    assert (late.action, late.reason) == (Action.HUMAN, Why.TOO_SLOW)
    asked = of_purpose(BUSY, "security", replace(FAILED, retry_after_s=600))
    assert asked.reason is Why.WAIT_TOO_LONG


@given(
    slug=st.sampled_from([each.slug for each in taxonomy.load().categories]),
    purpose=st.sampled_from(["security", "transactional", "social", "marketing"]),
    stopped=st.sampled_from([Why.SUPERSEDED, Why.EXPIRED, Why.SUPPRESSED]),
    tries_made=st.integers(1, 9),
)
def test_what_is_superseded_or_expired_is_sent_for_no_purpose(
    slug: str, purpose: str, stopped: Why, tries_made: int
) -> None:
    standing = replace(FAILED, stopped=(stopped,), tries_made=tries_made)
    assert not of_purpose(slug, purpose, standing).sends


@pytest.mark.parametrize("row", taxonomy.load().categories, ids=lambda row: row.slug)
def test_nothing_is_ever_sent_again_for_a_cause_of_class_never(
    row: taxonomy.Category,
) -> None:
    for standing in (FAILED, replace(FAILED, tries_made=3), BY_PERSON):
        if row.retry_class is taxonomy.RetryClass.NEVER:
            assert not plan_of(row.slug, standing).sends


def test_the_time_and_the_count_are_those_of_the_back_off() -> None:
    third = plan_of(BUSY, replace(FAILED, tries_made=3))
    assert third.params == {"try": 3, "of": len(retry.QUICK_DELAYS)}
    assert third.at is not None
    wait = third.at - NOON
    assert timedelta(minutes=10) <= wait <= timedelta(minutes=12.5)


def test_a_second_report_waits_for_the_same_try() -> None:
    first = plan_of(BUSY)
    second = beside(first)
    assert (second.action, second.reason, second.at) == (
        Action.RETRY_AT,
        Why.UNDER_WAY,
        first.at,
    )


def test_stored_words_and_planned_words_are_the_same() -> None:
    assert PlanAction.values == [each.value for each in Action]


# --- in words -------------------------------------------------------------------------


def said(found: Plan, now: datetime = NOON) -> str:
    with translation.override("en"):
        return str(plan_words.plan_in_words(found, now))


def test_a_plan_is_said_in_one_sentence_with_its_time() -> None:
    at = NOON + timedelta(minutes=10)
    found = Plan(Action.RETRY_AT, Why.BACKOFF, at, {"try": 3, "of": 7})
    assert said(found) == "Sends again at 2031-05-06 12:10 UTC, try 3 of 7."
    sentence = plan_words.plan_in_words(found, NOON)
    assert sentence.at == at
    assert said(found, at).startswith("Was to be sent again at")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_plan_has_a_sentence_of_its_own(language: str) -> None:
    with translation.override(language):
        sentences = {
            (each.action, each.reason): str(plan_words.plan_in_words(each, NOON))
            for each in (
                *(plan_of(slug, standing) for slug, standing, *_rest in TABLE),
                plan_of(BUSY, verdict=UNSURE),
                Plan(Action.HUMAN, Why.NEVER),
            )
        }
    assert all(each.endswith((".", "。")) for each in sentences.values())
    assert not any("%(" in each or "\x00" in each for each in sentences.values())
    of_people = [text for (act, _), text in sentences.items() if act is Action.HUMAN]
    assert len(set(of_people)) == len(of_people)


@pytest.mark.parametrize(
    ("found", "start"),
    [
        (Plan(Action.OTHER_ROUTE, Why.OTHER_ROUTE, NOON), "Was to be sent over"),
        (Plan(Action.WAIT, Why.PROVIDER_TRIES, NOON), "Waited for news"),
        (Plan(Action.RETRY_AT, Why.UNDER_WAY, NOON), "A try is under way."),
        (Plan(Action.RETRY_AT, Why.UNDER_WAY), "A try is under way."),
    ],
)
def test_a_time_that_has_passed_is_not_promised(found: Plan, start: str) -> None:
    assert said(found).startswith(start)
