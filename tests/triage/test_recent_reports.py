"""Do the counts of the last hours say when reports came, and forget in time?"""

from datetime import UTC, datetime, timedelta

import pytest

from triage.recent_reports import HOUR, STRETCH, STRETCHES, as_of, counted, stretch_of

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUIET = [0] * STRETCHES


def test_a_stretch_begins_on_the_hour_and_every_twenty_minutes() -> None:
    assert stretch_of(NOON) == NOON
    assert stretch_of(NOON + timedelta(minutes=19, seconds=59)) == NOON
    assert stretch_of(NOON + timedelta(minutes=20)) == NOON + STRETCH
    assert timedelta(hours=1) == HOUR * STRETCH


def test_reports_are_counted_where_they_came() -> None:
    moments = [NOON, NOON + timedelta(minutes=5), NOON - timedelta(minutes=50)]
    counts, at = counted([], None, moments)
    assert at == NOON
    assert counts == [*QUIET[4:], 1, 0, 0, 2]


def test_nothing_counted_changes_nothing() -> None:
    assert counted([], None, []) == ([], None)
    assert as_of([], None, NOON) == QUIET


def test_what_came_later_moves_the_earlier_on() -> None:
    counts, at = counted([], None, [NOON])
    counts, at = counted(counts, at, [NOON + STRETCH, NOON + STRETCH])
    assert (counts[-2:], at) == ([1, 2], NOON + STRETCH)


def test_what_is_told_late_is_counted_where_it_came() -> None:
    counts, at = counted([], None, [NOON])
    counts, at = counted(counts, at, [NOON - 2 * STRETCH])
    assert (counts[-3:], at) == ([1, 0, 1], NOON)


@pytest.mark.parametrize("late", [STRETCHES, STRETCHES + 1, 10_000])
def test_what_came_before_all_of_them_is_not_counted(late: int) -> None:
    counts, at = counted([], None, [NOON])
    assert counted(counts, at, [NOON - late * STRETCH]) == (counts, at)


def test_what_is_taken_out_leaves_no_less_than_nothing() -> None:
    counts, at = counted([], None, [NOON, NOON])
    counts, at = counted(counts, at, [NOON], by=-1)
    assert counts[-1] == 1
    counts, at = counted(counts, at, [NOON, NOON], by=-1)
    assert (counts, at) == (QUIET, NOON)


@pytest.mark.parametrize(
    ("passed", "left"), [(0, 1), (1, 1), (STRETCHES - 1, 1), (STRETCHES, 0), (999, 0)]
)
def test_hours_pass_without_anybody_counting(passed: int, left: int) -> None:
    counts, at = counted([], None, [NOON])
    seen = as_of(counts, at, NOON + passed * STRETCH)
    assert len(seen) == STRETCHES
    assert sum(seen) == left


def test_a_clock_that_is_ahead_is_no_reason_to_forget() -> None:
    counts, at = counted([], None, [NOON])
    assert as_of(counts, at, NOON - timedelta(hours=3)) == counts
