"""What was asked of the providers, and what would a person have received?

A double send is seen here, and so is one that never was. Everything is bounded: the
providers of a demo may run for weeks.
"""

import threading
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

REMEMBERED = 200  # requests kept for those who want to look
KNOWN = 50_000  # messages and keys that are remembered
COUNTED_S = 300.0  # for so long it is known when something came in or went out
MOST_COUNTED = 5_000  # times kept of one provider


@dataclass(frozen=True, slots=True)
class Call:
    """One request; names of headers are in lower case."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """The message that it is about, if it says so in so many words."""
        return str(self.body.get("message", ""))

    @property
    def key(self) -> str:
        """The idempotency key, or nothing."""
        return self.headers.get("idempotency-key", "")


@dataclass(frozen=True, slots=True)
class Count:
    """How much came in at a provider lately, and how much reached somebody."""

    asked: int
    received: int


class Tally:
    """Counts by key; of too many keys the oldest are forgotten."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()
        self.total = 0

    def __getitem__(self, key: str) -> int:
        return self._counts.get(key, 0)

    def add(self, key: str) -> int:
        """Count one more; return how many it are now."""
        count = self._counts[key] = self._counts.get(key, 0) + 1
        self.total += 1
        if len(self._counts) > KNOWN:
            self._counts.popitem(last=False)
        return count


def _times() -> deque[float]:
    return deque(maxlen=MOST_COUNTED)


@dataclass
class Ledger:
    """Who asked for what, and what was sent; any number of threads may write."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _change: threading.Condition = field(default_factory=threading.Condition)
    _tries: Tally = field(default_factory=Tally)
    _sends: Tally = field(default_factory=Tally)
    _keys: Tally = field(default_factory=Tally)
    _asked: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(_times))
    _received: dict[str, deque[float]] = field(
        default_factory=lambda: defaultdict(_times)
    )

    def note(self, call: Call, message: str, slug: str, at_s: float) -> int:
        """Write a request down; return which try of its message it is, from 1."""
        with self._change:
            self.calls.append(call)
            self._asked[slug].append(at_s)
            return self._tries.add(message)

    def send(self, message: str, key: str, slug: str, at_s: float) -> bool:
        """Send once for a key, and always without one; say whether this call did."""
        with self._change:
            if key and self._keys.add(key) > 1:
                return False
            self._sends.add(message)
            self._received[slug].append(at_s)
            self._change.notify_all()
            return True

    def wait_for_sends(self, count: int, timeout_s: float) -> bool:
        """Wait until so many sends were made in all; false when they were not."""
        with self._change:
            return self._change.wait_for(lambda: self._sends.total >= count, timeout_s)

    def tries(self, message: str) -> int:
        """How often a message was handed over."""
        return self._tries[message]

    def sends(self, message: str) -> int:
        """How often its recipient received it."""
        return self._sends[message]

    def crowd(self, slug: str, since_s: float) -> int:
        """How many requests a provider had since a time."""
        with self._change:
            return sum(at >= since_s for at in self._asked[slug])

    def lately(self, now_s: float) -> dict[str, Count]:
        """How much each provider was asked, and sent, in the last minutes."""
        since = now_s - COUNTED_S
        with self._change:
            return {
                slug: Count(
                    sum(at >= since for at in asked),
                    sum(at >= since for at in self._received.get(slug, ())),
                )
                for slug, asked in self._asked.items()
                if slug
            }
