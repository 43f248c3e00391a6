"""Who calls the API in its tests?"""

import pytest
from django.test import Client

from deliveries.api.authentication import forget_keys
from tests.callers import Caller
from tests.people import Program


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Keys of tests before this one are unknown again."""
    forget_keys()


@pytest.fixture
def api(sam: Program) -> Caller:
    """Sam's program, at the shop's backend."""
    return Caller(sam, Client())


@pytest.fixture
def foreign(stranger: Program) -> Caller:
    """A program of another source."""
    return Caller(stranger, Client())
