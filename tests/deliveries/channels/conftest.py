"""How does a test hand one message to a provider over a channel?"""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from deliveries.channels import access_tokens
from tests.deliveries.channels.scripted import Provider, scripted


@pytest.fixture(autouse=True)
def private_addresses(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


@pytest.fixture(autouse=True)
def no_token_is_kept() -> None:
    access_tokens._kept.clear()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with scripted() as running:
        yield running
