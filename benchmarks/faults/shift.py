"""How do processes work that are killed and replaced, and how does time pass for them?

In the full size time passes as it does. In the small one, whenever nothing moves any
more, all workers are killed and whatever waits for its time is due at once: nobody is
left who could still hold a lease.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from benchmarks.faults import reckoning
from benchmarks.faults.crew import Crew
from benchmarks.faults.duties import between_turns
from benchmarks.faults.provider import Provider
from deliveries.circuit import OPEN_FOR
from deliveries.models import (
    BreakerState,
    DelegatedSend,
    DelegatedState,
    DeliveryAttempt,
    FactChange,
    Message,
    ResendOperation,
    RouteHealth,
)
from triage.models import FailureReport, Notice

DUE = (DeliveryAttempt, FactChange, FailureReport, Notice, ResendOperation)
WORK = ("benchmarks.faults.duties.work",)
TELL = ("benchmarks.faults.duties.tell",)
SEND = "benchmarks.faults.source.send"
LOOK_EVERY_S = 0.05
ASK_EVERY_S = 0.5  # the database, whether anything is due
QUIET_S = 1.0
BETWEEN = 0.5  # of the kills come between the provider's yes and our record
ANY_MOMENT_S = 0.05
# Long enough for three leases of a minute and a retry; only a fault is waited for.
PATIENCE_S = 300.0


@dataclass
class Shift:
    """Processes at work on some messages; ``jobs`` says what each of them does."""

    crew: Crew
    provider: Provider
    messages: Sequence[Message]
    jobs: Sequence[tuple[str, ...]]
    real_time: bool
    _pids: list[int] = field(default_factory=list)
    _seen: tuple[int, int] = (0, 0)
    _since: float = 0.0
    _asked: float = 0.0

    def begin(self) -> None:
        """Start everybody."""
        self._pids = [self.crew.start(*job) for job in self.jobs]

    def kill(self, place: int) -> None:
        """Kill whoever has a place among the jobs, and have another take it."""
        self.crew.kill(self._pids[place])
        self._pids[place] = self.crew.start(*self.jobs[place])

    def moments(
        self, sends: Sequence[int], rng: random.Random, between: float = BETWEEN
    ) -> Iterator[str | None]:
        """Yield when somebody is to be killed, at each of some sends in order.

        That is the lane in which a caller waits for its answer, or None when nobody
        is held. Nothing is sent beyond the next of them, however late a kill comes.
        """
        self.provider.hold_from(sends[0])
        for following in (*sends[1:], None):
            if not self.until(lambda: self.provider.held is not None):
                return
            lane = self.provider.held
            if rng.random() < between:
                yield lane
                self.provider.hold_from(following)
            else:
                self.provider.hold_from(following)
                time.sleep(rng.random() * ANY_MOMENT_S)
                yield None

    def drain(self) -> float:
        """Wait until everything has come to an end; return how long that took.

        What never ends is waited for no longer than ``PATIENCE_S``.
        """
        began = time.monotonic()
        ids = [message.pk for message in self.messages]
        self.until(lambda: not reckoning.left(ids))
        return time.monotonic() - began

    def until(self, holds: Callable[[], bool]) -> bool:
        """Wait until something holds; say whether it ever did."""
        give_up = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > give_up:
                return False
            if self._is_quiet():
                self._let_time_pass()
            time.sleep(LOOK_EVERY_S)
        return True

    def _is_quiet(self) -> bool:
        """Whether nothing has moved for a while, and nothing is due."""
        now = time.monotonic()
        if now - self._asked < ASK_EVERY_S:
            return False
        self._asked = now
        seen = (
            self.provider.sent,
            DeliveryAttempt.objects.exclude(due_at=None).count(),
        )
        if seen != self._seen or self._has(due_at__lte=Now()):
            self._seen, self._since = seen, now
        return now - self._since > QUIET_S

    def _has(self, **when: Combinable) -> bool:
        """Whether there are such rows, among those that somebody here works on."""
        tells = TELL in self.jobs
        models = [model for model in DUE if tells or model is not Notice]
        return any(model.objects.filter(**when).exists() for model in models)

    def _let_time_pass(self) -> None:
        self._since = time.monotonic()
        # A source that forgot its sends never tells: ten minutes are too long to wait.
        of_nobody = DelegatedSend.objects.filter(state=DelegatedState.ACKNOWLEDGED)
        of_nobody.update(due_at=Now())
        if not self.real_time and self._has(due_at__gt=Now()):
            # Who is only slow has not died: nobody is taken from work in the middle.
            with between_turns():
                self._replace_workers()

    def _replace_workers(self) -> None:
        workers = [n for n, job in enumerate(self.jobs) if job in (WORK, TELL)]
        for place in workers:
            self.crew.kill(self._pids[place])
        let_leases_end()
        for place in workers:
            self._pids[place] = self.crew.start(*self.jobs[place])


def let_leases_end() -> None:
    """Make everything due that waits for its time, and routes ready for a probe."""
    for model in DUE:
        model.objects.filter(due_at__isnull=False).update(due_at=Now())
    shut = RouteHealth.objects.exclude(state=BreakerState.CLOSED)
    past = Now() - (OPEN_FOR + timedelta(seconds=1))
    shut.update(opened_at=past, window_start=past)
