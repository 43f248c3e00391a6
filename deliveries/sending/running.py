"""How is a planned try made, at most once as far as the provider allows?

Claim under a lease, then for each try: ask the gate and commit "sending"
(``beginning``), call outside any transaction, record under the epoch of the claim
(``recording``). A worker that dies leaves a row in ``sending``; the next one sends it
again with the *same* key, asks the provider (``asking``), or a person.

Tries over one route go through these steps together where the provider knows our keys,
so that a crash makes none of them uncertain (docs/decisions/0013). All others go alone.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from deliveries import breaker, outbound
from deliveries.channels import CHANNELS, Channel, Reply, ReplyKind
from deliveries.compiled import ById
from deliveries.leases import LeaseLost
from deliveries.models import (
    Dedup,
    DeliveryAttempt,
)
from deliveries.sending import asking, parking, recording, waves
from deliveries.sending.beginning import STEP_BACK, Begun, Call, begin, take_back

log = logging.getLogger(__name__)

CHUNK = 100  # tries claimed at a time
# No chunk but the first is claimed later in a turn: beat sends the next after 2 s, and
# other work waits for this process.
TURN_S = 1.5
# No call begins later than this after its claim, so that it ends within the lease.
RUN_S = 40.0
# A provider that took so long may take as long again: its other tries step back, and
# nobody else waits for it.
SLOW_S = 2.0
# A verdict of the gate is no older than this, and what came back is written down no
# later, when calls are made.
FRESH_S = 1.0
# As many tries of a route are begun at first; four times as many as went well then.
FIRST, GROWTH = 25, 4

# A time takes as long to read as all else of a small row: these nobody asks for here.
_CLAIMED = ById(
    lambda: DeliveryAttempt.objects.select_related("route__provider").defer(
        "planned_at", "route__provider__credentials_set_at"
    )
)


def send_due(limit: int = 5_000) -> int:
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
        began = self.seconds()
        turn = Turn(stop_at=began + RUN_S)
        left = limit
        # Other work waits for this process: after a slow chunk it comes first.
        while left > 0 and not turn.slow and self.seconds() < began + TURN_S:
            # What is begun commits durably before anybody is called.
            chunk = DeliveryAttempt.objects.claim(
                min(CHUNK, left), durable=False, alone=False, rows=_CLAIMED
            )
            if not chunk:
                break
            left -= len(chunk)
            for group in waves.groups(chunk, self.now()):
                self._work_off(group, turn)
        if left > 0:  # whoever got all that was asked for leaves it to the next turn
            turn.ended += parking.park_exhausted(min(CHUNK, limit), self.now())
        return turn.ended

    def _work_off(self, group: list[DeliveryAttempt], turn: "Turn") -> None:
        """Make the tries of a group, a wave after the other; all are of one route."""
        provider, size = group[0].route.provider, FIRST
        while group:
            if provider.pk in turn.slow or self.seconds() >= turn.stop_at:
                _give_back(group, self.now() + STEP_BACK)
                return
            wave, group = group[:size], group[size:]
            left = self._make(wave, turn)
            made = len(wave) - len(left)
            size = max(1, made if left else size * GROWTH)
            group = left + group

    def _make(self, wave: list[DeliveryAttempt], turn: "Turn") -> list[DeliveryAttempt]:
        """Make tries that are begun together; return those that were not called for."""
        if waves.is_suspect(wave[0]):
            waves.count(wave[0])
        repeated = waves.is_begun(wave[0])
        if repeated and asking.is_question(wave[0], self._channel_of(wave[0])):
            turn.ended += self._ask(wave[0], turn)
            return []
        begun = self._begin(wave)
        if begun is None:  # one of them is the reason, so each has its turn alone
            return [] if len(wave) == 1 else wave
        for until, waiting in begun.waiting.items():
            _give_back(waiting, until)
        replies, left = self._call(begun.calls, turn)
        told = {
            attempt: reply
            for attempt, reply in replies.items()
            if not repeated or _tells_of_the_first(reply)
        }
        turn.ended += begun.ended + self._record(told, begun.calls)
        if left:
            take_back(left)
        breaker.note(_tallies(replies), self.now())
        return [call.attempt for call in left]

    def _begin(self, wave: list[DeliveryAttempt]) -> Begun | None:
        """Begin tries; None if that failed, and then nothing was begun."""
        try:
            return begin(wave, self.channels, self.now())
        except LeaseLost:
            log.warning("attempts %s: lease lost before the call", _names(wave))
        except Exception:
            log.exception("attempts %s: crashed", _names(wave))
        return None

    def _ask(self, attempt: DeliveryAttempt, turn: "Turn") -> bool:
        """Ask what became of a try that was begun; say whether its claim was held."""
        channel, before = self._channel_of(attempt), self.seconds()
        asked = _did(attempt, lambda: asking.ask(attempt, channel, self.now))
        turn.took(attempt, self.seconds() - before)
        return asked

    def _call(
        self, calls: list[Call], turn: "Turn"
    ) -> tuple[dict[DeliveryAttempt, Reply], list[Call]]:
        """Call for one message after the other; return what came back, and the rest.

        A rest is left when the verdicts of the gate are no longer fresh, or when the
        breaker and the step back have to have their say first.
        """
        replies: dict[DeliveryAttempt, Reply] = {}
        began = self.seconds()
        for place, call in enumerate(calls):
            before = self.seconds()
            if place and (before - began >= FRESH_S or self._has_expired(call)):
                return replies, calls[place:]
            reply = self._call_for(call)
            if reply is not None:
                replies[call.attempt] = reply
            slow = turn.took(call.attempt, self.seconds() - before)
            if slow or (reply is not None and breaker.is_fault(reply)):
                return replies, calls[place + 1 :]
        return replies, []

    def _has_expired(self, call: Call) -> bool:
        expires_at = call.message.expires_at
        return expires_at is not None and expires_at <= self.now()

    def _call_for(self, call: Call) -> Reply | None:
        """Hand one message over; None if the channel broke, which records nothing."""
        attempt = call.attempt
        channel, route = self._channel_of(attempt), attempt.route
        key, now = attempt.idempotency_key, self.now()
        # Who knows our keys takes a message once, though a lost call is repeated.
        knows_keys = route.provider.dedup == Dedup.KEY
        try:
            with outbound.kept_connections() if knows_keys else nullcontext():
                return channel.send(call.message, route, key=key, now=now)
        except Exception:
            log.exception("attempt %s: crashed", attempt.pk)
            return None

    def _channel_of(self, attempt: DeliveryAttempt) -> Channel:
        return self.channels[attempt.route.provider.adapter]

    def _record(
        self, replies: Mapping[DeliveryAttempt, Reply], calls: Sequence[Call]
    ) -> int:
        """Write down what came back; return for how many tries that could be done."""
        arrived = {
            attempt: reply
            for attempt, reply in replies.items()
            if reply.kind is ReplyKind.ACCEPTED
        }
        messages = {call.attempt: call.message for call in calls}
        try:
            recorded = recording.record_arrivals(arrived, messages, self.now())
        except Exception:  # one of them is the reason: alone the others will do
            log.exception("attempts %s: crashed", _names(arrived))
            recorded = set()
        others = [each for each in replies if each not in recorded]
        return len(recorded) + sum(
            self._record_alone(attempt, replies[attempt]) for attempt in others
        )

    def _record_alone(self, attempt: DeliveryAttempt, reply: Reply) -> bool:
        now = self.now()
        ask_at = asking.due(attempt, self._channel_of(attempt), reply, now)
        return _did(
            attempt, lambda: recording.record(attempt, reply, now, ask_at=ask_at)
        )


@dataclass(slots=True)
class Turn:
    """What a run knows: when it has to end, what it ended, which providers were slow.

    ``stop_at`` is monotonic; ``slow`` are ids.
    """

    stop_at: float
    ended: int = 0
    slow: set[int] = field(default_factory=set)

    def took(self, attempt: DeliveryAttempt, seconds: float) -> bool:
        """Take in how long a provider took for a try; say whether that was too long."""
        if seconds > SLOW_S:
            self.slow.add(attempt.route.provider_id)
        return seconds > SLOW_S


def _tallies(replies: Mapping[DeliveryAttempt, Reply]) -> dict[int, breaker.Tally]:
    tallies: dict[int, breaker.Tally] = {}
    for attempt, reply in replies.items():
        tallies.setdefault(attempt.route_id, breaker.Tally()).count(reply)
    return tallies


def _tells_of_the_first(reply: Reply) -> bool:
    """Say whether an answer to a repeated call tells what became of the first one.

    A provider out of service refuses whatever it did before. The claim is kept then, so
    that the lease decides when it is asked again.
    """
    return reply.kind is not ReplyKind.REFUSED or not breaker.is_fault(reply)


def _did(attempt: DeliveryAttempt, step: Callable[[], None]) -> bool:
    """Take a step with one try; say whether it was taken.

    The edge of the worker: what breaks over one try stops no other. The row keeps its
    claim and comes back by itself, until its tries are used up.
    """
    try:
        step()
    except LeaseLost:
        log.warning("attempt %s: lease lost, result dropped", attempt.pk)
        return False
    except Exception:
        log.exception("attempt %s: crashed", attempt.pk)
        return False
    return True


def _names(attempts: Collection[DeliveryAttempt]) -> str:
    return " ".join(str(attempt.pk) for attempt in attempts)


def _give_back(attempts: Collection[DeliveryAttempt], due_at: datetime) -> None:
    """Return claims unused; what was lost meanwhile is somebody else's."""
    for tries in {attempt.tries for attempt in attempts}:
        unused = [attempt for attempt in attempts if attempt.tries == tries]
        DeliveryAttempt.objects.held(unused).update(due_at=due_at, tries=tries - 1)
