"""Does evidence only ever move a message forward, in whatever order it comes?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliveries import sending
from deliveries.models import (
    ChangeKind,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    FactChange,
    Message,
    MessageState,
    Purpose,
)
from tests.factories import make_attempt, make_message, make_provider

pytestmark = pytest.mark.django_db

LEVELS = {
    EventKind.REQUESTED: EvidenceLevel.REQUESTED,
    EventKind.ACCEPTED: EvidenceLevel.ACCEPTED,
    EventKind.DELIVERED: EvidenceLevel.DELIVERED,
    EventKind.CONFIRMED: EvidenceLevel.CONFIRMED,
    EventKind.BOUNCED: EvidenceLevel.NONE,
}


def prove(message: Message, kind: EventKind, **changes: Any) -> bool:
    told: dict[str, Any] = {
        "level": LEVELS[kind],
        "kind": kind,
        "provider": None,
        "dedup_hash": f"{message.pk}-{kind}",
        "occurred_at": timezone.now(),
        "trusted": True,
    }
    changed = sending.prove(message.pk, **{**told, **changes})
    message.refresh_from_db()
    return changed


def test_evidence_of_arrival_delivers_a_failed_message() -> None:
    message = make_message(verify_by=timezone.now())

    assert prove(message, EventKind.DELIVERED)

    assert message.state == MessageState.DELIVERED
    assert message.evidence_level == EvidenceLevel.DELIVERED
    assert message.verify_by is None
    change = FactChange.objects.get()
    assert (change.kind, change.message_id) == (ChangeKind.EVIDENCE, message.pk)


def test_the_same_event_counts_once() -> None:
    message = make_message()
    prove(message, EventKind.DELIVERED)

    assert not prove(message, EventKind.DELIVERED)

    assert DeliveryEvent.objects.count() == 1
    assert FactChange.objects.count() == 1


def test_weaker_evidence_changes_nothing_any_more() -> None:
    message = make_message()
    prove(message, EventKind.CONFIRMED)

    assert not prove(message, EventKind.ACCEPTED)

    assert message.evidence_level == EvidenceLevel.CONFIRMED


def test_acceptance_alone_does_not_mend_what_failed() -> None:
    message = make_message()

    assert prove(message, EventKind.ACCEPTED)

    assert message.state == MessageState.FAILED
    assert message.evidence_level == EvidenceLevel.ACCEPTED


def test_evidence_that_suffices_ends_the_waiting() -> None:
    message = make_message(
        purpose=Purpose.SOCIAL,
        state=MessageState.ACCEPTED,
        verify_by=timezone.now(),
    )

    prove(message, EventKind.ACCEPTED)

    assert message.verify_by is None


def test_what_nobody_vouches_for_is_kept_and_moves_nothing() -> None:
    message = make_message()

    assert not prove(message, EventKind.DELIVERED, trusted=False)

    event = DeliveryEvent.objects.get()
    assert (event.level, event.trusted) == (EvidenceLevel.ACCEPTED, False)
    assert message.evidence_level == EvidenceLevel.NONE
    assert not FactChange.objects.exists()


def test_a_hash_that_belongs_to_another_message_proves_nothing_here() -> None:
    provider = make_provider()
    known, other = make_message(), make_message()
    prove(known, EventKind.DELIVERED, provider=provider, dedup_hash="same")

    assert not prove(other, EventKind.DELIVERED, provider=provider, dedup_hash="same")

    assert other.evidence_level == EvidenceLevel.NONE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MessageState.ACCEPTED, MessageState.FAILED),
        (MessageState.UNKNOWN, MessageState.FAILED),
        (MessageState.SENDING, MessageState.FAILED),
        (MessageState.CANCELLED, MessageState.CANCELLED),
    ],
)
def test_a_bounce_fails_what_was_on_its_way(
    before: MessageState, after: MessageState
) -> None:
    message = make_message(state=before)

    assert prove(message, EventKind.BOUNCED) == (before != after)

    assert message.state == after


def test_a_bounce_does_not_undo_a_delivery() -> None:
    message = make_message()
    prove(message, EventKind.DELIVERED)

    assert not prove(message, EventKind.BOUNCED)

    assert message.state == MessageState.DELIVERED


def test_a_bounce_of_an_earlier_try_does_not_stop_the_latest() -> None:
    message = make_attempt().message
    Message.objects.update(state=MessageState.SENDING)

    assert not prove(message, EventKind.BOUNCED, attempt_n=0)
    assert message.state == MessageState.SENDING

    assert prove(message, EventKind.BOUNCED, attempt_n=1, dedup_hash="this one")
    assert message.state == MessageState.FAILED


def test_a_planned_try_is_not_stopped_by_a_bounce() -> None:
    message = make_attempt().message

    assert not prove(message, EventKind.BOUNCED)

    assert message.state == MessageState.RETRY_WAIT


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    start=st.sampled_from(
        [
            MessageState.ACCEPTED,
            MessageState.UNKNOWN,
            MessageState.FAILED,
            MessageState.RETRY_WAIT,
            MessageState.EXPIRED,
        ]
    ),
    history=st.lists(
        st.tuples(st.sampled_from(list(EventKind)), st.booleans()),
        min_size=2,
        max_size=5,
        unique=True,
    ),
    seed=st.randoms(use_true_random=False),
)
def test_any_order_of_the_same_events_gives_the_same_row(
    start: MessageState, history: list[tuple[EventKind, bool]], seed: Any
) -> None:
    shuffled = list(history)
    seed.shuffle(shuffled)

    assert outcome(start, history) == outcome(start, shuffled)


def outcome(start: MessageState, history: list[tuple[EventKind, bool]]) -> object:
    with transaction.atomic():
        message = make_message(state=start, verify_by=timezone.now())
        for kind, trusted in history:
            prove(message, kind, trusted=trusted, dedup_hash=f"{kind}{trusted}")
        found = (
            message.state,
            message.evidence_level,
            message.verify_by is None,
            message.last_outcome,
        )
        trusted = DeliveryEvent.objects.filter(message=message, trusted=True)
        levels = [event.level for event in trusted]
        assert message.evidence_level == max(levels, default=0)
        transaction.set_rollback(True)
    return found


class TestSilence:
    def test_what_was_not_proven_in_time_is_unknown(self) -> None:
        now = timezone.now()
        message = make_message(state=MessageState.ACCEPTED, verify_by=now)

        assert sending.sweep_silence(now) == 1

        message.refresh_from_db()
        assert (message.state, message.verify_by) == (MessageState.UNKNOWN, None)
        assert FactChange.objects.get().kind == ChangeKind.SILENT

    def test_before_the_time_nothing_happens(self) -> None:
        now = timezone.now()
        make_message(state=MessageState.ACCEPTED, verify_by=now + timedelta(seconds=1))

        assert sending.sweep_silence(now) == 0
        assert sending.sweep_silence(now + timedelta(seconds=1)) == 1
        assert sending.sweep_silence(now + timedelta(seconds=1)) == 0

    def test_a_proven_message_is_not_silent(self) -> None:
        now = timezone.now()
        message = make_message(
            state=MessageState.ACCEPTED,
            purpose=Purpose.SOCIAL,
            evidence_level=EvidenceLevel.ACCEPTED,
            verify_by=now,
        )

        assert sending.sweep_silence(now) == 0

        message.refresh_from_db()
        assert (message.state, message.verify_by) == (MessageState.ACCEPTED, None)

    def test_silence_about_a_failed_message_is_told_but_leaves_it_failed(self) -> None:
        now = timezone.now()
        message = make_message(verify_by=now)

        assert sending.sweep_silence(now) == 1

        message.refresh_from_db()
        assert message.state == MessageState.FAILED

    def test_the_longest_silent_come_first(self) -> None:
        now = timezone.now()
        late, later = (
            make_message(
                state=MessageState.ACCEPTED, verify_by=now - timedelta(minutes=age)
            )
            for age in (1, 2)
        )

        sending.sweep_silence(now, limit=1)

        late.refresh_from_db()
        later.refresh_from_db()
        assert late.state == MessageState.ACCEPTED
        assert later.state == MessageState.UNKNOWN
