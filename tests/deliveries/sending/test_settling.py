"""Does what is learned late settle a try that ended without a clear answer?"""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import sending
from deliveries.models import (
    ChangeKind,
    DeliveryAttempt,
    EventKind,
    EvidenceLevel,
    FactChange,
    ItemState,
    Message,
    MessageState,
    Outcome,
    ResendItem,
    ResendOperation,
    Settler,
)
from tests.factories import make_attempt, make_message
from tests.rows import make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEVELS = {
    EventKind.ACCEPTED: EvidenceLevel.ACCEPTED,
    EventKind.DELIVERED: EvidenceLevel.DELIVERED,
    EventKind.CONFIRMED: EvidenceLevel.CONFIRMED,
    EventKind.COMPLAINED: EvidenceLevel.DELIVERED,
}


def unclear(message: Message | None = None) -> DeliveryAttempt:
    """The last try of a message, which ended without a clear answer at noon."""
    attempt = make_attempt(message)
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        outcome=Outcome.UNCLEAR, finished_at=NOON, reply_code="timeout", due_at=None
    )
    Message.objects.filter(pk=attempt.message_id).update(
        state=MessageState.UNKNOWN, last_outcome=Outcome.UNCLEAR
    )
    attempt.refresh_from_db()
    return attempt


def unknown_item(message: Message) -> ResendItem:
    """The message as part of a bulk resend that waits for somebody to settle it."""
    item = make(ResendItem, message=message, state=ItemState.UNKNOWN)
    ResendOperation.objects.filter(pk=item.operation_id).update(
        n_unknown=1, frozen_count=1
    )
    return item


def hear(
    attempt: DeliveryAttempt,
    kind: EventKind,
    at: datetime = NOON,
    *,
    n: int | None = 1,
    trusted: bool = True,
) -> None:
    sending.prove(
        attempt.message_id,
        level=LEVELS.get(kind, EvidenceLevel.NONE),
        kind=kind,
        provider=None,
        dedup_hash=f"{attempt.message_id}-{kind}-{n}",
        occurred_at=at,
        trusted=trusted,
        attempt_n=n,
    )
    attempt.refresh_from_db()


def told(kind: ChangeKind) -> int:
    return FactChange.objects.filter(kind=kind).count()


@pytest.mark.parametrize(
    ("kind", "outcome", "state"),
    [
        (EventKind.ACCEPTED, Outcome.ACCEPTED, MessageState.ACCEPTED),
        (EventKind.DELIVERED, Outcome.ACCEPTED, MessageState.DELIVERED),
        (EventKind.CONFIRMED, Outcome.ACCEPTED, MessageState.DELIVERED),
        (EventKind.COMPLAINED, Outcome.ACCEPTED, MessageState.DELIVERED),
        (EventKind.BOUNCED, Outcome.REFUSED, MessageState.FAILED),
        (EventKind.DEFERRED, Outcome.UNCLEAR, MessageState.UNKNOWN),
    ],
)
@pytest.mark.parametrize("n", [1, None], ids=["named", "the only try"])
def test_a_late_event_settles_its_try(
    kind: EventKind, outcome: Outcome, state: MessageState, n: int | None
) -> None:
    attempt = unclear()

    hear(attempt, kind, n=n)

    settled = outcome != Outcome.UNCLEAR
    assert attempt.outcome == attempt.message.last_outcome == outcome
    assert attempt.settled_by == (Settler.EVENT if settled else "")
    assert (attempt.settled_at is not None) == settled
    assert attempt.reply_code == "timeout"
    assert attempt.message.state == state
    assert told(ChangeKind.EVIDENCE) == settled
    assert told(ChangeKind.ATTEMPT_FINISHED) == (outcome == Outcome.ACCEPTED)


def test_what_is_taken_late_has_to_be_proven_as_if_it_had_been_clear() -> None:
    attempt = unclear()

    hear(attempt, EventKind.ACCEPTED)

    assert attempt.message.verify_by == NOON + MINUTE
    assert sending.sweep_silence(NOON + MINUTE) == 1


def test_what_nobody_vouches_for_settles_nothing() -> None:
    attempt = unclear()

    hear(attempt, EventKind.DELIVERED, trusted=False)

    assert attempt.outcome == Outcome.UNCLEAR
    assert attempt.message.state == MessageState.UNKNOWN


def test_an_event_without_a_try_settles_none_of_several() -> None:
    first = unclear()
    make_attempt(first.message)

    hear(first, EventKind.ACCEPTED, n=None)

    assert first.outcome == Outcome.UNCLEAR


def test_an_earlier_try_is_settled_and_the_message_stays_with_its_last_one() -> None:
    first = unclear()
    make_attempt(first.message)

    hear(first, EventKind.BOUNCED)

    assert first.outcome == Outcome.REFUSED
    assert first.message.state == MessageState.RETRY_WAIT


def test_a_definite_refusal_is_not_unsettled_by_evidence() -> None:
    attempt = unclear()
    DeliveryAttempt.objects.update(outcome=Outcome.REFUSED)

    hear(attempt, EventKind.ACCEPTED)

    assert (attempt.outcome, attempt.settled_by) == (Outcome.REFUSED, "")


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (EventKind.ACCEPTED, ItemState.UNKNOWN),
        (EventKind.DELIVERED, ItemState.DELIVERED),
        (EventKind.BOUNCED, ItemState.FAILED),
    ],
)
def test_the_message_of_a_bulk_resend_follows(
    kind: EventKind, state: ItemState
) -> None:
    attempt = unclear()
    item = unknown_item(attempt.message)

    hear(attempt, kind)

    item.refresh_from_db()
    assert item.state == state


FIVE = (
    (EventKind.ACCEPTED, NOON + MINUTE),
    (EventKind.DEFERRED, NOON + 2 * MINUTE),
    (EventKind.BOUNCED, NOON + 3 * MINUTE),
    (EventKind.DELIVERED, NOON + 4 * MINUTE),
    (EventKind.CONFIRMED, NOON + 5 * MINUTE),
)
BOUNCED_LAST = (
    *FIVE[:2],
    (EventKind.DELIVERED, NOON + 3 * MINUTE),
    (EventKind.COMPLAINED, NOON + 4 * MINUTE),
    (EventKind.BOUNCED, NOON + 5 * MINUTE),
)
NEVER_PROVEN = FIVE[:3]
OF_MESSAGE = (
    "state",
    "evidence_level",
    "verify_by",
    "recovered_late",
    "contradicted_at",
    "complained_at",
    "last_outcome",
)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (FIVE, MessageState.DELIVERED),
        (BOUNCED_LAST, MessageState.DELIVERED),
        (NEVER_PROVEN, MessageState.FAILED),
    ],
    ids=["confirmed", "bounced last", "never proven"],
)
def test_every_order_of_the_same_events_gives_one_row(
    events: tuple[tuple[EventKind, datetime], ...], state: MessageState
) -> None:
    rows = set()
    for order in permutations(events):
        with transaction.atomic():
            attempt = unclear()
            for kind, at in order:
                hear(attempt, kind, at)
            message = Message.objects.get(pk=attempt.message_id)
            rows.add(
                (
                    attempt.outcome,
                    attempt.settled_by,
                    *(getattr(message, name) for name in OF_MESSAGE),
                )
            )
            transaction.set_rollback(True)
    (row,) = rows
    assert row[:2] == (Outcome.ACCEPTED, Settler.EVENT)
    assert row[2] == state


class TestAPersonsWord:
    def test_that_it_arrived_proves_nothing(self) -> None:
        attempt = unclear()
        item = unknown_item(attempt.message)

        say(attempt.message, arrived=True)

        attempt.refresh_from_db()
        item.refresh_from_db()
        message = attempt.message
        assert (attempt.outcome, attempt.settled_by) == ("accepted", Settler.PERSON)
        assert (message.state, message.verify_by) == (MessageState.ACCEPTED, None)
        assert message.evidence_level == EvidenceLevel.NONE
        assert not message.proven
        assert not message.events.exists()
        assert item.state == ItemState.DELIVERED
        assert told(ChangeKind.ATTEMPT_FINISHED) == 1

    def test_that_it_did_not_arrive_makes_it_a_failure(self) -> None:
        attempt = unclear()
        item = unknown_item(attempt.message)

        say(attempt.message, arrived=False)

        attempt.refresh_from_db()
        item.refresh_from_db()
        assert (attempt.outcome, attempt.settled_by) == ("refused", Settler.PERSON)
        assert attempt.message.state == MessageState.FAILED
        assert item.state == ItemState.FAILED

    def test_after_silence_the_try_keeps_what_the_provider_said(self) -> None:
        attempt = unclear()
        DeliveryAttempt.objects.update(outcome=Outcome.ACCEPTED)

        say(attempt.message, arrived=False)

        attempt.refresh_from_db()
        assert (attempt.outcome, attempt.settled_by) == (Outcome.ACCEPTED, "")
        assert attempt.message.state == MessageState.FAILED

    def test_a_message_that_only_its_source_has_sent_is_settled_as_well(self) -> None:
        message = make_message(state=MessageState.UNKNOWN)

        assert say(message, arrived=True) is None

        message.refresh_from_db()
        assert message.state == MessageState.ACCEPTED

    def test_evidence_overrules_it(self) -> None:
        attempt = unclear()
        say(attempt.message, arrived=False)

        hear(attempt, EventKind.DELIVERED)

        assert (attempt.outcome, attempt.settled_by) == ("accepted", Settler.EVENT)
        assert attempt.message.state == MessageState.DELIVERED

    @pytest.mark.parametrize(
        "state", [each for each in MessageState if each not in ("unknown", "held")]
    )
    def test_what_is_known_is_not_settled(self, state: MessageState) -> None:
        level = EvidenceLevel.DELIVERED if state == "delivered" else EvidenceLevel.NONE
        message = make_message(state=state, evidence_level=level)

        with pytest.raises(sending.NotOpen):
            say(message, arrived=True)

    def test_no_question_is_asked_any_more(self) -> None:
        attempt = unclear()
        DeliveryAttempt.objects.update(due_at=timezone.now())

        say(attempt.message, arrived=True)

        assert sending.is_pending(attempt.message) is None


def say(message: Message, *, arrived: bool) -> DeliveryAttempt | None:
    return sending.by_person(message.pk, arrived=arrived, now=timezone.now())
