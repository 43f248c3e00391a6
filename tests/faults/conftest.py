"""What do the tests of faults share? Servers that may die, and a scripted provider."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.faults.serving import Served, served
from triage.demo.loopback import Loopback


@pytest.fixture(scope="session")
def site() -> Iterator[Served]:
    """A web server over servers of its own; every test leaves them running."""
    with served() as running:
        yield running


@pytest.fixture
def loopback(settings: Settings) -> Iterator[Loopback]:
    """A provider on this machine that keeps a ledger of what people received."""
    settings.OUTBOUND_ALLOW_PRIVATE = True
    with Loopback() as provider:
        yield provider
