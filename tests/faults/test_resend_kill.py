"""Does a bulk resend survive the death of its workers, and send nothing twice?

The workers are processes of their own and are killed for real; the provider keeps a
ledger of what a person would have received.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from deliveries.models import ResendState
from tests.factories import make_provider, make_route
from tests.resends import (
    counted,
    fresh,
    go_on,
    let_leases_end,
    make_failed,
    started,
    states,
)
from triage.demo.loopback import Behaviour, Loopback

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 60.0
MESSAGES = 24


@pytest.fixture
def loopback(settings: Settings) -> Iterator[Loopback]:
    settings.OUTBOUND_ALLOW_PRIVATE = True
    with Loopback() as provider:
        yield provider


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """Run one worker on the database of this test; it is gone afterwards."""
    name = str(connection.settings_dict["NAME"])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "OUTBOUND_ALLOW_PRIVATE": "1",
    }
    argv = [sys.executable, "-m", "tests.faults.resend_on", name]
    with subprocess.Popen(argv, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("deaths", [(2, 9), (4, 5, 17)])
def test_workers_that_are_killed_lose_nothing_and_send_nothing_twice(
    loopback: Loopback, deaths: tuple[int, ...]
) -> None:
    """Killed in the canary, between the steps and in the middle of the ramp."""
    make_route(make_provider(loopback.url(Behaviour.OK)))
    messages = make_failed(MESSAGES)
    person = User.objects.create_user("ana")
    operation = started(person, messages, canary_size=4, ramp=[20])
    for sent in deaths:
        with worker() as process:
            assert loopback.ledger.wait_for_sends(sent, PATIENCE_S)
            process.kill()
            assert process.wait(PATIENCE_S) == -signal.SIGKILL
        let_leases_end()
        assert states(operation) == counted(operation)

    go_on()

    sends = [loopback.ledger.sends(message.public_id) for message in messages]
    assert sends == [1] * MESSAGES
    assert states(operation) == counted(operation) == {"delivered": MESSAGES}
    assert fresh(operation).state == ResendState.COMPLETED
