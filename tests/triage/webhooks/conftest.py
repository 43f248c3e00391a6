"""What do the tests of webhooks share?"""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.triage.webhooks.receiver import Receiver, receiver


@pytest.fixture(autouse=True)
def private_addresses(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


@pytest.fixture
def shop() -> Iterator[Receiver]:
    """The shop's own machine, which listens."""
    with receiver() as heard:
        yield heard
