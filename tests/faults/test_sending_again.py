"""Is nothing lost, sent twice or stuck, whatever dies while messages are sent again?

The scenarios of ``python -m benchmarks faults``, small: real processes, killed for
real, and a provider that keeps a ledger.
"""

import pytest

from benchmarks.faults import breaking, kills, notices, outage, race, wipe
from benchmarks.faults.reckoning import Reckoning

pytestmark = pytest.mark.django_db(transaction=True)


def assert_kept(found: Reckoning) -> None:
    print(found)  # noqa: T201  # shown when it fails
    assert found.faults == []
    assert (found.lost, found.double_sent, found.stuck) == (0, 0, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_workers_and_sources_are_killed(seed: int) -> None:
    found = kills.run(kills.Size(messages=60, kills=8, seed=seed))
    assert_kept(found)
    assert found.asked > 0


def test_a_provider_breaks_in_the_middle_of_a_bulk_resend() -> None:
    size = breaking.Size(
        messages=150, breaks_at=40, canary=5, ramp=(10, 20), kills=2, seed=1
    )
    assert_kept(breaking.run(size))


def test_two_people_and_two_workers_race_for_the_same_messages() -> None:
    assert_kept(race.run(race.Size(messages=20, rounds=3)))


def test_every_reporter_of_an_incident_is_told_once_of_its_end() -> None:
    found = notices.run(notices.Size(people=40, kills=6, seed=1))
    assert_kept(found)
    assert found.figures["told"] == 40
    assert found.figures["over_the_failing_channel"] == 0


def test_traffic_leaves_a_provider_that_is_out_and_comes_back() -> None:
    size = outage.Size(before=10, during=15, after=10, per_s=50)
    assert_kept(outage.run(size))


def test_everything_is_sent_after_the_queue_store_lost_all_it_held() -> None:
    # The full size measures the time; here others use the machine.
    assert_kept(wipe.run(wipe.Size(messages=40, wipes=2, within_s=90)))
