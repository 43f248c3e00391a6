"""Does a retry come at the right time, and never where it must not?"""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import retry, taxonomy
from deliveries.models import Purpose
from deliveries.retry import (
    Remedy,
    ResendAnswer,
    ResendCode,
    RetryDecision,
    RetryForm,
    RetryPolicy,
    RetryReason,
)

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
QUICK = RetryPolicy.for_category("safe", "retry_backoff")
SLOW = RetryPolicy.for_category("conditional", "retry_backoff")
DETOUR = RetryPolicy.for_category("conditional", "failover")


class NoJitter(random.Random):
    def random(self) -> float:
        return 0.0


def decide(
    policy: RetryPolicy,
    tries_made: int = 1,
    retry_after_s: float | None = None,
    expires_at: datetime | None = None,
    rng: random.Random | None = None,
) -> RetryDecision | None:
    return retry.decide(
        policy,
        tries_made=tries_made,
        now=NOON,
        retry_after_s=retry_after_s,
        expires_at=expires_at,
        rng=rng or NoJitter(),
    )


def waits(policy: RetryPolicy) -> list[timedelta]:
    found = []
    tries_made = 1
    while decision := decide(policy, tries_made):
        found.append(decision.at - NOON)
        tries_made += 1
    return found


def test_a_safe_cause_is_retried_with_growing_waits_until_it_is_used_up() -> None:
    assert [wait.total_seconds() for wait in waits(QUICK)] == [
        30,
        2 * 60,
        10 * 60,
        30 * 60,
        2 * 3600,
        6 * 3600,
        12 * 3600,
    ]


def test_a_conditional_cause_is_retried_in_the_slow_form() -> None:
    assert waits(SLOW) == [timedelta(hours=h) for h in (4, 12, 24)]


def test_another_route_is_tried_once_and_at_once() -> None:
    assert waits(DETOUR) == [timedelta(0)]


@pytest.mark.parametrize("policy", list(taxonomy.RepairPolicy))
def test_a_cause_that_must_never_be_resent_gives_no_try(policy: str) -> None:
    assert decide(RetryPolicy.for_category("never", policy)) is None


def test_a_longer_retry_after_wins_and_a_shorter_one_does_not() -> None:
    assert decide(QUICK, retry_after_s=90) == RetryDecision(
        NOON + timedelta(seconds=90), RetryReason.RETRY_AFTER
    )
    assert decide(QUICK, retry_after_s=5) == RetryDecision(
        NOON + timedelta(seconds=30), RetryReason.BACKOFF
    )


def test_the_wish_of_one_provider_does_not_delay_another_route() -> None:
    assert decide(DETOUR, retry_after_s=3600) == RetryDecision(
        NOON, RetryReason.OTHER_ROUTE
    )


@pytest.mark.parametrize("seconds", [8 * 86400, 1e300, float("inf"), float("nan")])
def test_an_absurd_retry_after_goes_to_a_person(seconds: float) -> None:
    assert decide(QUICK, retry_after_s=seconds) is None


def test_a_negative_retry_after_is_ignored() -> None:
    assert decide(QUICK, retry_after_s=-10) == decide(QUICK)


@pytest.mark.parametrize("left_s", [-5, 0, 29, 30])
def test_nothing_is_planned_at_or_past_the_expiry(left_s: int) -> None:
    assert decide(QUICK, expires_at=NOON + timedelta(seconds=left_s)) is None


def test_an_expired_message_is_not_sent_over_another_route_either() -> None:
    assert decide(DETOUR, expires_at=NOON) is None


@given(
    policy=st.sampled_from([QUICK, SLOW, DETOUR]),
    tries_made=st.integers(1, 9),
    retry_after_s=st.none() | st.floats(0, 86400),
    left_s=st.none() | st.integers(-10, 200_000),
    seed=st.integers(),
)
def test_jitter_is_only_added_and_never_reaches_the_expiry(
    policy: RetryPolicy,
    tries_made: int,
    retry_after_s: float | None,
    left_s: int | None,
    seed: int,
) -> None:
    expires_at = None if left_s is None else NOON + timedelta(seconds=left_s)
    rng = random.Random(seed)
    plain = decide(policy, tries_made, retry_after_s, expires_at)
    shaken = decide(policy, tries_made, retry_after_s, expires_at, rng)
    assert (plain is None) == (shaken is None)
    if plain and shaken:
        wait = plain.at - NOON
        assert wait <= shaken.at - NOON <= wait * 1.25 + timedelta(microseconds=1)
        assert expires_at is None or shaken.at < expires_at


PURPOSES = ["security", "transactional", "social", "marketing"]
CAUSES = [
    (retry_class, repair_policy)
    for retry_class in taxonomy.RetryClass
    for repair_policy in taxonomy.RepairPolicy
]


def test_every_purpose_has_a_curve() -> None:
    assert set(retry.CURVES) == set(Purpose.values)


def test_a_security_message_is_retried_within_minutes_or_not_at_all() -> None:
    quick = RetryPolicy.for_category("safe", "retry_backoff", "security")
    assert [wait.total_seconds() for wait in waits(quick)] == [10, 30, 60]
    slow = RetryPolicy.for_category("conditional", "retry_backoff", "security")
    assert (slow.form, waits(slow)) == (RetryForm.NONE, [])
    other = RetryPolicy.for_category("conditional", "failover", "security")
    assert waits(other) == [timedelta(0)]


@pytest.mark.parametrize("purpose", ["social", "marketing"])
def test_what_nobody_waits_for_is_retried_more_slowly_and_less_often(
    purpose: str,
) -> None:
    for retry_class, usual in (("safe", QUICK), ("conditional", SLOW)):
        unurgent = waits(
            RetryPolicy.for_category(retry_class, "retry_backoff", purpose)
        )
        assert 0 < len(unurgent) < len(waits(usual))
        assert unurgent[0] > waits(usual)[0]


@pytest.mark.parametrize(
    ("purpose", "seconds", "waited"),
    [
        ("security", 300, True),
        ("security", 301, False),
        ("marketing", 86_400, True),
        ("marketing", 86_401, False),
    ],
)
def test_a_purpose_waits_only_so_long_for_a_provider(
    purpose: str, seconds: int, *, waited: bool
) -> None:
    policy = RetryPolicy.for_category("safe", "retry_backoff", purpose)
    assert (decide(policy, retry_after_s=seconds) is not None) == waited


@given(
    purpose=st.sampled_from(PURPOSES),
    cause=st.sampled_from(CAUSES),
    fails_after_s=st.lists(st.integers(0, 7200), min_size=12, max_size=12),
    asked_s=st.lists(st.none() | st.integers(0, 200_000), min_size=12, max_size=12),
    left_s=st.none() | st.integers(0, 400_000),
    seed=st.integers(),
)
def test_a_history_ends_in_time_whatever_the_clocks_do(
    purpose: str,
    cause: tuple[str, str],
    fails_after_s: list[int],
    asked_s: list[int | None],
    left_s: int | None,
    seed: int,
) -> None:
    policy = RetryPolicy.for_category(*cause, purpose)
    expires_at = None if left_s is None else NOON + timedelta(seconds=left_s)
    rng, now, waited, tries_made = random.Random(seed), NOON, timedelta(0), 0
    for tries_made in range(1, 13):
        decision = retry.decide(
            policy,
            tries_made=tries_made,
            now=now,
            retry_after_s=asked_s[tries_made - 1],
            expires_at=expires_at,
            rng=rng,
        )
        if decision is None:
            break
        assert decision.at >= now + policy.delays[tries_made - 1]
        assert expires_at is None or decision.at < expires_at
        waited += decision.at - now
        now = decision.at + timedelta(seconds=fails_after_s[tries_made - 1])
    assert tries_made <= len(policy.delays) + 1
    if cause[0] == "never":
        assert waited == timedelta(0)
    if purpose == "security":  # three waits, each of at most five minutes and a quarter
        assert waited <= 3 * timedelta(minutes=5) * 1.25


def test_deciding_before_any_try_is_an_error() -> None:
    with pytest.raises(ValueError, match="try that failed"):
        decide(QUICK, tries_made=0)


def test_the_machine_sends_again_for_no_never_cause() -> None:
    for leaf in taxonomy.load().categories:
        answer = retry.may_resend(leaf.retry_class, leaf.repair_policy, by_person=False)
        if leaf.retry_class == "never":
            assert not answer.allowed
            assert answer.code is ResendCode.NEVER


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("server.greylisted", ResendAnswer(True, ResendCode.AFTER_BACKOFF)),
        ("recipient.mailbox_full", ResendAnswer(True, ResendCode.SLOW_FORM)),
        ("network.tls_failure", ResendAnswer(True, ResendCode.OTHER_ROUTE)),
        ("rate.quota_exhausted", ResendAnswer(False, ResendCode.NEEDS_PERSON)),
        ("recipient.unknown", ResendAnswer(False, ResendCode.NEVER)),
    ],
)
def test_what_the_machine_may_do(slug: str, expected: ResendAnswer) -> None:
    leaf = taxonomy.load().get(slug)
    answer = retry.may_resend(leaf.retry_class, leaf.repair_policy, by_person=False)
    assert answer == expected


@pytest.mark.parametrize(
    ("retry_class", "expected"),
    [
        ("safe", ResendAnswer(True, ResendCode.NOW)),
        ("conditional", ResendAnswer(False, ResendCode.NEEDS_REMEDY)),
        ("never", ResendAnswer(False, ResendCode.NEEDS_CHECKED_REMEDY)),
    ],
)
def test_what_a_person_may_do_without_a_remedy(
    retry_class: str, expected: ResendAnswer
) -> None:
    assert retry.may_resend(retry_class, "human", by_person=True) == expected


def test_the_two_answers_about_the_machine_agree() -> None:
    for leaf in taxonomy.load().categories:
        policy = RetryPolicy.for_category(leaf.retry_class, leaf.repair_policy)
        answer = retry.may_resend(leaf.retry_class, leaf.repair_policy, by_person=False)
        assert answer.allowed == (policy.form is not RetryForm.NONE)
        assert answer.allowed == (decide(policy) is not None)


def test_every_cause_but_a_notice_has_a_remedy() -> None:
    for leaf in taxonomy.load().categories:
        assert bool(retry.remedies(leaf.slug)) == (leaf.family != "notice")


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("consent.suppressed", {Remedy.SUPPRESSION_LIFTED}),
        ("consent.unsubscribed", {Remedy.CONSENT_RENEWED}),
        ("content.too_large", {Remedy.NEW_TEMPLATE_VERSION, Remedy.EDITED}),
        ("rate.recipient_limit", {Remedy.WAITED}),
        ("unknown.unclassified", {Remedy.HUMAN_JUDGEMENT}),
    ],
)
def test_the_remedies_follow_the_cause(slug: str, expected: set[Remedy]) -> None:
    assert retry.remedies(slug) == expected


def test_waiting_means_four_hours_for_a_full_mailbox_and_two_elsewhere() -> None:
    assert retry.least_wait("recipient.mailbox_full") == timedelta(hours=4)
    assert retry.least_wait("network.tls_failure") == timedelta(hours=2)
