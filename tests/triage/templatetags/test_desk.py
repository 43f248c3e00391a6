"""Are ages written so that they can be compared at a glance?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from triage.recent_reports import STRETCHES
from triage.templatetags.desk import age, sparkline

NOW = datetime(2026, 3, 12, 10, 41, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h 00"),
        (timedelta(hours=4, minutes=5), "4 h 05"),
        (timedelta(hours=23, minutes=59), "23 h 59"),
        (timedelta(days=1, hours=2), "1 d 2 h"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=40, hours=5), "40 d"),
    ],
)
def test_an_age_has_at_most_two_units(passed: timedelta, words: str) -> None:
    with translation.override("en"):
        assert age(NOW - passed, NOW) == words


def test_a_moment_in_the_future_counts_as_now() -> None:
    with translation.override("en"):
        assert age(NOW + timedelta(hours=1), NOW) == "under 1 min"


def test_an_absent_moment_has_no_age() -> None:
    assert age(None, NOW) == ""
    assert age(NOW, None) == ""


def drawn(*last: int) -> str:
    with translation.override("en"):
        return str(sparkline((*[0] * (STRETCHES - len(last)), *last)))


def test_a_sparkline_says_in_words_what_it_draws() -> None:
    assert "1,204 reports in 6 h, 1,004 in the last hour" in drawn(200, 1000, 3, 1)
    assert "1 report in 6 h, 0 in the last hour" in drawn(1, 0, 0, 0)


def test_the_highest_bar_fills_it_and_the_lowest_can_be_seen() -> None:
    svg = drawn(1, 1000, 0, 500)
    assert 'd="M56 17v-2h3v2z"' in svg
    assert 'class="late" d="M60 17v-16h3v16zM68 17v-8h3v8z"' in svg


def test_where_nothing_came_there_is_the_line_alone() -> None:
    svg = drawn(0)
    assert "0 reports in 6 h" in svg
    assert svg.count("<path") == 1
