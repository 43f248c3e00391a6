"""Is an endpoint tried again when the manual says so?"""

import random
from datetime import timedelta

import pytest

from triage.webhooks import schedule

SECONDS = (5, 300, 1800, 7200, 18000, 36000, 36000)


class Still(random.Random):
    """Never adds anything."""

    def random(self) -> float:
        return 0.0


def test_the_waits_are_those_of_the_manual() -> None:
    waits = [schedule.wait_after(n, None, Still()) for n in range(1, 8)]
    assert waits == [timedelta(seconds=each) for each in SECONDS]


def test_after_the_eighth_miss_a_delivery_is_given_up() -> None:
    assert schedule.wait_after(8, None, Still()) is None
    assert schedule.wait_after(8, 60, Still()) is None


@pytest.mark.parametrize("n", range(1, 8))
def test_jitter_only_adds_and_at_most_a_quarter(n: int) -> None:
    rng = random.Random(7)
    base = timedelta(seconds=SECONDS[n - 1])
    waits = {schedule.wait_after(n, None, rng) for _ in range(200)}
    assert all(each is not None and base <= each <= base * 1.25 for each in waits)
    assert len(waits) > 1


def test_a_longer_wait_that_was_asked_for_wins_up_to_a_day() -> None:
    assert schedule.wait_after(1, 3600, Still()) == timedelta(hours=1)
    assert schedule.wait_after(1, 3, Still()) == timedelta(seconds=5)
    assert schedule.wait_after(1, 10**8, Still()) == timedelta(hours=24)


def test_who_fails_for_longer_holds_the_others_for_longer_but_never_for_good() -> None:
    holds = [schedule.hold(timedelta(minutes=each)) for each in (0, 5, 600)]
    assert holds == [timedelta(minutes=each) for each in (1, 5, 60)]
