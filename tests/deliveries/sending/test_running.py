"""Is a due try made once, past the gate, and written down whatever comes back?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from deliveries import outbound, sending, suppressions
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    Adapter,
    ChangeKind,
    Dedup,
    DeliveryAttempt,
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    FactChange,
    FailureCategory,
    Message,
    MessageState,
    Outcome,
    Purpose,
    Route,
    RouteHealth,
    SuppressionOrigin,
)
from deliveries.sending.running import CHUNK, RUN_S, SLOW_S, Sender
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERED = Reply(
    ReplyKind.ACCEPTED, level=EvidenceLevel.DELIVERED, reply_code="200", raw_answer="ok"
)
TAKEN = Reply(ReplyKind.ACCEPTED, level=EvidenceLevel.ACCEPTED, reply_code="202")
REFUSED = Reply(
    ReplyKind.REFUSED, reply_code="429", raw_answer="Too many.", retry_after_s=7
)
UNCLEAR = Reply(ReplyKind.UNCLEAR, reply_code="timeout")
MINUTE = timedelta(minutes=1)


@dataclass
class Script:
    """A channel that answers as told; ``during`` happens while the call is made."""

    reply: Reply = DELIVERED
    during: Callable[[Message], object] = lambda message: None
    dedup_window: timedelta = timedelta(hours=24)
    keys: list[str] = field(default_factory=list)

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        self.keys.append(key)
        self.during(message)
        return self.reply


def run(script: Script, limit: int = 100) -> int:
    return Sender({Adapter.WEBHOOK: script}).run(limit)


def told(kind: ChangeKind = ChangeKind.ATTEMPT_FINISHED) -> list[tuple[int, int]]:
    changes = FactChange.objects.filter(kind=kind, due_at__isnull=False)
    return list(changes.values_list("message_id", "attempt_n").order_by("id"))


def abandoned(dedup: Dedup, started_at: datetime) -> DeliveryAttempt:
    """A try whose worker died after the call may have been made."""
    attempt = make_attempt(route=make_route(make_provider(dedup=dedup)))
    attempt.outcome, attempt.started_at, attempt.epoch = Outcome.SENDING, started_at, 1
    attempt.save()
    Message.objects.update(state=MessageState.SENDING)
    return attempt


def test_a_message_that_arrives_is_delivered_with_its_evidence() -> None:
    attempt, script = make_attempt(), Script()

    assert run(script) == 1

    attempt.refresh_from_db()
    message, event = attempt.message, DeliveryEvent.objects.get()
    assert script.keys == [attempt.idempotency_key]
    assert (attempt.outcome, attempt.due_at) == (Outcome.ACCEPTED, None)
    assert (attempt.reply_code, attempt.raw_answer) == ("200", "ok")
    assert message.state == MessageState.DELIVERED
    assert message.provider == attempt.route.provider
    assert (message.last_outcome, message.evidence_level) == ("accepted", 3)
    assert (event.kind, event.level, event.attempt_n) == (EventKind.DELIVERED, 3, 1)
    assert told() == [(message.pk, 1)]


def test_what_is_only_accepted_has_to_be_proven_in_time() -> None:
    attempt, before = make_attempt(), timezone.now()

    run(Script(TAKEN))

    message = Message.objects.get()
    assert (message.state, message.evidence_level) == (MessageState.ACCEPTED, 2)
    assert message.verify_by is not None
    assert message.verify_by >= before + MINUTE
    assert attempt.message.events.get().kind == EventKind.ACCEPTED


def test_the_need_is_no_higher_than_the_provider_can_prove() -> None:
    provider = make_provider(attainable_level=EvidenceLevel.ACCEPTED)
    make_attempt(route=make_route(provider))

    run(Script(TAKEN))

    message = Message.objects.get()
    assert (message.needed_level, message.verify_by) == (EvidenceLevel.ACCEPTED, None)


def test_a_refusal_fails_the_message_and_keeps_what_was_said() -> None:
    attempt = make_attempt()

    run(Script(REFUSED))

    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.reply_code) == (Outcome.REFUSED, "429")
    assert (attempt.raw_answer, attempt.retry_after_s) == ("Too many.", 7)
    assert attempt.message.state == MessageState.FAILED
    assert told() == [(attempt.message_id, 1)]


def test_no_clear_answer_leaves_the_message_unknown() -> None:
    attempt = make_attempt()

    run(Script(UNCLEAR))

    attempt.refresh_from_db()
    assert attempt.outcome == Outcome.UNCLEAR
    assert attempt.message.state == MessageState.UNKNOWN
    assert told() == [(attempt.message_id, 1)]


def test_the_try_is_stored_before_the_call_and_no_transaction_is_open() -> None:
    seen = []

    def look(message: Message) -> None:
        attempt = DeliveryAttempt.objects.get()
        stored = Message.objects.get()
        seen.append((attempt.outcome, stored.state, connection.in_atomic_block))

    make_attempt()
    run(Script(during=look))

    assert seen == [(Outcome.SENDING, MessageState.SENDING, False)]


def test_what_is_not_due_waits() -> None:
    make_attempt(due_at=timezone.now() + MINUTE)

    assert run(script := Script()) == 0
    assert not script.keys


def test_the_gate_is_asked_after_the_claim() -> None:
    address = make_address()
    attempt = make_attempt(make_message(address=address))
    suppressions.suppress(
        address,
        category=FailureCategory.objects.get(slug="recipient.unknown"),
        origin=SuppressionOrigin.EVENT,
    )

    run(script := Script())

    attempt.refresh_from_db()
    assert not script.keys
    assert (attempt.outcome, attempt.started_at) == (Outcome.CANCELLED, None)
    assert (attempt.reply_code, attempt.raw_answer) == ("not_sent", "suppressed")
    assert attempt.message.state == MessageState.FAILED
    assert told() == [(attempt.message_id, 1)]


def test_a_message_that_expired_while_it_waited_is_not_sent() -> None:
    attempt = make_attempt(make_message(expires_at=timezone.now()))

    run(script := Script())

    attempt.refresh_from_db()
    assert not script.keys
    assert attempt.outcome == Outcome.CANCELLED
    assert attempt.message.state == MessageState.EXPIRED


def test_a_message_that_arrived_while_it_waited_is_not_sent() -> None:
    attempt = make_attempt()
    prove_delivered(attempt.message)

    run(script := Script())

    attempt.refresh_from_db()
    assert not script.keys
    assert (attempt.outcome, attempt.raw_answer) == (Outcome.CANCELLED, "delivered")
    assert attempt.message.state == MessageState.DELIVERED


def test_nothing_is_sent_inside_a_transaction() -> None:
    make_attempt()

    with pytest.raises(outbound.InsideTransaction), transaction.atomic():
        sending.send_due()


class TestAfterACrash:
    def test_a_provider_that_knows_keys_gets_the_same_key_again(self) -> None:
        began = timezone.now() - 2 * MINUTE
        attempt = abandoned(Dedup.KEY, began)

        run(script := Script())

        attempt.refresh_from_db()
        assert script.keys == [attempt.idempotency_key]
        assert (attempt.n, attempt.outcome) == (1, Outcome.ACCEPTED)
        assert attempt.started_at == began

    @pytest.mark.parametrize("dedup", [Dedup.NONE, Dedup.LOOKUP])
    def test_without_keys_a_person_has_to_settle_it(self, dedup: Dedup) -> None:
        attempt = abandoned(dedup, timezone.now())

        run(script := Script())

        attempt.refresh_from_db()
        assert not script.keys
        assert attempt.outcome == Outcome.UNCLEAR
        assert attempt.message.state == MessageState.UNKNOWN
        assert told() == [(attempt.message_id, 1)]

    def test_a_key_that_is_forgotten_by_now_is_not_used(self) -> None:
        attempt = abandoned(Dedup.KEY, timezone.now() - timedelta(hours=25))

        run(script := Script())

        attempt.refresh_from_db()
        assert not script.keys
        assert attempt.outcome == Outcome.UNCLEAR

    def test_the_gate_may_stop_the_repetition_but_not_say_what_happened(self) -> None:
        attempt = abandoned(Dedup.KEY, timezone.now())
        Message.objects.update(expires_at=timezone.now())

        run(script := Script())

        attempt.refresh_from_db()
        assert not script.keys
        assert attempt.outcome == Outcome.UNCLEAR

    @pytest.mark.parametrize("code", ["429", "503", "connection_refused"])
    def test_a_provider_out_of_service_does_not_deny_the_first_call(
        self, code: str
    ) -> None:
        attempt = abandoned(Dedup.KEY, timezone.now())
        script = Script(Reply(ReplyKind.REFUSED, reply_code=code))

        assert run(script) == 0

        attempt.refresh_from_db()
        assert (attempt.outcome, attempt.tries) == (Outcome.SENDING, 1)
        assert attempt.due_at is not None
        assert attempt.due_at > timezone.now()
        assert attempt.message.state == MessageState.SENDING
        assert not told()
        assert RouteHealth.objects.get().failures == 1

    def test_where_it_stays_out_of_service_a_person_has_to_settle_it(self) -> None:
        attempt = abandoned(Dedup.KEY, timezone.now())
        script = Script(Reply(ReplyKind.REFUSED, reply_code="503"))

        for _ in range(4):
            DeliveryAttempt.objects.update(due_at=timezone.now())
            run(script)

        attempt.refresh_from_db()
        assert script.keys == [attempt.idempotency_key] * 3
        assert attempt.outcome == Outcome.UNCLEAR
        assert told() == [(attempt.message_id, 1)]

    def test_a_no_to_the_message_itself_settles_the_first_call_too(self) -> None:
        attempt = abandoned(Dedup.KEY, timezone.now())

        run(Script(Reply(ReplyKind.REFUSED, reply_code="404")))

        attempt.refresh_from_db()
        assert attempt.outcome == Outcome.REFUSED
        assert attempt.message.state == MessageState.FAILED

    def test_a_bounce_meanwhile_ends_the_try(self) -> None:
        attempt = abandoned(Dedup.KEY, timezone.now())
        Message.objects.update(state=MessageState.FAILED)

        run(script := Script())

        attempt.refresh_from_db()
        assert not script.keys
        assert attempt.outcome == Outcome.UNCLEAR
        assert attempt.message.state == MessageState.FAILED

    def test_one_try_that_breaks_the_sender_does_not_stop_the_others(self) -> None:
        poison, good = make_attempt(), make_attempt()

        def explode(message: Message) -> None:
            if message == poison.message:
                raise RuntimeError

        assert run(Script(during=explode)) == 1

        poison.refresh_from_db()
        good.refresh_from_db()
        assert good.outcome == Outcome.ACCEPTED
        assert (poison.outcome, poison.tries) == (Outcome.SENDING, 1)
        assert poison.due_at is not None
        assert poison.due_at > timezone.now()

    def test_a_try_that_may_have_killed_its_worker_comes_last(self) -> None:
        suspect = abandoned(Dedup.KEY, timezone.now())
        innocent = make_attempt()

        run(script := Script())

        assert script.keys == [innocent.idempotency_key, suspect.idempotency_key]

    @pytest.mark.parametrize(
        ("outcome", "state", "ends"),
        [
            (Outcome.SENDING, MessageState.SENDING, Outcome.UNCLEAR),
            (Outcome.PLANNED, MessageState.RETRY_WAIT, Outcome.CANCELLED),
        ],
    )
    def test_poison_is_parked_and_told(
        self, outcome: Outcome, state: MessageState, ends: Outcome
    ) -> None:
        attempt = make_attempt()
        DeliveryAttempt.objects.update(outcome=outcome, tries=3)
        Message.objects.update(state=state)

        assert run(script := Script()) == 1

        attempt.refresh_from_db()
        after = {Outcome.UNCLEAR: MessageState.UNKNOWN}.get(ends, MessageState.FAILED)
        assert not script.keys
        assert (attempt.outcome, attempt.due_at) == (ends, None)
        assert attempt.parked_at is not None
        assert attempt.message.state == after
        assert told() == [(attempt.message_id, 1)]


class TestWhileTheCallIsMade:
    def test_a_worker_that_lost_its_lease_changes_nothing(self) -> None:
        attempt = make_attempt()

        def another_claims(message: Message) -> None:
            DeliveryAttempt.objects.update(epoch=2)

        assert run(Script(during=another_claims)) == 0

        attempt.refresh_from_db()
        assert attempt.outcome == Outcome.SENDING
        assert attempt.message.state == MessageState.SENDING
        assert not DeliveryEvent.objects.exists()
        assert not told()

    def test_evidence_that_overtakes_a_refusal_counts(self) -> None:
        attempt = make_attempt()

        run(Script(REFUSED, during=prove_delivered))

        attempt.refresh_from_db()
        assert attempt.outcome == Outcome.REFUSED
        assert attempt.message.state == MessageState.DELIVERED

    def test_a_bounce_that_overtakes_the_acceptance_counts(self) -> None:
        attempt = make_attempt()

        run(Script(TAKEN, during=bounce))

        attempt.refresh_from_db()
        message = attempt.message
        assert attempt.outcome == Outcome.ACCEPTED
        assert (message.state, message.verify_by) == (MessageState.FAILED, None)

    def test_a_slow_provider_does_not_hold_up_the_others(self) -> None:
        slow, quick = make_route(), make_route()
        first = make_attempt(route=slow)
        second = make_attempt(route=slow)
        third = make_attempt(route=quick)
        clock = Clock()

        def dawdle(message: Message) -> None:
            clock.seconds += SLOW_S + 1

        sender = Sender({Adapter.WEBHOOK: Script(during=dawdle)}, seconds=clock)

        assert sender.run(10) == 2

        second.refresh_from_db()
        assert {each.pk for each in unfinished()} == {second.pk}
        assert first.route == second.route != third.route
        assert second.tries == 0
        assert second.due_at is not None
        assert second.due_at > timezone.now()

    def test_a_slow_chunk_is_the_last_of_its_run(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("deliveries.sending.running.CHUNK", 1)
        for _ in range(2):
            make_attempt()
        clock = Clock()

        def dawdle(message: Message) -> None:
            clock.seconds += SLOW_S + 1

        sender = Sender({Adapter.WEBHOOK: Script(during=dawdle)}, seconds=clock)

        assert sender.run(10) == 1
        assert [each.tries for each in unfinished()] == [0]

    def test_no_call_begins_that_could_outlast_the_lease(self) -> None:
        for _ in range(3):
            make_attempt()
        clock = Clock()

        def take_long(message: Message) -> None:
            clock.seconds += RUN_S / 2

        sender = Sender({Adapter.WEBHOOK: Script(during=take_long)}, seconds=clock)

        assert sender.run(10) == 2
        assert [each.tries for each in unfinished()] == [0]


def test_a_run_makes_no_more_than_it_was_asked_for() -> None:
    message = make_message()
    route = make_route()
    for _ in range(CHUNK + 2):
        make_attempt(make_message(message.source), route)

    assert run(Script(), limit=CHUNK + 1) == CHUNK + 1
    assert len(unfinished()) == 1


def test_a_first_send_that_must_not_be_made_is_over() -> None:
    message = make_message(state=MessageState.QUEUED, purpose=Purpose.SECURITY)
    make_message(message.source, supersedes=message)
    attempt = make_attempt(message)
    Message.objects.filter(pk=message.pk).update(state=MessageState.QUEUED)

    run(script := Script())

    attempt.refresh_from_db()
    assert not script.keys
    assert attempt.raw_answer == "superseded"
    assert attempt.message.state == MessageState.CANCELLED


@dataclass
class Clock:
    """Seconds that pass only when told."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def unfinished() -> list[DeliveryAttempt]:
    return list(DeliveryAttempt.objects.filter(finished_at=None))


def prove_delivered(message: Message) -> None:
    tell(message, EventKind.DELIVERED, EvidenceLevel.DELIVERED)


def bounce(message: Message) -> None:
    tell(message, EventKind.BOUNCED, EvidenceLevel.NONE)


def tell(message: Message, kind: EventKind, level: EvidenceLevel) -> None:
    sending.prove(
        message.pk,
        level=level,
        kind=kind,
        provider=None,
        dedup_hash=kind,
        occurred_at=timezone.now(),
        trusted=True,
    )
