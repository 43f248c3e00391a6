"""Does each behaviour do what its name says, by the message and by the clock alone?"""

import pytest

from triage.demo.loopback import Behaviour, Place, address, place_of
from triage.demo.loopback.behaviours import (
    FLAP_S,
    LOST_PERCENT,
    MOST_IN_WINDOW,
    Deed,
    deed,
)
from triage.demo.loopback.ledger import COUNTED_S, KNOWN, Call, Ledger, Tally


def fate(
    behaviour: Behaviour,
    message: str = "msg_1",
    *,
    nth: int = 1,
    crowd: int = 1,
    at_s: float = 0.0,
) -> Deed:
    return deed(behaviour, message=message, nth=nth, crowd=crowd, at_s=at_s)


def test_a_lossy_provider_loses_its_share_and_always_the_same_messages() -> None:
    names = [f"msg_{n}" for n in range(1_000)]
    lost = [each for each in names if fate(Behaviour.LOSSY, each) is Deed.BREAK]
    again = [each for each in names if fate(Behaviour.LOSSY, each, nth=9) is Deed.BREAK]
    assert abs(len(lost) - 10 * LOST_PERCENT) < 50
    assert lost == again


def test_a_flapping_provider_is_well_and_down_by_turns() -> None:
    turns = [fate(Behaviour.FLAPPING, at_s=FLAP_S * n) for n in range(4)]
    assert turns == [Deed.TAKE, Deed.DOWN, Deed.TAKE, Deed.DOWN]


def test_a_throttling_provider_takes_a_few_and_no_more() -> None:
    assert fate(Behaviour.LIMITED, crowd=MOST_IN_WINDOW) is Deed.TAKE
    assert fate(Behaviour.LIMITED, crowd=MOST_IN_WINDOW + 1) is Deed.LATER


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (Behaviour.OK, Deed.TAKE),
        (Behaviour.DOWN, Deed.DOWN),
        (Behaviour.LYING, Deed.DROP),
        (Behaviour.SLOW, Deed.TAKE),
        (Behaviour.THROTTLED, Deed.LATER),
        (Behaviour.GATEWAY, Deed.GATEWAY),
    ],
    ids=str,
)
def test_the_others_do_the_same_to_every_message(
    behaviour: Behaviour, expected: Deed
) -> None:
    assert {fate(behaviour, f"msg_{n}") for n in range(20)} == {expected}


@pytest.mark.parametrize(
    "place",
    [
        Place(80, Behaviour.OK),
        Place(80, Behaviour.THROTTLED, retry_after_s=7),
        Place(80, Behaviour.LYING, "twilio", "harbour-sms"),
    ],
    ids=["bare", "with a wait", "with a role"],
)
def test_an_address_is_read_as_it_was_written(place: Place) -> None:
    assert place_of(place.url) == place


def test_what_an_adapter_adds_to_an_address_is_the_rest() -> None:
    base = Place(80, Behaviour.OK, "twilio", "harbour-sms").url
    found = place_of(f"{base}2010-04-01/Accounts/AC0/Messages.json?a=b")
    assert found is not None
    assert found.slug == "harbour-sms"
    assert found.rest == "2010-04-01/Accounts/AC0/Messages.json"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example/ok/",
        "http://127.0.0.1/ok/",
        "http://127.0.0.1:80/nonsense/",
        "http://127.0.0.1:80/",
        "http://127.0.0.1:99999/ok/",
        "http://[/ok/",
        "",
    ],
)
def test_other_addresses_are_nobodys(url: str) -> None:
    assert place_of(url) is None


def test_the_address_of_a_behaviour_names_it_first() -> None:
    assert address(80, Behaviour.DOWN) == "http://127.0.0.1:80/outage/"


def test_the_ledger_counts_the_last_minutes_alone() -> None:
    ledger = Ledger()
    for at_s in (0.0, COUNTED_S, COUNTED_S + 1):
        ledger.note(Call({}, {}), "msg_1", "northpost", at_s)
    ledger.send("msg_1", "", "northpost", COUNTED_S)

    lately = ledger.lately(COUNTED_S + 1)

    assert (lately["northpost"].asked, lately["northpost"].received) == (2, 1)
    assert ledger.tries("msg_1") == 3


def test_what_the_ledger_remembers_is_bounded() -> None:
    tally = Tally()
    for n in range(KNOWN + 10):
        tally.add(str(n))
    assert tally["0"] == 0
    assert tally[str(KNOWN)] == 1
    assert tally.total == KNOWN + 10
