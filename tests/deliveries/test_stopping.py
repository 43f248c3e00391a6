"""How many of the last messages may go wrong before a bulk resend stops?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import stopping

# One bad address is no outage; of the last fifty, three are too many.
MOST = {1: 1, 20: 1, 39: 1, 40: 2, 50: 2, 80: 2}


@pytest.mark.parametrize("ended", MOST)
def test_more_than_a_twentieth_stops(ended: int) -> None:
    assert not stopping.too_many(ended, MOST[ended])
    assert stopping.too_many(ended, MOST[ended] + 1)


@given(st.integers(1, 50), st.integers(0, 50))
def test_worse_is_never_better(ended: int, wrong: int) -> None:
    if stopping.too_many(ended, wrong):
        assert stopping.too_many(ended, wrong + 1)
        assert stopping.too_many(max(1, ended - 1), wrong)


def test_a_stricter_rule_stops_at_the_first() -> None:
    strict = stopping.Rule(percent=0)
    assert not stopping.too_many(50, 0, strict)
    assert stopping.too_many(1, 1, strict)


def test_a_wider_window_counts_more() -> None:
    wide = stopping.Rule(percent=10, window=200)
    assert stopping.most_wrong(1, wide) == 2
    assert stopping.most_wrong(200, wide) == stopping.most_wrong(900, wide) == 20
