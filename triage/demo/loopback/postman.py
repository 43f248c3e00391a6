"""Who brings receipts to the desk, a moment after the message?

The way is the real one: over HTTP to the address that the provider was given, signed
as its dialect asks. A desk that is away is tried again, and then left alone.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deliveries import outbound
from triage.demo.loopback.receipts import Hook, letter
from triage.demo.loopback.server import Taken

DELAY_S = 4.0  # by then the answer of the provider is written down
AGAIN_S = 10.0
TRIES = 4
MOST_WAITING = 2_000
LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class _Waiting:
    due_s: float
    taken: Taken
    at_s: float
    tries: int = 0


@dataclass
class Postman:
    """Knows where each provider reports; ``tell`` may be called by any thread."""

    hooks: Mapping[str, Hook]
    clock: Callable[[], float] = time.time
    _waiting: deque[_Waiting] = field(
        default_factory=lambda: deque(maxlen=MOST_WAITING)
    )

    @property
    def waiting(self) -> int:
        """How many receipts are still to be brought."""
        return len(self._waiting)

    def tell(self, taken: Taken) -> None:
        """Note that a message has arrived; it is told in a moment."""
        now_s = self.clock()
        self._waiting.append(_Waiting(now_s + DELAY_S, taken, now_s))

    def serve(self, stop: threading.Event) -> None:
        """Bring what is due until ``stop``."""
        while not stop.wait(LOOK_S):
            self.deliver(self.clock())

    def deliver(self, now_s: float) -> int:
        """Bring what is due by a time, in seconds; return how much was taken."""
        brought = 0
        for _ in range(len(self._waiting)):
            each = self._waiting.popleft()
            if each.due_s > now_s:
                self._waiting.append(each)
            elif self._bring(each):
                brought += 1
            elif each.tries + 1 < TRIES:
                self._waiting.append(
                    _Waiting(now_s + AGAIN_S, each.taken, each.at_s, each.tries + 1)
                )
        return brought

    def _bring(self, each: _Waiting) -> bool:
        """Say whether there is nothing more to tell."""
        hook = self.hooks.get(each.taken.slug)
        ready = letter(each.taken, hook, each.at_s) if hook else None
        if hook is None or ready is None:
            return True
        answer = outbound.request(
            "POST", hook.url, headers=ready.headers, body=ready.body
        )
        return isinstance(answer, outbound.Answer) and answer.status < 500
