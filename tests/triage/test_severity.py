"""Does the tier follow from the facts, with every part shown?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import floor, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import severity
from triage.severity import (
    Departure,
    Reason,
    ReasonCode,
    Settled,
    Severity,
    SeverityFacts,
    Tier,
)

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
CALM = SeverityFacts(purpose="marketing", unserved=1, handling_level=1)
SPIKE = Departure(failed=310, sends=1000, baseline_failed=200, baseline_sends=10_000)


def judge(facts: SeverityFacts) -> Severity:
    return severity.judge(facts, now=NOON)


def part(facts: SeverityFacts, code: ReasonCode) -> Reason:
    return next(reason for reason in judge(facts).reasons if reason.code is code)


def test_a_failing_security_message_for_thousands_is_s1_with_its_reasons() -> None:
    facts = replace(CALM, purpose="security", unserved=4120, departure=SPIKE)
    verdict = judge(facts)
    assert verdict.tier is Tier.S1
    assert verdict.reasons[:3] == (
        Reason(ReasonCode.PURPOSE, 40, {"purpose": "security"}),
        Reason(ReasonCode.REACH, 36, {"people": 4120}),
        Reason(
            ReasonCode.DEPARTURE, 30, {"rate": 31.0, "baseline": 2.0, "sends": 1000}
        ),
    )


@pytest.mark.parametrize(
    ("purpose", "points"),
    [("security", 40), ("transactional", 25), ("social", 10), ("marketing", 0)],
)
def test_the_purpose_gives_points(purpose: str, points: int) -> None:
    assert part(replace(CALM, purpose=purpose), ReasonCode.PURPOSE).points == points


@pytest.mark.parametrize(
    ("people", "points"),
    [(0, 0), (1, 0), (10, 10), (250, 24), (10_000, 40), (10**9, 40)],
)
def test_reach_grows_with_the_logarithm_of_the_people(people: int, points: int) -> None:
    assert part(replace(CALM, unserved=people), ReasonCode.REACH).points == points


def test_without_a_baseline_the_departure_says_so_and_counts_nothing() -> None:
    assert part(CALM, ReasonCode.NO_BASELINE) == Reason(ReasonCode.NO_BASELINE, 0)


def test_a_handful_of_sends_says_nothing_about_a_rate() -> None:
    few = replace(SPIKE, failed=20, sends=20)
    assert part(replace(CALM, departure=few), ReasonCode.TOO_FEW).params == {
        "sends": 20,
        "needed": 30,
    }


def test_a_difference_that_chance_explains_counts_nothing() -> None:
    close = Departure(failed=2, sends=60, baseline_failed=20, baseline_sends=1000)
    assert part(replace(CALM, departure=close), ReasonCode.AS_USUAL).points == 0


def test_a_rate_below_its_baseline_counts_nothing() -> None:
    better = Departure(failed=0, sends=900, baseline_failed=300, baseline_sends=1000)
    assert part(replace(CALM, departure=better), ReasonCode.AS_USUAL).points == 0


def test_a_spotless_baseline_counts_as_half_a_percent() -> None:
    first = Departure(failed=40, sends=1000, baseline_failed=0, baseline_sends=10_000)
    assert part(replace(CALM, departure=first), ReasonCode.DEPARTURE).points == 24


@pytest.mark.parametrize(
    ("left", "points"),
    [
        (timedelta(minutes=-1), 0),
        (timedelta(0), 15),
        (timedelta(minutes=15), 15),
        (timedelta(minutes=16), 10),
        (timedelta(hours=2), 10),
        (timedelta(hours=24), 5),
        (timedelta(hours=25), 0),
    ],
)
def test_a_near_expiry_is_urgent(left: timedelta, points: int) -> None:
    facts = replace(CALM, soonest_expiry=NOON + left)
    assert part(facts, ReasonCode.URGENCY).points == points


@given(st.floats(-5, 400))
def test_age_counts_doublings_of_the_hours(hours: float) -> None:
    facts = replace(CALM, oldest_failure=NOON - timedelta(hours=hours))
    age = max(timedelta(0), timedelta(hours=hours)) / timedelta(hours=1)
    assert part(facts, ReasonCode.AGE).points == min(15, 5 * floor(log2(1 + age)))


@pytest.mark.parametrize(("times", "points"), [(0, 0), (1, 5), (2, 10), (9, 10)])
def test_each_reopening_counts_up_to_a_limit(times: int, points: int) -> None:
    assert part(replace(CALM, reopenings=times), ReasonCode.REPEAT).points == points


def test_a_cause_for_an_urgent_person_is_at_least_s2_and_says_why() -> None:
    verdict = judge(replace(CALM, handling_level=4))
    assert verdict.tier is Tier.S2
    assert verdict.reasons[-1] == Reason(ReasonCode.FLOOR, 0, {"handling_level": 4})


def test_the_floor_is_silent_when_the_score_is_enough() -> None:
    facts = replace(CALM, handling_level=4, purpose="security", unserved=10_000)
    assert ReasonCode.FLOOR not in {reason.code for reason in judge(facts).reasons}


FACTS = st.builds(
    SeverityFacts,
    purpose=st.sampled_from(list(severity.PURPOSE_POINTS)),
    unserved=st.integers(0, 10**7),
    handling_level=st.integers(1, 4),
    reopenings=st.integers(0, 5),
    oldest_failure=st.none() | st.datetimes(timezones=st.just(UTC)),
    soonest_expiry=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(FACTS)
def test_the_points_shown_add_up_to_the_score(facts: SeverityFacts) -> None:
    verdict = judge(facts)
    assert sum(reason.points for reason in verdict.reasons) == verdict.score
    assert len(verdict.reasons) in (6, 7)


@given(
    st.integers(-(10**5), 10**5), st.integers(-(10**5), 10**5), st.integers(0, 10**5)
)
def test_between_two_judgements_nothing_changes_by_itself(
    oldest_s: int, expiry_s: int, later_s: int
) -> None:
    facts = replace(
        CALM,
        oldest_failure=NOON + timedelta(seconds=oldest_s),
        soonest_expiry=NOON + timedelta(seconds=expiry_s),
    )
    due = severity.rejudge_at(facts, NOON)
    later = NOON + timedelta(seconds=later_s)
    if due is None or later < due:
        assert severity.judge(facts, now=later).score == judge(facts).score


def test_a_ticket_without_clocks_is_never_judged_again_by_time() -> None:
    assert severity.rejudge_at(CALM, NOON) is None


@pytest.mark.parametrize(
    ("now_s", "due_s"), [(0, 3600), (3600, 3 * 3600), (3 * 3600, 7 * 3600)]
)
def test_time_brings_a_ticket_back_at_its_next_step(now_s: int, due_s: int) -> None:
    facts = replace(CALM, oldest_failure=NOON)
    due = severity.rejudge_at(facts, NOON + timedelta(seconds=now_s))
    assert due == NOON + timedelta(seconds=due_s)


def scored(score: int, tier: Tier) -> Severity:
    return Severity(tier, score, ())


def test_a_tier_rises_at_once() -> None:
    settled = severity.settle(Tier.S3, NOON, scored(90, Tier.S1), NOON)
    assert settled == Settled(Tier.S1, None, None)


def test_a_tier_just_under_its_threshold_stays() -> None:
    settled = severity.settle(Tier.S1, NOON, scored(81, Tier.S2), NOON)
    assert settled == Settled(Tier.S1, None, None)


def test_a_tier_falls_only_after_fifteen_minutes_well_below() -> None:
    low = scored(80, Tier.S2)
    end = NOON + timedelta(minutes=15)
    first = severity.settle(Tier.S1, None, low, NOON)
    assert first == Settled(Tier.S1, NOON, end)
    between = NOON + timedelta(minutes=14)
    again = severity.settle(Tier.S1, first.below_since, low, between)
    assert again == first
    settled = severity.settle(Tier.S1, again.below_since, low, end)
    assert settled == Settled(Tier.S2, None, None)


def test_a_new_ticket_takes_its_tier() -> None:
    settled = severity.settle(None, None, scored(10, Tier.S4), NOON)
    assert settled == Settled(Tier.S4, None, None)


def test_the_strongest_purpose_of_a_group_counts() -> None:
    assert severity.strongest(["marketing", "security", "social"]) == "security"
    assert severity.strongest(["", "marketing"]) == "marketing"
    assert severity.strongest([]) == "transactional"


def test_a_reason_survives_its_json_column() -> None:
    for reason in judge(replace(CALM, departure=SPIKE)).reasons:
        assert Reason.from_json(json.loads(json.dumps(reason.to_json()))) == reason
