"""What would people have received? A provider on this machine that keeps a ledger.

It has several lanes, each a provider of its own by its address. It can hold back its
answer at a chosen send, so that a worker can be killed between the provider's yes and
our own record of it.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
LONGEST_HOLD_S = 8.0  # under the patience of a caller: an answer is late, not missing
IDLE_S = 15


def always(nth: int) -> bool:
    """Take every request."""
    return True


@dataclass
class Lane:
    """One provider: ``takes`` says for its nth request, from 1, whether it takes it.

    With ``remembers`` a key that it knows gets the first answer and no second send.
    """

    remembers: bool = True
    takes: Callable[[int], bool] = always
    requests: int = 0
    refused: int = 0
    first_refused_at: float | None = None  # of time.monotonic()
    last_sent_at: float = 0.0
    sends: Counter[str] = field(default_factory=Counter)  # by the name of the message
    keys: Counter[str] = field(default_factory=Counter)


class Provider:
    """``with Provider({"ours": Lane()}) as provider: provider.url("ours")``."""

    def __init__(self, lanes: dict[str, Lane]) -> None:
        self.lanes = lanes
        self._change = threading.Condition()
        self._hold_at: int | None = None
        self._held: Counter[str] = Counter()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="provider"
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hold_from(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, lane: str) -> str:
        """The address of a lane."""
        return f"http://{HOST}:{self._server.server_address[1]}/{lane}/"

    @property
    def sent(self) -> int:
        """How many messages went out, over all lanes."""
        return sum(lane.sends.total() for lane in self.lanes.values())

    def sends_of(self, message: str) -> int:
        """How often somebody would have received a message."""
        return sum(lane.sends[message] for lane in self.lanes.values())

    def hold_from(self, send: int | None) -> None:
        """Answer whoever waits, and nobody from another send on; with None go on.

        Sends are counted over all lanes from 1.
        """
        with self._change:
            self._hold_at = send
            self._held = Counter()
            self._change.notify_all()

    @property
    def held(self) -> str | None:
        """A lane in which somebody waits for an answer at the moment."""
        with self._change:
            return next(iter(+self._held), None)

    def take(self, name: str, message: str, key: str) -> bool:
        """Write a request down; say whether the message is taken."""
        lane = self.lanes[name]
        with self._change:
            lane.requests += 1
            if not lane.takes(lane.requests):
                lane.refused += 1
                lane.first_refused_at = lane.first_refused_at or time.monotonic()
                return False
            lane.keys[key] += 1
            if lane.keys[key] == 1 or not lane.remembers:
                lane.sends[message] += 1
                lane.last_sent_at = time.monotonic()
            self._hold(name)
        return True

    def _hold(self, name: str) -> None:
        at, held = self._hold_at, self._held
        if at is None or self.sent < at:
            return
        held[name] += 1
        self._change.wait_for(lambda: self._hold_at != at, LONGEST_HOLD_S)
        held[name] -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, provider: Provider) -> None:
        super().__init__((HOST, 0), _Handler)
        self.provider = provider

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers are killed in the middle: that is the point."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = IDLE_S

    def do_POST(self) -> None:
        """Take the message or say that there is no service."""
        length = int(self.headers.get("Content-Length") or 0)
        message = str(json.loads(self.rfile.read(length))["message"])
        key = self.headers.get("Idempotency-Key", "")
        taken = self.server.provider.take(self.path.strip("/"), message, key)
        body = b'{"status": "delivered"}' if taken else b'{"error": "unavailable"}'
        self.send_response(200 if taken else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the ledger tells."""
