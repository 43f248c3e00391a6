"""Is working time counted as people live it: by zone, season, day and hour?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import clocks
from triage.clocks import AROUND_THE_CLOCK, DAY_MIN, Calendar, Opening

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
NINE, NOON, ONE, SEVENTEEN = 9 * 60, 12 * 60, 13 * 60, 17 * 60


def office(zone: ZoneInfo = BERLIN, *holidays: date) -> Calendar:
    """Monday to Friday, nine to twelve and one to five."""
    openings = [
        Opening(day, *span)
        for day in range(5)
        for span in ((NINE, NOON), (ONE, SEVENTEEN))
    ]
    return Calendar(zone, tuple(openings), frozenset(holidays))


def always(zone: ZoneInfo) -> Calendar:
    return Calendar(zone, tuple(Opening(day, 0, DAY_MIN) for day in range(7)))


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02 09:00", 3, "2026-03-02 12:00"),  # a Monday
        ("2026-03-02 11:00", 2, "2026-03-02 14:00"),  # over lunch
        ("2026-03-02 12:30", 1, "2026-03-02 14:00"),
        ("2026-03-02 16:00", 2, "2026-03-03 10:00"),  # over night
        ("2026-03-06 16:00", 2, "2026-03-09 10:00"),  # over a weekend
        ("2026-03-07 11:00", 1, "2026-03-09 10:00"),
        ("2026-03-02 05:00", 7, "2026-03-02 17:00"),
    ],
)
def test_only_working_hours_count(start: str, hours: int, due: str) -> None:
    assert clocks.deadline(at(start), hours * HOUR, office()) == at(due)
    assert clocks.worked(at(start), at(due), office()) == hours * HOUR


def test_a_holiday_is_left_out() -> None:
    closed = office(BERLIN, date(2026, 4, 3), date(2026, 4, 6))  # Easter
    due = clocks.deadline(at("2026-04-02 16:00"), 2 * HOUR, closed)
    assert due == at("2026-04-07 10:00")


def test_the_zone_of_the_calendar_decides_what_the_hour_is() -> None:
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine in Shanghai, two in Berlin
    assert clocks.deadline(start, HOUR, office(SHANGHAI)) == start + HOUR
    assert clocks.deadline(start, HOUR, office()) == at("2026-03-02 10:00")


def test_a_night_in_spring_is_an_hour_short_and_one_in_autumn_an_hour_long() -> None:
    night = Calendar(BERLIN, tuple(Opening(day, 0, 6 * 60) for day in range(7)))
    spring, autumn = "2026-03-29", "2026-10-25"
    for day, hours in ((spring, 5), (autumn, 7)):
        midnight, six = at(f"{day} 00:00"), at(f"{day} 06:00")
        assert clocks.worked(midnight, six, night) == hours * HOUR
        assert clocks.deadline(midnight, hours * HOUR, night) == six


def test_what_opens_in_the_hour_left_out_opens_when_the_clock_jumps() -> None:
    half_past_two = Calendar(BERLIN, (Opening(6, 150, 240),))
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)  # from two to three
    due = clocks.deadline(jump - 5 * HOUR, HOUR, half_past_two)
    assert due == jump + HOUR == at("2026-03-29 04:00")


def test_two_openings_around_the_hour_left_out_count_no_minute_twice() -> None:
    split = Calendar(BERLIN, (Opening(6, 135, 165), Opening(6, 180, 240)))
    day = at("2026-03-29 00:00"), at("2026-03-29 12:00")
    assert clocks.worked(*day, split) == HOUR


def test_a_day_that_a_zone_skipped_has_no_working_time() -> None:
    apia = always(ZoneInfo("Pacific/Apia"))  # there was no 30 December 2011
    before = datetime(2011, 12, 29, 12, tzinfo=UTC)
    after = datetime(2012, 1, 1, 12, tzinfo=UTC)
    assert clocks.worked(before, after, apia) == after - before


def test_around_the_clock_every_minute_counts() -> None:
    start = at("2026-03-07 23:59")
    assert clocks.deadline(start, 15 * HOUR, AROUND_THE_CLOCK) == start + 15 * HOUR


def test_what_is_promised_at_once_is_due_at_once_even_at_night() -> None:
    start = at("2026-03-07 03:00")
    assert clocks.deadline(start, timedelta(0), office()) == start


@pytest.mark.parametrize(
    "calendar",
    [Calendar(BERLIN, ()), Calendar(BERLIN, (Opening(0, 60, 61),))],
    ids=["never", "a minute a week"],
)
def test_a_calendar_that_is_closed_for_good_is_refused(calendar: Calendar) -> None:
    with pytest.raises(clocks.NeverOpen):
        clocks.deadline(at("2026-03-02 09:00"), 40 * HOUR, calendar)


def test_openings_that_share_a_minute_overlap() -> None:
    morning, noon = Opening(0, NINE, NOON), Opening(0, NOON, ONE)
    assert clocks.overlap([noon, morning]) is None
    assert clocks.overlap([noon, Opening(1, NINE, SEVENTEEN)]) is None
    late = Opening(0, NOON - 1, ONE)
    assert clocks.overlap([late, morning]) == (morning, late)


# --- for any calendar and any moment --------------------------------------------------

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "Asia/Shanghai",
        "America/New_York",
        "America/Havana",  # changes its clocks at midnight
        "Australia/Lord_Howe",  # by half an hour
        "Asia/Kathmandu",
    )
]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    openings = []
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        edges = draw(
            st.sets(st.integers(0, DAY_MIN), min_size=2, max_size=6).map(sorted)
        )
        pairs = zip(edges[::2], edges[1::2], strict=False)
        openings += [Opening(day, opens, closes) for opens, closes in pairs]
    holidays = draw(
        st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=20)
    )
    return Calendar(draw(st.sampled_from(ZONES)), tuple(openings), holidays)


NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 395 * DAY_MIN).map(
    lambda minutes: NEW_YEAR + timedelta(minutes=minutes)
)
AMOUNTS = st.integers(0, 60 * 40).map(lambda minutes: timedelta(minutes=minutes))


@given(calendars(), MOMENTS, AMOUNTS)
def test_what_passes_until_the_deadline_is_what_was_promised(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    try:
        due = clocks.deadline(start, amount, calendar)
    except clocks.NeverOpen:
        return
    assert due >= start
    assert clocks.worked(start, due, calendar) == amount
    if amount:
        a_moment_before = due - timedelta(seconds=1)
        assert clocks.worked(start, a_moment_before, calendar) < amount


@given(calendars(), MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up_and_is_never_negative(
    calendar: Calendar, one: datetime, two: datetime, three: datetime
) -> None:
    first, middle, last = sorted((one, two, three))
    parts = clocks.worked(first, middle, calendar) + clocks.worked(
        middle, last, calendar
    )
    assert clocks.worked(first, last, calendar) == parts
    assert timedelta(0) <= parts <= last - first
    assert clocks.worked(last, first, calendar) == timedelta(0)


@given(calendars(), MOMENTS, AMOUNTS, AMOUNTS)
def test_a_pause_moves_the_deadline_and_loses_nothing(
    calendar: Calendar, start: datetime, amount: timedelta, pause: timedelta
) -> None:
    try:
        due = clocks.deadline(start, amount, calendar)
        paused_at = start + (due - start) / 2
        left = clocks.worked(paused_at, due, calendar)
        resumed_at = paused_at + pause
        later = clocks.deadline(resumed_at, left, calendar)
    except clocks.NeverOpen:
        return
    assert later >= due
    before = clocks.worked(start, paused_at, calendar)
    assert before + clocks.worked(resumed_at, later, calendar) == amount
