"""How many requests a minute may one caller make?

Counted in Valkey, so that all processes share one count. A process takes its numbers
in small blocks: the limit is never exceeded, and a busy caller costs few round trips.
Without Valkey each process counts alone: these rates protect the machine, and intake
must go on.
"""

import logging
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis, RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from deliveries.api.authentication import key_from_header
from deliveries.request import as_known

log = logging.getLogger(__name__)

LIMITS = {
    "reports": 6000,
    "reads": 1200,
    "messages": 60_000,
    "events": 60_000,
    "receipts": 6000,
    "tips": 600,  # from one address on the network
    "staff": 300,  # what people who are logged in change
}  # a minute, unless the source has its own
WINDOW_S = 60
BLOCKS = 200  # a block is 1/200 of the limit: what a process may leave unused
PATIENCE_S = 0.25  # how long a request waits for Valkey
SILENCE_S = 10.0  # after a failure Valkey is left alone for so long
MOST_COUNTS = 4096  # of callers in the memory of a process


@dataclass(frozen=True, slots=True)
class Rate:
    """Where a caller stands: requests a minute, what is left, seconds to the next."""

    limit: int
    remaining: int
    reset_s: int


@dataclass(slots=True)
class _Block:
    """Numbers that this process may still give out in one window."""

    last: int
    end: int


class Counter:
    """Numbers the requests of each caller within the running minute, from 1 on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: dict[str, _Block] = {}
        self._window = 0
        self._silent_until = 0.0

    def number(self, caller: str, limit: int, now_s: float) -> int:
        """Return the number of this request; beyond the limit it is to be refused."""
        window = int(now_s // WINDOW_S)
        with self._lock:
            if window != self._window or len(self._blocks) > MOST_COUNTS:
                self._blocks.clear()
                self._window = window
            block = self._blocks.get(caller)
            if block is None or block.last >= block.end:
                block = self._blocks[caller] = self._next(caller, limit, block)
            block.last += 1
            return block.last

    def _next(self, caller: str, limit: int, spent: _Block | None) -> _Block:
        size = max(1, limit // BLOCKS)
        own = spent.end if spent else 0
        if time.monotonic() < self._silent_until:
            return _Block(own, own + size)
        try:
            end = _reserve(f"rate:{caller}:{self._window}", size)
        except (RedisError, OSError) as error:
            self._silent_until = time.monotonic() + SILENCE_S
            log.warning("Rates are counted in this process alone: %s", error)
            return _Block(own, own + size)
        return _Block(end - size, end)


def _reserve(name: str, size: int) -> int:
    """Take the next ``size`` numbers of a caller and return the last of them."""
    with _valkey().pipeline(transaction=True) as pipeline:
        pipeline.incrby(name, size)
        pipeline.expire(name, 2 * WINDOW_S)
        return int(pipeline.execute()[0])


@cache
def _valkey() -> Redis:
    client: Redis = Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S
    )
    return client


counter = Counter()


class KeyThrottle(BaseThrottle):
    """Refuses what is beyond the rate of the key, or of the person."""

    def __init__(self) -> None:
        self.rate = Rate(0, 0, 0)

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request; the view shows the rate in its headers."""
        reads = request.method in {"GET", "HEAD", "OPTIONS"}
        kind = "reads" if reads else getattr(view, "rate_of_writes", "reports")
        caller, limit = _caller(request, kind)
        return self._admits(f"{caller}:{kind}", limit, view)

    def _admits(self, caller: str, limit: int, view: Any) -> bool:
        now_s = time.time()
        number = counter.number(caller, limit, now_s)
        reset_s = WINDOW_S - int(now_s % WINDOW_S)
        self.rate = Rate(limit, max(0, limit - number), reset_s)
        view.rate = self.rate
        return number <= limit

    def wait(self) -> float | None:
        """Return the seconds until the next minute begins."""
        return self.rate.reset_s


class HookThrottle(KeyThrottle):
    """Refuses what is beyond the rate of one address on the network.

    Nobody is known yet: a made-up token must cost us neither a count nor a query.
    """

    kind, limit = "hook", "receipts"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request; providers try again after a refusal."""
        caller = f"{self.kind}{self.get_ident(request)}"
        return self._admits(caller, LIMITS[self.limit], view)


class TipThrottle(HookThrottle):
    """The same for those who ask for a tip: anybody may."""

    kind, limit = "tips", "tips"


def _caller(request: Request, kind: str) -> tuple[str, int]:
    key = key_from_header(request.META.get("HTTP_AUTHORIZATION", ""))
    if key is None:
        person = as_known(request._request).actor.person_id
        of_people = LIMITS["reads" if kind == "reads" else "staff"]
        return f"person{person}", of_people
    own = key.source.limits.get(kind)
    limit = own if isinstance(own, int) and own > 0 else LIMITS[kind]
    return f"key{key.prefix}", limit
