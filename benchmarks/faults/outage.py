"""Does traffic leave a provider that is out, and come back by itself?

A stream of messages prefers one provider and has a healthy fallback. The first one
stops taking anything for a while.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils import timezone

from benchmarks.faults import world
from benchmarks.faults.crew import Crew
from benchmarks.faults.provider import Lane, Provider
from benchmarks.faults.reckoning import Reckoning, reckon
from benchmarks.faults.shift import WORK, Shift, let_leases_end
from deliveries import routing, sending
from deliveries.circuit import FAULTY_SHARE, LEAST_REQUESTS, OPEN_FOR, PROBES
from deliveries.models import (
    AttemptCause,
    BreakerState,
    Message,
    MessageState,
    Route,
    RouteHealth,
)

FIRST, FALLBACK = "first", "fallback"
# A stream that never comes back has fed so many times its healthy part.
MOST = 40
STOCK = 100  # messages made at a time


@dataclass(frozen=True, slots=True)
class Size:
    """Messages before the outage, after the traffic moved, and after it came back."""

    before: int
    during: int
    after: int
    per_s: float
    workers: int = 2
    real_time: bool = False


@dataclass
class _Stream:
    """Sends fresh messages one by one, never faster than ``per_s``."""

    shift: Shift
    size: Size
    made: list[Message] = field(default_factory=list)
    _stock: list[Message] = field(default_factory=list)

    def flow(self, count: int) -> None:
        """Plan so many tries and wait until each has met a provider."""
        wanted = len(self.made) + count
        self.until(lambda: len(self.made) >= wanted)
        fresh = [message.pk for message in self.made[-count:]]
        on_the_way = (MessageState.RETRY_WAIT, MessageState.SENDING)
        waiting = Message.objects.filter(
            pk__in=fresh, state__in=on_the_way, last_outcome=""
        )
        self.shift.until(lambda: not waiting.exists())

    def until(self, holds: Callable[[], bool]) -> bool:
        """Plan one try after the other until something holds; say whether it did."""
        most = len(self.made) + MOST * (self.size.before + self.size.during)
        while not holds():
            if len(self.made) >= most:
                return False
            self._stock = self._stock or world.failed(world.a_source(), STOCK)
            message = self._stock.pop()
            now = timezone.now()
            route = routing.next_route(message, now=now)
            if route is not None:
                sending.plan(message, route=route, cause=AttemptCause.AUTO, at=now)
                self.made.append(message)
            time.sleep(1 / self.size.per_s)
        return True


def run(size: Size) -> Reckoning:
    """Flow, break, flow, mend, flow."""
    world.begin()
    lanes = {FIRST: Lane(), FALLBACK: Lane()}
    with Provider(lanes) as provider, Crew() as crew:
        first = world.a_route(provider.url(FIRST))
        world.a_route(provider.url(FALLBACK), position=2)
        shift = Shift(crew, provider, [], [WORK] * size.workers, size.real_time)
        shift.begin()
        stream = _Stream(shift, size)
        began = time.monotonic()
        figures, kept = _play(stream, first, lanes)
        shift.messages = stream.made
        shift.drain()
        found = reckon(stream.made, provider)
        arrived = provider.sent
    found.figures = {
        "messages": len(stream.made),
        **figures,
        "seconds": round(time.monotonic() - began),
    }
    for text, holds in kept.items():
        found.promise(text, holds)
    found.promise("every message arrived", arrived == len(stream.made))
    return found


def _play(
    stream: _Stream, first: Route, lanes: dict[str, Lane]
) -> tuple[dict[str, float], dict[str, bool]]:
    """Return what was measured, and of each promise whether it was kept."""
    ours, other, size = lanes[FIRST], lanes[FALLBACK], stream.size
    stream.flow(size.before)
    kept = {"the preferred provider has all traffic": not other.requests}
    health = RouteHealth.objects.filter(route=first)
    shut = health.exclude(state=BreakerState.CLOSED)
    moved_s = _break(stream, ours, shut.exists)
    kept["traffic moves"] = shut.exists()
    kept["and not before the rule is met"] = _is_met(health.get(), ours.refused)
    failed, before, opened = ours.refused, other.requests, time.monotonic()
    stream.flow(size.during)
    out_s = time.monotonic() - opened
    probes = ours.refused - failed
    most = (out_s // OPEN_FOR.total_seconds() + 1) * PROBES + size.workers
    kept["only probes reach it"] = probes <= most
    kept["the fallback has the traffic"] = other.requests > before
    back_s = _mend(stream, ours, shut.exists)
    kept["it comes back by itself"] = not shut.exists()
    there = ours.sends.total()
    stream.flow(size.after)
    kept["and has all traffic again"] = ours.sends.total() - there >= size.after
    figures = {
        "moved_after_failures": failed,
        "moved_after_s": round(moved_s, 1),
        "probes_while_out": probes,
        "out_s": round(out_s, 1),
        "back_after_s": round(back_s, 1),
    }
    return figures, kept


def _is_met(row: RouteHealth, refused: int) -> bool:
    """Say whether what opened a breaker is the rule, and had really happened."""
    many = row.requests >= LEAST_REQUESTS
    faulty = row.failures >= FAULTY_SHARE * row.requests
    return many and faulty and refused >= row.failures


def _break(stream: _Stream, lane: Lane, is_shut: Callable[[], bool]) -> float:
    """Let the provider take nothing; return after how long traffic moves."""
    lane.takes = lambda nth: False
    broke = time.monotonic()
    stream.until(is_shut)
    return time.monotonic() - broke


def _mend(stream: _Stream, lane: Lane, is_shut: Callable[[], bool]) -> float:
    """Let the provider take messages again; return after how long it is used."""
    lane.takes = lambda nth: True
    mended = time.monotonic()
    if not stream.size.real_time:
        let_leases_end()
    stream.until(lambda: not is_shut())
    return time.monotonic() - mended
