"""What do the tests of faults share? One web server with servers that may die."""

from collections.abc import Iterator

import pytest

from tests.faults.serving import Served, served


@pytest.fixture(scope="session")
def site() -> Iterator[Served]:
    """A web server over servers of its own; every test leaves them running."""
    with served() as running:
        yield running
