"""Do the figures of the diagnosis agree with ones that were worked out by hand?"""

from dataclasses import replace

import pytest

from benchmarks.diagnosis_scores import Scored, figures

RIGHT = Scored(
    accept=("recipient.unknown", "reputation.ip_blocked"),
    families=("recipient", "reputation"),
    retry="permanent",
    category="recipient.unknown",
    confidence=0.95,
    auto_retry=False,
    ms=1.0,
)
OTHER_RIGHT = replace(RIGHT, category="reputation.ip_blocked", confidence=0.85)
FAMILY_ONLY = replace(RIGHT, category="recipient.inactive", confidence=0.75)
WRONG = replace(RIGHT, category="server.unavailable", confidence=0.65, auto_retry=True)
ABSTAINS = replace(RIGHT, category="unknown.unclassified", confidence=0.99)
TRULY_UNKNOWN = replace(
    ABSTAINS, accept=("unknown.unclassified",), families=("unknown",), retry=""
)
RETRY_ONLY = replace(WRONG, accept=(), families=(), retry="transient")


def test_shares_are_of_the_known_causes() -> None:
    told = figures([RIGHT, OTHER_RIGHT, FAMILY_ONLY, WRONG, ABSTAINS, RETRY_ONLY])
    assert told["family"] == pytest.approx(3 / 5)
    assert told["leaf"] == pytest.approx(2 / 5)


def test_unknown_is_right_where_it_is_accepted() -> None:
    told = figures([TRULY_UNKNOWN])
    assert (told["family"], told["leaf"], told["coverage_98"]) == (1, 1, 1)


def test_retries_are_counted_by_what_they_should_have_been() -> None:
    waits = replace(WRONG, retry="conditional")
    told = figures(
        [RIGHT, WRONG, RETRY_ONLY, replace(RETRY_ONLY, auto_retry=False), waits, waits]
    )
    assert told["false_retries"] == 1
    assert told["retry_recall"] == pytest.approx(1 / 2)
    assert told["conditional_retried"] == 1


def test_the_mean_f1_is_over_families_of_the_best_cause() -> None:
    # recipient: 3 hits, 1 miss, no wrong: 6/7. server: only wrong, so not counted.
    told = figures([RIGHT, OTHER_RIGHT, FAMILY_ONLY, WRONG])
    assert told["family_macro_f1"] == pytest.approx(6 / 7)


def test_coverage_is_of_all_and_takes_ties_whole() -> None:
    told = figures([RIGHT, OTHER_RIGHT, WRONG, ABSTAINS])
    assert told["coverage_95"] == pytest.approx(2 / 4)
    tied = replace(WRONG, confidence=RIGHT.confidence)
    assert figures([RIGHT, tied])["coverage_95"] == 0


def test_the_calibration_error_is_the_mean_distance_over_ten_bins() -> None:
    # One bin each: |1 - .95|, |1 - .85|, |0 - .65|; who abstains claims nothing.
    told = figures([RIGHT, OTHER_RIGHT, WRONG, ABSTAINS])
    assert told["ece"] == pytest.approx((0.05 + 0.15 + 0.65) / 3)


def test_times_are_apart_for_texts_and_whole_mails() -> None:
    texts = [replace(RIGHT, ms=float(at)) for at in range(100)]
    mails = [replace(RIGHT, ms=50.0, whole_mail=True)]
    told = figures([*texts, *mails])
    assert (told["p95_ms_text"], told["p95_ms_mail"]) == (95.0, 50.0)
