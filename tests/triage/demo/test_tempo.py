"""Is there a little traffic everywhere, and much where somebody watches?"""

from collections import Counter

from deliveries import circuit
from deliveries.models import ChannelKind
from triage.demo.loopback.server import SLOW_S
from triage.demo.providers import CARRIERS
from triage.demo.scenarios import Scenario
from triage.demo.tempo import AFTER_S, CALM_S, LANES, WATCHED_S, Lane, Tempo

WELL = dict.fromkeys(CARRIERS, Scenario.OK)
DOWN = {**WELL, "pushgate": Scenario.DOWN}


def sent(
    tempo: Tempo, scenarios: dict[str, Scenario], since_s: int, for_s: int
) -> Counter[Lane]:
    """How much goes over each way while a clock ticks every second."""
    ticks = range(since_s, since_s + for_s)
    return Counter(lane for tick in ticks for lane in tempo.due(scenarios, tick))


def of(counts: Counter[Lane], provider: str) -> int:
    return sum(n for lane, n in counts.items() if lane.provider == provider)


def test_the_ways_are_those_of_every_channel() -> None:
    assert {lane.channel for lane in LANES} == set(ChannelKind)
    assert {lane.provider for lane in LANES} < set(CARRIERS)


def test_when_all_is_well_each_way_has_its_turn() -> None:
    counts = sent(Tempo(), WELL, 0, int(CALM_S) * len(LANES))
    assert counts == dict.fromkeys(LANES, 1)


def test_a_way_that_is_watched_has_enough_for_a_breaker_to_judge() -> None:
    counts = sent(Tempo(), DOWN, 0, int(circuit.WINDOW.total_seconds()))
    assert of(counts, "pushgate") > circuit.LEAST_REQUESTS
    assert counts.total() < 2 * of(counts, "pushgate")


def test_an_outage_that_is_forgotten_is_not_sent_to_for_ever() -> None:
    tempo = Tempo()
    sent(tempo, DOWN, 0, int(WATCHED_S))
    assert of(sent(tempo, DOWN, int(WATCHED_S), 60), "pushgate") < 5


def test_what_has_come_back_is_tried_often_for_a_while() -> None:
    tempo = Tempo()
    sent(tempo, DOWN, 0, 60)
    assert of(sent(tempo, WELL, 60, 60), "pushgate") > circuit.LEAST_REQUESTS
    later = 60 + int(AFTER_S)
    assert of(sent(tempo, WELL, later, 60), "pushgate") < 5


def test_a_slow_provider_is_sent_no_more_than_it_can_take() -> None:
    slow = {**WELL, "harbour-sms": Scenario.SLOW}
    assert 5 < of(sent(Tempo(), slow, 0, 60), "harbour-sms") < 60 / SLOW_S
