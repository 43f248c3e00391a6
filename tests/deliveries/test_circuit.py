"""Does a breaker open, try and close as its numbers say?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deliveries import circuit
from deliveries.circuit import Circuit, State

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FRESH = circuit.fresh(NOON)


def met(requests: int, failures: int, then: Circuit = FRESH) -> Circuit:
    return circuit.after(then, requests, failures, NOON + SECOND)


OPEN = met(20, 10)


@pytest.mark.parametrize(
    ("requests", "failures", "state"),
    [
        (19, 19, State.CLOSED),
        (20, 9, State.CLOSED),
        (20, 10, State.OPEN),
        (200, 100, State.OPEN),
        (200, 99, State.CLOSED),
    ],
)
def test_it_opens_at_half_of_twenty_requests_within_a_minute(
    requests: int, failures: int, state: State
) -> None:
    assert met(requests, failures).state is state


def test_chunks_of_one_minute_add_up() -> None:
    assert met(10, 5, met(10, 5)).state is State.OPEN


def test_a_minute_later_counting_starts_anew() -> None:
    later = circuit.after(met(19, 19), 1, 1, NOON + circuit.WINDOW)
    assert (later.state, later.requests) == (State.CLOSED, 1)


def test_an_open_one_lets_nothing_pass_for_half_a_minute() -> None:
    opened_at = OPEN.opened_at
    assert opened_at is not None
    until = opened_at + circuit.OPEN_FOR
    assert circuit.shut_until(OPEN, NOON) == until
    assert circuit.admit(OPEN, until - SECOND) is None
    assert circuit.shut_until(OPEN, until) is None


def probing(left: int = 0) -> Circuit:
    """A breaker that has let its probes pass, all but ``left``."""
    at: datetime = NOON + SECOND + circuit.OPEN_FOR
    then: Circuit | None = OPEN
    for _ in range(circuit.PROBES - left):
        assert then is not None
        then = circuit.admit(then, at)
    assert then is not None
    return then


def test_then_three_probes_pass_and_no_more() -> None:
    at = NOON + SECOND + circuit.OPEN_FOR
    assert probing().state is State.HALF_OPEN
    assert probing(1).probes_left == 1
    assert circuit.admit(probing(), at) is None


def test_probes_whose_senders_died_are_replaced() -> None:
    later = probing().window_start + circuit.OPEN_FOR
    again = circuit.admit(probing(), later)
    assert again is not None
    assert again.probes_left == circuit.PROBES - 1


def test_three_good_probes_close_it_also_one_by_one() -> None:
    assert met(3, 0, probing()).state is State.CLOSED
    one = met(1, 0, probing())
    assert one.state is State.HALF_OPEN
    assert met(2, 0, one).state is State.CLOSED


def test_one_bad_probe_opens_it_for_another_half_minute() -> None:
    again = circuit.after(probing(), 1, 1, NOON + circuit.WINDOW)
    assert (again.state, again.opened_at) == (State.OPEN, NOON + circuit.WINDOW)


def test_answers_to_what_was_sent_before_it_opened_change_nothing() -> None:
    assert met(50, 0, OPEN) == OPEN


def test_what_a_person_holds_open_stays_open() -> None:
    held = circuit.opened(FRESH, NOON, forced=True)
    much_later = NOON + timedelta(days=1)
    assert circuit.admit(held, much_later) is None
    assert circuit.shut_until(held, much_later) == much_later + circuit.OPEN_FOR
    assert circuit.admit(replace(held, forced=False), much_later) is not None
