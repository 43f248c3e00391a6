"""Does a credential stay out of logs and errors while it is used?"""

import logging

import pytest

from deliveries.channels import CHANNELS
from deliveries.models import Adapter
from tests.deliveries.channels.contracts import CONTRACTS, Contract
from tests.deliveries.channels.handing import (
    KEY,
    NOW,
    hand_over,
    message_for,
    route_to,
    secrets_of,
)
from tests.deliveries.channels.scripted import Provider


@pytest.mark.parametrize("contract", CONTRACTS, ids=str)
def test_no_log_tells_a_credential_or_a_person(
    contract: Contract, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.play = contract.success
    route = route_to(contract, provider.base)
    message = message_for(contract, provider.base, contract.content)

    hand_over(contract, provider.base, route=route, message=message)

    assert message.address is not None
    told = caplog.text
    for value in (*secrets_of(route), message.address.value(), *contract.content.words):
        assert len(value) < 4 or value not in told


@pytest.mark.parametrize("contract", CONTRACTS, ids=str)
def test_a_credential_that_cannot_be_used_is_in_no_reply(
    contract: Contract, provider: Provider
) -> None:
    route = route_to(contract, provider.base)
    broken = dict.fromkeys(contract.secrets, "broken-é-secret\r\nX: y")
    route.provider.seal(broken, NOW)
    message = message_for(contract, provider.base, contract.content)

    reply = CHANNELS[contract.adapter].send(message, route, key=KEY, now=NOW)

    assert "broken" not in repr(reply)
    injected = [heard for heard in provider.heard if "x" in heard.headers]
    assert not injected


def test_a_provider_that_is_printed_says_nothing_of_its_credentials() -> None:
    contract = next(each for each in CONTRACTS if each.adapter == Adapter.TWILIO)
    provider = route_to(contract, "https://api.example").provider

    assert "twilio-auth-token" not in f"{provider!r} {provider} {vars(provider)}"
