"""Does evidence only ever move a message forward, in whatever order it comes?"""

from datetime import UTC, datetime, timedelta
from itertools import permutations
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
    Outcome,
    Purpose,
    Suppression,
)
from tests.factories import make_address, make_message, make_provider

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

LEVELS = {
    EventKind.REQUESTED: EvidenceLevel.REQUESTED,
    EventKind.ACCEPTED: EvidenceLevel.ACCEPTED,
    EventKind.DELIVERED: EvidenceLevel.DELIVERED,
    EventKind.CONFIRMED: EvidenceLevel.CONFIRMED,
    EventKind.BOUNCED: EvidenceLevel.NONE,
    EventKind.DEFERRED: EvidenceLevel.NONE,
    EventKind.UNSUBSCRIBED: EvidenceLevel.NONE,
    EventKind.COMPLAINED: EvidenceLevel.DELIVERED,
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


def test_a_bounce_after_a_delivery_contradicts_it_and_undoes_nothing() -> None:
    message = make_message()
    prove(message, EventKind.DELIVERED, occurred_at=NOON)
    assert message.proven

    assert prove(message, EventKind.BOUNCED, occurred_at=NOON + MINUTE)

    assert message.state == MessageState.DELIVERED
    assert message.contradicted_at == NOON + MINUTE
    assert not message.proven
    assert FactChange.objects.count() == 2


def test_what_was_given_up_and_arrives_is_marked_as_late() -> None:
    for state in (MessageState.UNKNOWN, MessageState.FAILED, MessageState.EXPIRED):
        message = make_message(state=state)

        prove(message, EventKind.DELIVERED)

        assert (message.state, message.recovered_late) == ("delivered", True)


def test_what_arrives_in_time_is_not_late() -> None:
    message = make_message(state=MessageState.ACCEPTED)

    prove(message, EventKind.DELIVERED)

    assert not message.recovered_late


def test_what_was_silent_and_then_bounced_was_given_up_before() -> None:
    now = timezone.now()
    message = make_message(state=MessageState.ACCEPTED, verify_by=now)
    sending.sweep_silence(now)
    prove(message, EventKind.BOUNCED, occurred_at=NOON + MINUTE)

    prove(message, EventKind.DELIVERED, occurred_at=NOON)

    assert (message.recovered_late, message.contradicted_at) == (True, NOON + MINUTE)


def test_acceptance_that_is_taken_back_proves_nothing() -> None:
    message = make_message(purpose=Purpose.MARKETING, state=MessageState.ACCEPTED)
    prove(message, EventKind.ACCEPTED)
    assert message.proven

    prove(message, EventKind.BOUNCED)

    assert not message.proven


def test_a_complaint_proves_arrival_and_stops_every_purpose() -> None:
    message = make_message(address=make_address(), state=MessageState.ACCEPTED)

    assert prove(message, EventKind.COMPLAINED, occurred_at=NOON)

    assert (message.state, message.complained_at) == (MessageState.DELIVERED, NOON)
    order = Suppression.objects.get()
    assert (order.purpose, order.category.slug) == (None, "consent.complaint")


@pytest.mark.parametrize(
    ("purpose", "stopped"),
    [(Purpose.MARKETING, [Purpose.MARKETING]), (Purpose.SECURITY, [])],
)
def test_an_unsubscription_stops_what_the_message_was_for(
    purpose: Purpose, stopped: list[Purpose]
) -> None:
    message = make_message(
        address=make_address(), purpose=purpose, state=MessageState.ACCEPTED
    )

    prove(message, EventKind.UNSUBSCRIBED)

    assert list(Suppression.objects.values_list("purpose", flat=True)) == stopped
    assert message.evidence_level == EvidenceLevel.NONE


def test_a_complaint_that_nobody_vouches_for_suppresses_nobody() -> None:
    message = make_message(address=make_address(), state=MessageState.ACCEPTED)

    assert not prove(message, EventKind.COMPLAINED, trusted=False)

    assert not Suppression.objects.exists()
    assert message.complained_at is None


def test_a_bounce_that_nobody_vouches_for_is_told_of_and_moves_nothing() -> None:
    message = make_message(state=MessageState.ACCEPTED)

    assert not prove(message, EventKind.BOUNCED, trusted=False)

    assert message.state == MessageState.ACCEPTED
    assert FactChange.objects.get().subject_id == DeliveryEvent.objects.get().pk
    assert not prove(message, EventKind.BOUNCED, trusted=False)
    assert FactChange.objects.count() == 1


def test_what_was_said_is_kept_with_the_event() -> None:
    said = sending.Said("550", "5.1.1", "User unknown")

    prove(make_message(state=MessageState.ACCEPTED), EventKind.BOUNCED, said=said)

    event = DeliveryEvent.objects.get()
    kept = (event.reply_code, event.enhanced_code, event.answer)
    assert kept == ("550", "5.1.1", "User unknown")


FIVE = (
    (EventKind.ACCEPTED, NOON),
    (EventKind.DEFERRED, NOON + MINUTE),
    (EventKind.BOUNCED, NOON + 2 * MINUTE),
    (EventKind.DELIVERED, NOON + 3 * MINUTE),
    (EventKind.COMPLAINED, NOON + 4 * MINUTE),
)
CONTRADICTED = (
    *FIVE[:2],
    (EventKind.DELIVERED, NOON + 2 * MINUTE),
    (EventKind.CONFIRMED, NOON + 3 * MINUTE),
    (EventKind.BOUNCED, NOON + 4 * MINUTE),
)
CONFIRMED = (
    *FIVE[:2],
    (EventKind.DELIVERED, NOON + 2 * MINUTE),
    (EventKind.BOUNCED, NOON + 3 * MINUTE),
    (EventKind.CONFIRMED, NOON + 4 * MINUTE),
)
TOLD = (
    "state",
    "evidence_level",
    "verify_by",
    "recovered_late",
    "contradicted_at",
    "complained_at",
)


@pytest.mark.parametrize(
    ("events", "late", "contradicted"),
    [(FIVE, True, False), (CONTRADICTED, False, True), (CONFIRMED, True, False)],
    ids=["late", "contradicted", "confirmed"],
)
@pytest.mark.parametrize("start", [MessageState.ACCEPTED, MessageState.UNKNOWN])
def test_every_order_of_the_same_five_events_gives_one_row(
    start: MessageState,
    events: tuple[tuple[EventKind, datetime], ...],
    *,
    late: bool,
    contradicted: bool,
) -> None:
    unclear = start == MessageState.UNKNOWN
    rows = set()
    for order in permutations(events):
        with transaction.atomic():
            message = make_message(state=start, verify_by=NOON)
            Message.objects.update(last_outcome=Outcome.UNCLEAR if unclear else "")
            for kind, at in order:
                prove(message, kind, occurred_at=at)
            rows.add(tuple(getattr(message, name) for name in TOLD))
            transaction.set_rollback(True)
    (row,) = rows
    assert (row[0], row[2]) == (MessageState.DELIVERED, None)
    assert (row[3], row[4] is not None) == (late or unclear, contradicted)


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
