"""Is a share on few cases believed less than the same share on many?"""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledgebase import posterior

COUNT = st.integers(0, 300)


def by_binomial(a: int, b: int, x: float) -> float:
    """The same function for whole numbers, as a sum of binomial terms (DLMF 8.17.5)."""
    n = a + b - 1
    return sum(comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(a, n + 1))


@given(a=st.integers(1, 60), b=st.integers(1, 60), x=st.floats(0.01, 0.99))
def test_the_distribution_is_that_of_the_binomial_sum(a: int, b: int, x: float) -> None:
    assert posterior.cumulative(a, b, x) == pytest.approx(
        by_binomial(a, b, x), abs=1e-10
    )


@given(held=COUNT, failed=COUNT)
def test_the_lower_bound_leaves_a_twentieth_below_it(held: int, failed: int) -> None:
    low = posterior.lower_bound(held, failed)
    assert posterior.cumulative(held + 1, failed + 1, low) == pytest.approx(
        posterior.LEVEL, abs=1e-9
    )
    assert 0 < low < posterior.mean(held, failed) < 1


def test_nothing_counted_leaves_everything_possible() -> None:
    assert posterior.mean(0, 0) == 0.5
    assert posterior.lower_bound(0, 0) == pytest.approx(0.05)
    assert posterior.cumulative(3, 4, 0) == 0
    assert posterior.cumulative(3, 4, 1) == 1


def test_many_cases_go_before_the_same_share_on_few() -> None:
    few, many = posterior.lower_bound(2, 0), posterior.lower_bound(180, 20)
    assert few < many


@given(held=COUNT, failed=COUNT)
def test_one_more_success_raises_the_bound_and_one_more_failure_lowers_it(
    held: int, failed: int
) -> None:
    here = posterior.lower_bound(held, failed)
    assert posterior.lower_bound(held, failed + 1) < here
    assert here < posterior.lower_bound(held + 1, failed)


def test_very_many_cases_are_no_trouble() -> None:
    assert posterior.lower_bound(900_000, 100_000) == pytest.approx(0.9, abs=0.001)


@pytest.mark.parametrize(
    ("before", "after", "chance"),
    [
        ((90, 100), (90, 100), 0.5),
        ((90, 100), (50, 100), 0.0),
        ((18, 20), (13, 20), 0.029),
        ((0, 0), (5, 10), 1.0),
        ((10, 10), (10, 10), 1.0),
    ],
)
def test_a_fall_is_weighed_against_chance(
    before: tuple[int, int], after: tuple[int, int], chance: float
) -> None:
    assert posterior.chance_of_fall(before, after) == pytest.approx(chance, abs=0.001)
