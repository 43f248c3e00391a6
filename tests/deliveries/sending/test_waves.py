"""Do tries that are made together keep what each of them was promised alone?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import suppressions
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    Adapter,
    AttemptCause,
    BreakerState,
    CapUse,
    Dedup,
    DeliveryAttempt,
    EvidenceLevel,
    FailureCategory,
    FrequencyCap,
    Message,
    MessageState,
    Outcome,
    Route,
    RouteHealth,
    SuppressionOrigin,
)
from deliveries.sending.running import FIRST, FRESH_S, SLOW_S, TURN_S, Sender
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERED = Reply(ReplyKind.ACCEPTED, level=EvidenceLevel.DELIVERED, reply_code="200")
BUSY = Reply(ReplyKind.REFUSED, reply_code="503")
GONE = Reply(ReplyKind.REFUSED, reply_code="404")


@dataclass
class Script:
    """A channel that answers as ``says`` tells; the keys it was given stay."""

    says: Callable[[Message], Reply] = lambda message: DELIVERED
    dedup_window: timedelta = timedelta(hours=24)
    keys: list[str] = field(default_factory=list)

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        self.keys.append(key)
        return self.says(message)


@dataclass
class Clock:
    """Seconds that pass only when told."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def run(script: Script, clock: Clock | None = None, limit: int = 100) -> int:
    return Sender({Adapter.WEBHOOK: script}, seconds=clock or Clock()).run(limit)


def tries(
    count: int, *, dedup: Dedup = Dedup.KEY, cause: AttemptCause = AttemptCause.AUTO
) -> list[DeliveryAttempt]:
    """Tries over one route, each of somebody else."""
    route = make_route(make_provider(dedup=dedup))
    source = make_message().source
    return [
        make_attempt(
            make_message(address=make_address(source, f"https://{n}.example/")),
            route,
            cause=cause,
        )
        for n in range(count)
    ]


def outcomes() -> list[str]:
    return list(
        DeliveryAttempt.objects.order_by("pk").values_list("outcome", flat=True)
    )


def seen_during_the_first_call() -> tuple[Script, list[list[str]]]:
    seen: list[list[str]] = []

    def look(message: Message) -> Reply:
        if not seen:
            seen.append(sorted(outcomes()))
        return DELIVERED

    return Script(look), seen


def test_tries_of_a_provider_that_knows_keys_are_begun_together() -> None:
    tries(3)
    script, seen = seen_during_the_first_call()

    assert run(script) == 3

    assert seen == [[Outcome.SENDING] * 3]
    assert outcomes() == [Outcome.ACCEPTED] * 3


@pytest.mark.parametrize(
    ("dedup", "cause"),
    [
        (Dedup.NONE, AttemptCause.AUTO),
        (Dedup.LOOKUP, AttemptCause.AUTO),
        (Dedup.KEY, AttemptCause.BULK),
    ],
)
def test_what_a_crash_would_make_uncertain_and_bulk_resends_go_alone(
    dedup: Dedup, cause: AttemptCause
) -> None:
    tries(3, dedup=dedup, cause=cause)
    script, seen = seen_during_the_first_call()

    assert run(script) == 3

    assert seen == [[Outcome.PLANNED, Outcome.PLANNED, Outcome.SENDING]]


def test_it_takes_as_many_statements_for_many_as_for_few() -> None:
    def statements_for(count: int) -> int:
        tries(count)
        with CaptureQueriesContext(connection) as queries:
            assert run(Script()) == count
        return len(queries)

    statements_for(2)  # from here on the route is known
    assert statements_for(2) == statements_for(FIRST)


def test_a_try_alone_takes_ten_statements() -> None:
    tries(2)
    Sender({Adapter.WEBHOOK: Script()}).run(1)  # from here on the route is known

    with CaptureQueriesContext(connection) as queries:
        assert Sender({Adapter.WEBHOOK: Script()}).run(1) == 1

    assert len(queries) <= 10


def test_a_fault_ends_a_wave_and_nobody_else_is_taken_for_called() -> None:
    made = tries(4)
    seen: list[dict[str, int]] = []

    def fail_at_first(message: Message) -> Reply:
        if not seen:
            seen.append({})
            return BUSY
        if len(seen) == 1:
            health = RouteHealth.objects.get()
            seen.append({"requests": health.requests, "failures": health.failures})
            assert outcomes().count(Outcome.PLANNED) == 2
        return DELIVERED

    assert run(script := Script(fail_at_first)) == 4

    assert seen[1] == {"requests": 1, "failures": 1}
    assert sorted(outcomes()) == [Outcome.ACCEPTED] * 3 + [Outcome.REFUSED]
    assert sorted(script.keys) == sorted(each.idempotency_key for each in made)


def test_a_refused_address_ends_no_wave() -> None:
    tries(3)
    seen: list[list[str]] = []

    def refuse(message: Message) -> Reply:
        seen.append(outcomes())
        return GONE

    assert run(Script(refuse)) == 3

    assert seen == [[Outcome.SENDING] * 3] * 3
    assert outcomes() == [Outcome.REFUSED] * 3


def test_what_a_slow_provider_was_not_called_for_is_planned_again() -> None:
    made = tries(3)
    FrequencyCap.objects.create(
        source=made[0].message.source,
        channel=made[0].message.channel,
        purpose=made[0].message.purpose,
        window_s=3600,
        max_sends=5,
    )
    clock = Clock()

    def dawdle(message: Message) -> Reply:
        clock.seconds += SLOW_S + 1
        return DELIVERED

    script = Script(dawdle)
    assert run(script, clock) == 1

    waiting = DeliveryAttempt.objects.exclude(idempotency_key=script.keys[0])
    for attempt in waiting:
        assert (attempt.outcome, attempt.started_at) == (Outcome.PLANNED, None)
        assert (attempt.tries, attempt.message.state) == (0, MessageState.RETRY_WAIT)
        assert attempt.due_at is not None
        assert attempt.due_at > timezone.now()
    assert sum(CapUse.objects.values_list("used", flat=True)) == 1


def test_a_verdict_that_is_no_longer_fresh_is_asked_for_again() -> None:
    made = tries(3)
    clock = Clock()

    def suppress_the_others(message: Message) -> Reply:
        clock.seconds += FRESH_S
        for attempt in made:
            if attempt.message_id != message.pk and attempt.message.address:
                suppressions.suppress(
                    attempt.message.address,
                    category=FailureCategory.objects.get(slug="recipient.unknown"),
                    origin=SuppressionOrigin.EVENT,
                )
        return DELIVERED

    script = Script(suppress_the_others)
    assert run(script, clock) == 3

    assert len(script.keys) == 1
    assert sorted(outcomes()) == [Outcome.ACCEPTED] + [Outcome.CANCELLED] * 2


def test_nothing_is_sent_that_expires_while_others_are_called_for() -> None:
    tries(2)
    ends = timezone.now() + timedelta(minutes=1)
    Message.objects.update(expires_at=ends)
    now = [ends - timedelta(seconds=1)]

    def let_time_pass(message: Message) -> Reply:
        now[0] = ends
        return DELIVERED

    script = Script(let_time_pass)
    sender = Sender({Adapter.WEBHOOK: script}, now=lambda: now[0], seconds=Clock())

    assert sender.run(100) == 2

    assert len(script.keys) == 1
    assert sorted(outcomes()) == [Outcome.ACCEPTED, Outcome.CANCELLED]


def test_one_that_breaks_the_beginning_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poison = tries(4)[1]

    def explode(attempt: DeliveryAttempt, *rest: object) -> bool:
        if attempt.pk == poison.pk:
            raise RuntimeError
        return False

    monkeypatch.setattr("deliveries.sending.beginning._is_over", explode)

    assert run(Script()) == 3

    delivered = Message.objects.filter(state=MessageState.DELIVERED)
    assert delivered.count() == 3
    poison.refresh_from_db()
    assert (poison.outcome, poison.tries) == (Outcome.PLANNED, 1)


def test_one_that_was_claimed_again_does_not_stop_the_others() -> None:
    made = tries(3)
    stolen: list[int] = []

    def steal(message: Message) -> Reply:
        if not stolen:
            other = next(each for each in made if each.message_id != message.pk)
            stolen.append(other.pk)
            DeliveryAttempt.objects.filter(pk=other.pk).update(epoch=F("epoch") + 1)
        return DELIVERED

    assert run(Script(steal)) == 2

    late = DeliveryAttempt.objects.get(pk=stolen[0])
    assert late.outcome == Outcome.SENDING
    assert late.message.state == MessageState.SENDING


class Killed(BaseException):
    """The worker dies."""


def let_leases_end() -> None:
    rows = DeliveryAttempt.objects.filter(due_at__isnull=False)
    rows.update(due_at=timezone.now() - timedelta(minutes=5))


def test_a_try_that_kills_its_worker_takes_none_of_its_wave_with_it() -> None:
    made = tries(5)
    poison = made[2]

    def kill(message: Message) -> Reply:
        if message.pk == poison.message_id:
            raise Killed
        return DELIVERED

    for _ in range(3):
        let_leases_end()
        with pytest.raises(Killed):
            run(Script(kill))
    let_leases_end()
    run(Script(kill))

    poison.refresh_from_db()
    assert (poison.outcome, poison.parked_at is not None) == (Outcome.UNCLEAR, True)
    assert outcomes().count(Outcome.ACCEPTED) == 4


def test_workers_that_die_again_and_again_give_up_nothing_that_was_not_begun() -> None:
    tries(6, dedup=Dedup.NONE)

    def kill(message: Message) -> Reply:
        raise Killed

    for _ in range(4):
        let_leases_end()
        with pytest.raises(Killed):
            run(Script(kill))
    let_leases_end()
    run(Script())

    assert sorted(outcomes()) == [Outcome.ACCEPTED] * 2 + [Outcome.UNCLEAR] * 4


def test_probes_of_a_route_that_is_tried_again_are_counted_one_by_one() -> None:
    made = tries(5)
    now = timezone.now()
    RouteHealth.objects.create(
        route=made[0].route,
        state=BreakerState.HALF_OPEN,
        window_start=now,
        opened_at=now,
        probes_left=2,
    )

    run(script := Script(lambda message: GONE))

    assert len(script.keys) == 2
    assert outcomes().count(Outcome.PLANNED) == 3


def test_a_backlog_is_worked_off_for_as_long_as_a_turn_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deliveries.sending.running.CHUNK", 2)
    tries(8)
    clock = Clock()

    def takes_a_third(message: Message) -> Reply:
        clock.seconds += TURN_S / 3
        return DELIVERED

    assert run(Script(takes_a_third), clock) == 4

    assert outcomes().count(Outcome.PLANNED) == 4
    assert run(Script()) == 4


def test_a_turn_that_got_all_it_asked_for_leaves_poison_to_the_next() -> None:
    poison = make_attempt()
    DeliveryAttempt.objects.update(tries=3)
    due = make_attempt()

    assert run(script := Script(), limit=1) == 1
    assert script.keys == [due.idempotency_key]
    poison.refresh_from_db()
    assert poison.parked_at is None

    assert run(script, limit=1) == 1
    poison.refresh_from_db()
    assert poison.parked_at is not None
