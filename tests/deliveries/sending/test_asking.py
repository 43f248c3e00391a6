"""Is a provider asked about an unclear try before anything is sent again?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from deliveries import routing, sending
from deliveries.channels import Reply, ReplyKind
from deliveries.channels.base import Inquiry, Known
from deliveries.models import (
    Adapter,
    AttemptCause,
    CapUse,
    ChangeKind,
    Dedup,
    DeliveryAttempt,
    EventKind,
    EvidenceLevel,
    FactChange,
    FrequencyCap,
    Message,
    MessageState,
    Outcome,
    Settler,
)
from deliveries.sending.planning import ASKED_FIRST
from deliveries.sending.running import Sender
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)

pytestmark = pytest.mark.django_db(transaction=True)

SETTLE = timedelta(minutes=5)
LONG_AGO = timedelta(hours=1)
TIMEOUT = Reply(ReplyKind.UNCLEAR, reply_code="timeout")
TAKEN = Reply(ReplyKind.ACCEPTED, EvidenceLevel.ACCEPTED, reply_code="OK")
ARRIVED = Reply(ReplyKind.ACCEPTED, EvidenceLevel.DELIVERED, raw_answer="DELIVERED")
LOST = Reply(ReplyKind.REFUSED, reply_code="MOBILE_NOT_ON_SERVICE")
ABSENT, NOT_SAID = Inquiry(Known.ABSENT), Inquiry(Known.NOT_SAID)


@dataclass
class Desk:
    """A provider that answers calls and questions as told, in this order."""

    replies: Sequence[Reply] = (TAKEN,)
    says: Sequence[Inquiry] = ()
    during: Callable[[], object] = lambda: None
    settle: timedelta | None = SETTLE
    dedup_window: timedelta = timedelta(0)
    sent: list[str] = field(default_factory=list)
    asked: list[tuple[str, datetime, bool]] = field(default_factory=list)

    def send(
        self, message: Message, route: object, *, key: str, now: datetime
    ) -> Reply:
        self.sent.append(key)
        return self.replies[len(self.sent) - 1]

    def look_up(
        self,
        message: Message,
        route: object,
        *,
        key: str,
        since: datetime,
        now: datetime,
    ) -> Inquiry:
        self.asked.append((key, since, connection.in_atomic_block))
        self.during()
        return self.says[len(self.asked) - 1]


def found(reply: Reply) -> Inquiry:
    return Inquiry(Known.FOUND, reply)


def run(desk: Desk) -> None:
    Sender({Adapter.WEBHOOK: desk}).run(10)


def unclear(desk: Desk, dedup: Dedup = Dedup.LOOKUP) -> DeliveryAttempt:
    """A try that timed out, with the question about it due by now."""
    attempt = make_attempt(
        make_message(address=make_address()),
        make_route(make_provider(dedup=dedup)),
    )
    run(desk)
    make_due()
    attempt.refresh_from_db()
    return attempt


def make_due() -> None:
    """Let the time pass after which an absence counts."""
    rows = DeliveryAttempt.objects.filter(due_at__isnull=False)
    rows.update(due_at=timezone.now() - timedelta(minutes=5))


def abandoned() -> DeliveryAttempt:
    """A try whose worker died after the call may have been made."""
    attempt = make_attempt(route=make_route(make_provider(dedup=Dedup.LOOKUP)))
    attempt.outcome, attempt.started_at = Outcome.SENDING, timezone.now() - LONG_AGO
    attempt.epoch = attempt.tries = 1
    attempt.save()
    Message.objects.update(state=MessageState.SENDING)
    return attempt


def told(kind: ChangeKind) -> int:
    return FactChange.objects.filter(kind=kind).count()


class TestAfterACrash:
    @pytest.mark.parametrize(
        ("reply", "outcome", "state"),
        [
            (ARRIVED, Outcome.ACCEPTED, MessageState.DELIVERED),
            (TAKEN, Outcome.ACCEPTED, MessageState.ACCEPTED),
            (LOST, Outcome.REFUSED, MessageState.FAILED),
        ],
        ids=["arrived", "taken", "lost"],
    )
    def test_what_the_provider_has_is_written_down_and_not_sent_again(
        self, reply: Reply, outcome: Outcome, state: MessageState
    ) -> None:
        attempt = abandoned()
        desk = Desk(says=[found(reply)])

        run(desk)

        attempt.refresh_from_db()
        assert not desk.sent
        assert desk.asked == [(attempt.idempotency_key, attempt.started_at, False)]
        assert (attempt.outcome, attempt.due_at) == (outcome, None)
        assert attempt.message.state == state
        assert told(ChangeKind.ATTEMPT_FINISHED) == 1

    def test_what_it_never_had_is_sent_again_as_the_same_try(self) -> None:
        attempt = abandoned()
        desk = Desk(says=[ABSENT])

        run(desk)

        attempt.refresh_from_db()
        assert desk.sent == [attempt.idempotency_key]
        assert (attempt.n, attempt.outcome) == (1, Outcome.ACCEPTED)
        assert attempt.message.generation == 1
        assert DeliveryAttempt.objects.count() == 1

    def test_what_it_does_not_say_is_unclear_and_goes_to_a_person(self) -> None:
        attempt = abandoned()
        desk = Desk(says=[NOT_SAID])

        run(desk)

        attempt.refresh_from_db()
        assert not desk.sent
        assert attempt.outcome == Outcome.UNCLEAR
        assert attempt.message.state == MessageState.UNKNOWN
        assert told(ChangeKind.ATTEMPT_FINISHED) == 1
        assert attempt.due_at is not None  # asked once more, when it may know
        assert attempt.due_at > timezone.now()

    def test_the_gate_may_stop_what_was_never_there(self) -> None:
        attempt = abandoned()
        Message.objects.update(expires_at=timezone.now())
        desk = Desk(says=[ABSENT])

        run(desk)

        attempt.refresh_from_db()
        assert not desk.sent
        assert attempt.outcome == Outcome.CANCELLED
        assert attempt.message.state == MessageState.EXPIRED

    def test_an_answer_under_an_old_claim_changes_nothing(self) -> None:
        attempt = abandoned()

        def another_claims() -> None:
            DeliveryAttempt.objects.update(epoch=9)

        run(Desk(says=[found(ARRIVED)], during=another_claims))

        attempt.refresh_from_db()
        assert attempt.outcome == Outcome.SENDING
        assert attempt.message.state == MessageState.SENDING


class TestAfterAnUnclearAnswer:
    def test_it_reaches_people_at_once_and_is_asked_about_later(self) -> None:
        before = timezone.now()
        attempt = make_attempt(route=make_route(make_provider(dedup=Dedup.LOOKUP)))

        run(desk := Desk([TIMEOUT]))

        attempt.refresh_from_db()
        assert (attempt.outcome, attempt.reply_code) == (Outcome.UNCLEAR, "timeout")
        assert attempt.message.state == MessageState.UNKNOWN
        assert told(ChangeKind.ATTEMPT_FINISHED) == 1
        assert not desk.asked
        assert attempt.due_at is not None
        assert attempt.due_at >= before + SETTLE

    @pytest.mark.parametrize(
        ("reply", "outcome", "state", "level"),
        [
            (ARRIVED, Outcome.ACCEPTED, MessageState.DELIVERED, 3),
            (TAKEN, Outcome.ACCEPTED, MessageState.ACCEPTED, 2),
            (LOST, Outcome.REFUSED, MessageState.FAILED, 0),
        ],
        ids=["arrived", "taken", "lost"],
    )
    def test_the_answer_settles_it_as_evidence(
        self, reply: Reply, outcome: Outcome, state: MessageState, level: int
    ) -> None:
        desk = Desk([TIMEOUT], [found(reply)])
        attempt = unclear(desk)

        run(desk)

        attempt.refresh_from_db()
        message = attempt.message
        assert (attempt.outcome, attempt.settled_by) == (outcome, Settler.LOOK_UP)
        assert (attempt.reply_code, attempt.due_at) == ("timeout", None)
        assert (message.state, message.evidence_level) == (state, level)
        assert message.last_outcome == outcome
        assert told(ChangeKind.EVIDENCE) == 1
        assert len(desk.sent) == 1
        event = message.events.get()
        assert (event.attempt_n, event.reply_code) == (1, reply.reply_code)

    def test_what_was_taken_has_to_be_proven_in_time(self) -> None:
        desk = Desk([TIMEOUT], [found(TAKEN)])
        attempt = unclear(desk)

        run(desk)

        message = Message.objects.get()
        assert attempt.finished_at is not None
        assert message.verify_by == attempt.finished_at + timedelta(minutes=1)

    def test_what_was_never_there_is_sent_again_with_the_same_key(self) -> None:
        desk = Desk([TIMEOUT, TAKEN], [ABSENT])
        attempt = unclear(desk)

        run(desk)

        attempt.refresh_from_db()
        assert desk.sent == [attempt.idempotency_key] * 2
        assert (attempt.outcome, attempt.settled_by) == (Outcome.ACCEPTED, "")
        assert attempt.message.state == MessageState.ACCEPTED

    def test_what_was_never_there_has_tired_nobody(self) -> None:
        desk = Desk([TIMEOUT, TAKEN], [ABSENT])
        address = make_address()
        FrequencyCap.objects.create(
            source=address.recipient.source,
            channel=address.channel,
            purpose="transactional",
            window_s=86_400,
            max_sends=1,
        )
        make_attempt(
            make_message(address=address), make_route(make_provider(dedup=Dedup.LOOKUP))
        )
        run(desk)
        make_due()

        run(desk)

        assert len(desk.sent) == 2
        assert CapUse.objects.get().used == 1

    def test_a_provider_that_never_says_is_asked_twice_and_then_a_person(self) -> None:
        desk = Desk([TIMEOUT], [NOT_SAID, NOT_SAID])
        attempt = unclear(desk)

        run(desk)
        make_due()
        run(desk)

        attempt.refresh_from_db()
        assert len(desk.asked) == 2
        assert (attempt.outcome, attempt.due_at) == (Outcome.UNCLEAR, None)
        assert attempt.message.state == MessageState.UNKNOWN

    def test_it_does_not_go_on_for_ever(self) -> None:
        desk = Desk([TIMEOUT] * 2, [ABSENT])
        attempt = unclear(desk)

        for _ in range(4):
            run(desk)
            make_due()

        attempt.refresh_from_db()
        assert (len(desk.sent), len(desk.asked)) == (2, 1)
        assert (attempt.outcome, attempt.due_at) == (Outcome.UNCLEAR, None)

    def test_questions_that_crash_are_given_up(self) -> None:
        desk = Desk([TIMEOUT])
        attempt = unclear(desk)
        DeliveryAttempt.objects.update(tries=3)

        run(desk)

        attempt.refresh_from_db()
        assert not desk.asked
        assert attempt.outcome == Outcome.UNCLEAR
        assert attempt.parked_at is not None

    @pytest.mark.parametrize("dedup", [Dedup.NONE, Dedup.KEY])
    def test_who_does_not_promise_an_answer_is_not_asked(self, dedup: Dedup) -> None:
        desk = Desk([TIMEOUT])
        attempt = unclear(desk, dedup)

        run(desk)

        assert not desk.asked
        assert (attempt.outcome, attempt.due_at) == (Outcome.UNCLEAR, None)

    def test_evidence_that_is_faster_than_the_answer_counts(self) -> None:
        attempt = unclear(desk := Desk([TIMEOUT], [ABSENT]))
        desk.during = lambda: sending.prove(
            attempt.message_id,
            level=EvidenceLevel.DELIVERED,
            kind=EventKind.DELIVERED,
            provider=None,
            dedup_hash="receipt",
            occurred_at=timezone.now(),
            trusted=True,
            attempt_n=1,
        )

        run(desk)

        attempt.refresh_from_db()
        assert len(desk.sent) == 1
        assert (attempt.outcome, attempt.settled_by) == ("accepted", Settler.EVENT)
        assert attempt.message.state == MessageState.DELIVERED


class TestBeforeAnythingElseIsSent:
    def test_nobody_plans_another_try_while_the_question_is_open(self) -> None:
        attempt = unclear(Desk([TIMEOUT]))

        with pytest.raises(sending.NotSendable) as refused:
            plan_again(attempt.message)

        assert refused.value.codes == (ASKED_FIRST,)
        assert sending.is_pending(attempt.message) is not None

    def test_once_it_is_answered_a_person_may(self) -> None:
        desk = Desk([TIMEOUT], [NOT_SAID, NOT_SAID])
        attempt = unclear(desk)
        run(desk)
        make_due()
        run(desk)

        assert plan_again(attempt.message).n == 2
        assert sending.is_pending(attempt.message) is None


def plan_again(message: Message) -> DeliveryAttempt:
    now = timezone.now()
    route = routing.next_route(message, now=now)
    assert route is not None
    return sending.plan(message, route=route, cause=AttemptCause.AGENT, at=now)
