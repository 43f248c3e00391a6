"""How is a planned try made, at most once as far as the provider allows?

Claim under a lease, ask the gate, commit "sending", call outside any transaction,
record under the epoch of the claim. A worker that dies leaves a row in ``sending``;
the next one sends it again with the *same* key, asks the provider, or a person.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from deliveries import aiming, breaker, gate, limits, outbound, pacing, routing
from deliveries.channels import CHANNELS, Channel, Reply
from deliveries.leases import LeaseLost
from deliveries.models import (
    NEEDED_LEVEL,
    AttemptCause,
    Dedup,
    DeliveryAttempt,
    Message,
    MessageState,
    Outcome,
)
from deliveries.sending import asking, delegating, recording

log = logging.getLogger(__name__)

CHUNK = 20  # tries claimed at a time
# No call begins later than this after its claim, so that it ends within the lease.
RUN_S = 40.0
# A provider that took so long may take as long again: its other tries step back, and
# nobody else waits for it.
SLOW_S = 2.0
STEP_BACK = timedelta(seconds=10)

CRASHED = "crashed"  # the code of a try that three workers could not get through
UNTRIED = (MessageState.QUEUED, MessageState.RETRY_WAIT)


class Postponed(Exception):
    """The try may be made, but not before a time (UTC); nothing was changed."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


def send_due(limit: int = 100) -> int:
    """Make up to ``limit`` due tries; return how many came to an end.

    Tries that nobody could finish in three claims are parked and told of. Raises
    ``InsideTransaction`` when a transaction is open.
    """
    return Sender().run(limit)


@dataclass(frozen=True, slots=True)
class Sender:
    """One worker's turn; the clocks and channels are those of the tests, if given."""

    channels: Mapping[str, Channel] = field(default_factory=lambda: CHANNELS)
    now: Callable[[], datetime] = timezone.now
    seconds: Callable[[], float] = time.monotonic

    def run(self, limit: int) -> int:
        """Work off due tries chunk by chunk until none, enough, or too late."""
        if transaction.get_connection().in_atomic_block:
            raise outbound.InsideTransaction("Claims commit before anybody is called.")
        stop_at = self.seconds() + RUN_S
        slow: set[int] = set()
        ended = _park_exhausted(limit, self.now())
        # Other work waits for this process: after a slow chunk it comes first.
        while limit > 0 and not slow and self.seconds() < stop_at:
            rows = DeliveryAttempt.objects.select_related("route__provider")
            chunk = rows.claim(min(CHUNK, limit))
            if not chunk:
                break
            limit -= len(chunk)
            # A try that may have killed its worker must not take others with it again.
            chunk.sort(key=lambda attempt: attempt.outcome in asking.OPEN)
            ended += self._work_off(chunk, stop_at, slow)
        return ended

    def _work_off(
        self, chunk: list[DeliveryAttempt], stop_at: float, slow: set[int]
    ) -> int:
        """Make the tries of a chunk; providers that proved slow join ``slow``."""
        ended = 0
        tallies: dict[int, breaker.Tally] = {}
        for attempt in chunk:
            provider = attempt.route.provider_id
            began = self.seconds()
            if began >= stop_at or provider in slow:
                _give_back(attempt, self.now() + STEP_BACK)
                continue
            ended += self._make_or_leave(attempt, tallies)
            if self.seconds() - began > SLOW_S:
                slow.add(attempt.route.provider_id)
        breaker.note(tallies, self.now())
        return ended

    def _make_or_leave(
        self, attempt: DeliveryAttempt, tallies: dict[int, breaker.Tally]
    ) -> bool:
        try:
            reply = self._make(attempt)
        except Postponed as later:
            _give_back(attempt, later.until)
            return False
        except LeaseLost:
            log.warning("attempt %s: lease lost, result dropped", attempt.pk)
            return False
        except Exception:
            # The edge of the worker: the row keeps its claim and comes back by itself,
            # until its tries are used up.
            log.exception("attempt %s: crashed", attempt.pk)
            return False
        if reply is not None:
            tallies.setdefault(attempt.route_id, breaker.Tally()).count(reply)
        return True

    def _make(self, attempt: DeliveryAttempt) -> Reply | None:
        if asking.is_question(attempt, self._channel_of(attempt)):
            asking.ask(attempt, self._channel_of(attempt), self.now)
            return None
        message = self._begin(attempt, self.now())
        if message is None:
            return None
        channel = self._channel_of(attempt)  # the route may be another one by now
        reply = channel.send(
            message, attempt.route, key=attempt.idempotency_key, now=self.now()
        )
        now = self.now()
        ask_at = asking.due(attempt, channel, reply, now)
        recording.record(attempt, reply, now, ask_at=ask_at)
        return reply

    def _channel_of(self, attempt: DeliveryAttempt) -> Channel:
        return self.channels[attempt.route.provider.adapter]

    def _begin(self, attempt: DeliveryAttempt, now: datetime) -> Message | None:
        """Commit that the call is about to be made; None when it must not be made.

        Raises :class:`Postponed`.
        """
        with transaction.atomic():
            message = (
                Message.objects.select_for_update(of=("self",))
                .select_related("source", "recipient", "address__recipient__key")
                .get(pk=attempt.message_id)
            )
            aiming.aim(message, attempt)
            if attempt.outcome == Outcome.PLANNED:
                _take_a_detour(attempt, message, now)
            verdict = gate.check(message, now=now, attempt=attempt)
            if verdict.wait_until is not None and not _is_left_out(attempt, verdict):
                raise Postponed(verdict.wait_until)
            if attempt.outcome == Outcome.SENDING:
                channel = self._channel_of(attempt)
                if verdict.codes or not _may_repeat(attempt, message, channel, now):
                    recording.end(message, attempt, recording.SILENCE, now)
                    return None
            elif verdict.codes or message.state not in UNTRIED:
                codes = verdict.codes or (message.state,)
                recording.cancel(message, attempt, codes, now)
                return None
            elif delegating.is_delegated(message):
                _hand_over(attempt, message, now)
                return None
            _enter(attempt, message, now)
        return message


def _is_left_out(attempt: DeliveryAttempt, verdict: gate.Verdict) -> bool:
    """Say whether a bulk resend goes on without a message that has to wait for hours.

    Its try is cancelled with the reason, as every step waits for the one before.
    """
    waits = {gate.GateCode.QUIET_HOURS, gate.GateCode.OVER_CAP} & set(verdict.codes)
    planned = attempt.outcome == Outcome.PLANNED
    return planned and attempt.cause == AttemptCause.BULK and bool(waits)


def _hand_over(attempt: DeliveryAttempt, message: Message, now: datetime) -> None:
    """Have the source make the try; it counts towards the caps from here on."""
    if not limits.take(message, now):
        raise Postponed(limits.over_until(message, now) or now + STEP_BACK)
    delegating.ask(attempt, message, now)


def _take_a_detour(attempt: DeliveryAttempt, message: Message, now: datetime) -> None:
    """Lead a try that was not made yet around a route that is interrupted."""
    if breaker.shut_until(attempt.route, now) is None:
        return
    route = routing.next_route(message, now=now)
    if route is not None and breaker.shut_until(route, now) is None:
        attempt.route = route


def _may_repeat(
    attempt: DeliveryAttempt, message: Message, channel: Channel, now: datetime
) -> bool:
    """Say whether a second call with the same key cannot reach the person twice."""
    if attempt.route.provider.dedup != Dedup.KEY or attempt.started_at is None:
        return False
    known_until = attempt.started_at + channel.dedup_window
    return message.state == MessageState.SENDING and now < known_until


def _enter(attempt: DeliveryAttempt, message: Message, now: datetime) -> None:
    """Write down that the call is made now, and use up what it uses up."""
    if not breaker.admit(attempt.route, now):
        raise Postponed(now + STEP_BACK)
    if attempt.outcome == Outcome.PLANNED:
        _spend(attempt, message, now)
    held = DeliveryAttempt.objects.filter(pk=attempt.pk, epoch=attempt.epoch)
    started = Coalesce("started_at", Value(now))
    entered = held.update(
        outcome=Outcome.SENDING, started_at=started, route=attempt.route
    )
    if not entered:
        raise LeaseLost(f"DeliveryAttempt {attempt.pk}")
    attempt.started_at = attempt.started_at or now
    provider = attempt.route.provider
    needed = min(NEEDED_LEVEL[message.purpose], provider.attainable_level)
    Message.objects.move(
        message.pk,
        MessageState.SENDING,
        provider=provider,
        needed_level=needed,
        verify_by=None,
    )


def _spend(attempt: DeliveryAttempt, message: Message, now: datetime) -> None:
    again = attempt.cause in (AttemptCause.AUTO, AttemptCause.BULK)
    if again and not pacing.take(attempt.route, now):
        raise Postponed(pacing.next_chance(attempt.route, now))
    if not limits.take(message, now):
        raise Postponed(limits.over_until(message, now) or now + STEP_BACK)


def _give_back(attempt: DeliveryAttempt, due_at: datetime) -> None:
    """Return a claim unused; one that was lost meanwhile is somebody else's."""
    rows = DeliveryAttempt.objects.filter(pk=attempt.pk, epoch=attempt.epoch)
    rows.update(due_at=due_at, tries=attempt.tries - 1)


def _park_exhausted(limit: int, now: datetime) -> int:
    """End tries that three claims could not end, so that a person looks at them."""
    parked = 0
    for attempt in DeliveryAttempt.objects.exhausted(limit):
        try:
            with transaction.atomic():
                message = Message.objects.select_for_update().get(pk=attempt.message_id)
                if attempt.outcome == Outcome.UNCLEAR:  # nobody answers: a person does
                    DeliveryAttempt.objects.settle(attempt, parked_at=now)
                elif attempt.outcome == Outcome.SENDING:
                    recording.end(
                        message, attempt, recording.SILENCE, now, parked_at=now
                    )
                else:
                    recording.cancel(message, attempt, (CRASHED,), now, parked_at=now)
        except LeaseLost:
            continue
        parked += 1
    return parked
