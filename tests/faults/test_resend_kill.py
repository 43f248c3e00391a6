"""Does a bulk resend survive the death of its workers, and send nothing twice?

The workers are processes of their own and are killed for real; the provider keeps a
ledger of what a person would have received.
"""

import signal

import pytest
from django.contrib.auth.models import User

from deliveries.models import ResendState
from tests.factories import make_provider, make_route
from tests.faults.workers import worker
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
        with worker("tests.faults.resend_on") as process:
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
