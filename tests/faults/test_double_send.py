"""Does nobody receive a message twice when a worker dies or stops in the middle?

The workers are processes of their own, ended or stopped for real; the provider keeps
a ledger of what a person would have received.
"""

import signal

import pytest
from django.db.models.functions import Now

from deliveries import sending
from deliveries.models import (
    Dedup,
    DeliveryAttempt,
    DeliveryEvent,
    FactChange,
    MessageState,
    Outcome,
)
from tests.factories import make_attempt, make_provider, make_route
from tests.faults.workers import worker
from triage.demo.loopback import Behaviour, Loopback

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 60.0


def let_leases_end() -> None:
    DeliveryAttempt.objects.filter(due_at__isnull=False).update(due_at=Now())


def handed_over(loopback: Loopback, dedup: Dedup) -> DeliveryAttempt:
    """A try whose worker is killed after the provider's yes, before our commit."""
    provider = make_provider(loopback.url(Behaviour.MUTE), dedup=dedup)
    attempt = make_attempt(route=make_route(provider))
    with worker("tests.faults.send_once") as process:
        assert loopback.ledger.wait_for_sends(1, PATIENCE_S)
        process.kill()
        assert process.wait(PATIENCE_S) == -signal.SIGKILL
    let_leases_end()
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.epoch) == (Outcome.SENDING, 1)
    return attempt


def test_a_provider_that_knows_the_key_sends_once(loopback: Loopback) -> None:
    attempt = handed_over(loopback, Dedup.KEY)

    assert sending.send_due() == 1

    attempt.refresh_from_db()
    message = attempt.message
    assert loopback.ledger.tries(message.public_id) == 2
    assert loopback.ledger.sends(message.public_id) == 1
    assert (attempt.n, attempt.outcome) == (1, Outcome.ACCEPTED)
    assert message.state == MessageState.DELIVERED


def test_a_provider_that_forgets_is_not_asked_again(loopback: Loopback) -> None:
    attempt = handed_over(loopback, Dedup.NONE)

    assert sending.send_due() == 1

    attempt.refresh_from_db()
    message = attempt.message
    assert loopback.ledger.tries(message.public_id) == 1
    assert attempt.outcome == Outcome.UNCLEAR
    assert message.state == MessageState.UNKNOWN
    assert FactChange.objects.filter(message=message).count() == 1


def test_a_worker_that_was_stopped_too_long_changes_nothing(
    loopback: Loopback,
) -> None:
    provider = make_provider(loopback.url(Behaviour.MUTE))
    attempt = make_attempt(route=make_route(provider))
    with worker("tests.faults.send_once") as process:
        assert loopback.ledger.wait_for_sends(1, PATIENCE_S)
        process.send_signal(signal.SIGSTOP)
        let_leases_end()
        assert sending.send_due() == 1
        after = DeliveryAttempt.objects.values().get()
        loopback.released.set()
        process.send_signal(signal.SIGCONT)
        assert process.wait(PATIENCE_S) == 0

    assert DeliveryAttempt.objects.values().get() == after
    assert after["epoch"] == 2
    assert loopback.ledger.sends(attempt.message.public_id) == 1
    assert DeliveryEvent.objects.count() == 1
    assert FactChange.objects.count() == 1
