"""Does confidence mean how often a verdict is right, and never rise with less?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.diagnosis import calibration
from triage.diagnosis.calibration import NAMES, Calibration, Signals

shares = st.floats(0, 1)
SIGNALS = st.builds(
    Signals, st.floats(-9, 9), shares, shares, shares, shares, st.sampled_from([0, 1.0])
)
NOTHING = Signals(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def seen(odds: float, right: int, wrong: int) -> list[tuple[Signals, bool]]:
    each = replace(NOTHING, odds=odds)
    return [(each, True)] * right + [(each, False)] * wrong


def test_it_learns_how_often_such_verdicts_are_right() -> None:
    curve = calibration.fit([*seen(2.0, 95, 5), *seen(-1.0, 40, 60)])
    assert curve.confidence(replace(NOTHING, odds=2.0)) == pytest.approx(0.95, abs=0.03)
    assert curve.confidence(replace(NOTHING, odds=-1.0)) == pytest.approx(0.4, abs=0.05)


def test_the_same_verdicts_fit_the_same_curve() -> None:
    rows = [*seen(1.0, 8, 2), *seen(0.0, 5, 5)]
    assert calibration.fit(rows) == calibration.fit(rows)


def test_a_signal_that_misleads_gets_no_weight() -> None:
    curve = calibration.fit([*seen(3.0, 1, 30), *seen(-3.0, 30, 1)])
    assert curve.weights[0] == 0.0


def test_without_verdicts_it_says_one_half() -> None:
    curve = calibration.fit([])
    assert curve.confidence(NOTHING) == pytest.approx(0.5, abs=0.01)


@given(SIGNALS, st.sampled_from(NAMES), st.floats(0, 5))
def test_less_of_any_signal_is_never_surer(
    signals: Signals, name: str, less: float
) -> None:
    curve = Calibration(-0.3, (1.1, 0.4, 1.9, 0.6, 0.2, 3.0))
    fewer = replace(signals, **{name: getattr(signals, name) - less})
    assert curve.confidence(fewer) <= curve.confidence(signals) <= 1


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_the_odds_of_a_share_are_finite(share: float) -> None:
    assert -10 < calibration.odds_of(share) < 10
