"""Is another try written down once, with a key of its own, and only where allowed?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliveries import sending
from deliveries.models import AttemptCause, Message, MessageState, Outcome
from tests.factories import make_attempt, make_message, make_route

pytestmark = pytest.mark.django_db
AUTO, AGENT, INITIAL = AttemptCause.AUTO, AttemptCause.AGENT, AttemptCause.INITIAL


def test_a_planned_try_is_due_when_it_was_asked_for() -> None:
    message, route = make_message(), make_route()
    at = timezone.now() + timedelta(minutes=2)

    attempt = sending.plan(message, route=route, cause=AUTO, at=at)

    message.refresh_from_db()
    assert (attempt.n, attempt.outcome, attempt.due_at) == (1, Outcome.PLANNED, at)
    assert attempt.idempotency_key == f"{message.public_id}:1"
    assert (message.state, message.generation) == (MessageState.RETRY_WAIT, 1)
    assert message.attempt_count == 1


def test_every_try_has_a_key_of_its_own() -> None:
    message, route, now = make_message(), make_route(), timezone.now()
    first = sending.plan(message, route=route, cause=AUTO, at=now)
    first.outcome, first.finished_at = Outcome.REFUSED, now
    first.save()
    Message.objects.update(state=MessageState.FAILED)

    second = sending.plan(message, route=route, cause=AGENT, at=now)

    assert (first.n, second.n) == (1, 2)
    assert first.idempotency_key != second.idempotency_key


def test_a_first_send_stays_queued_until_it_is_made() -> None:
    message = make_message(state=MessageState.QUEUED)

    sending.plan(message, route=make_route(), cause=INITIAL, at=timezone.now())

    message.refresh_from_db()
    assert (message.state, message.generation) == (MessageState.QUEUED, 1)


def test_waiting_for_evidence_ends_with_a_new_try() -> None:
    now = timezone.now()
    message = make_message(state=MessageState.UNKNOWN, verify_by=now)

    sending.plan(message, route=make_route(), cause=AGENT, at=now)

    message.refresh_from_db()
    assert message.verify_by is None


def test_only_one_try_is_under_way() -> None:
    attempt = make_attempt()

    with pytest.raises(sending.Outstanding):
        sending.plan(
            attempt.message, route=attempt.route, cause=AGENT, at=timezone.now()
        )

    assert attempt.message.attempts.count() == 1


def test_a_try_that_would_come_too_late_is_not_planned() -> None:
    now = timezone.now()
    message = make_message(expires_at=now + timedelta(minutes=1))

    with pytest.raises(sending.NotSendable) as refusal:
        sending.plan(
            message, route=make_route(), cause=AUTO, at=now + timedelta(minutes=2)
        )

    assert refusal.value.codes == ("expired",)
    message.refresh_from_db()
    assert (message.state, message.generation) == (MessageState.FAILED, 0)


@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.ACCEPTED])
def test_a_message_that_did_not_fail_is_not_sent_again(state: MessageState) -> None:
    with pytest.raises(sending.NotSendable) as refusal:
        sending.plan(
            make_message(state=state),
            route=make_route(),
            cause=AGENT,
            at=timezone.now(),
        )

    assert refusal.value.codes == (state,)


def test_the_machine_never_repeats_what_may_have_arrived() -> None:
    message = make_message(state=MessageState.UNKNOWN)
    route, now = make_route(), timezone.now()

    with pytest.raises(sending.NotSendable):
        sending.plan(message, route=route, cause=AUTO, at=now)

    assert sending.plan(message, route=route, cause=AGENT, at=now).n == 1


def test_the_message_is_judged_as_it_is_stored_now() -> None:
    message = make_message()
    Message.objects.update(state=MessageState.CANCELLED)

    with pytest.raises(sending.NotSendable) as refusal:
        sending.plan(message, route=make_route(), cause=AUTO, at=timezone.now())

    assert refusal.value.codes == ("cancelled",)
