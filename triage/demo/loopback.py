"""How does a provider behave that lives on this machine and follows a script?

The first part of the path says what it does, so that the demo and the tests choose a
behaviour by the address of a provider. It keeps a ledger of what a person would have
received, which is how a double send is seen.
"""

import json
import sys
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
GONE_PREFIX = "gone-"  # references of people whom the provider does not know
RETRY_AFTER_S = 2
IDLE_S = 15  # a caller that says nothing for so long is let go
REMEMBERED = 200  # requests kept for those who want to look


class Behaviour(StrEnum):
    """What the provider does with a message."""

    OK = "ok"  # takes it; the same key again gets the same answer and no second send
    FORGETFUL = "forgetful"  # takes it as often as it comes, whatever the key
    THROTTLED = "throttled"  # "later" to the first try of a message, then takes it
    DOWN = "down"  # 503
    GATEWAY = "gateway"  # 502, and nobody knows
    MUTE = "mute"  # takes it, but answers the first try only when released
    HALF = "half"  # takes it, and breaks off in the middle of the answer


def address(port: int, behaviour: Behaviour, retry_after_s: int | None = None) -> str:
    """The address at which the provider on a port behaves so."""
    tail = "" if retry_after_s is None else f"{retry_after_s}/"
    return f"http://{HOST}:{port}/{behaviour.value}/{tail}"


@dataclass(frozen=True, slots=True)
class Call:
    """One request; names of headers are in lower case."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """The message that it is about."""
        return str(self.body.get("message", ""))

    @property
    def key(self) -> str:
        """The idempotency key, or nothing."""
        return self.headers.get("idempotency-key", "")


@dataclass
class Ledger:
    """Who asked for what, and what was sent; any number of threads may write."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _change: threading.Condition = field(default_factory=threading.Condition)
    _tries: Counter[str] = field(default_factory=Counter)
    _sends: Counter[str] = field(default_factory=Counter)
    _keys: set[str] = field(default_factory=set)

    def note(self, call: Call) -> int:
        """Write a request down; return which try of its message it is, from 1."""
        with self._change:
            self.calls.append(call)
            self._tries[call.message] += 1
            return self._tries[call.message]

    def send(self, message: str, key: str) -> bool:
        """Send once for a key, and always without one; say whether this call did."""
        with self._change:
            if key and key in self._keys:
                return False
            self._keys.add(key)
            self._sends[message] += 1
            self._change.notify_all()
            return True

    def wait_for_sends(self, count: int, timeout_s: float) -> bool:
        """Wait until so many sends were made in all; false when they were not."""
        with self._change:
            return self._change.wait_for(
                lambda: self._sends.total() >= count, timeout_s
            )

    def tries(self, message: str) -> int:
        """How often a message was handed over."""
        return self._tries[message]

    def sends(self, message: str) -> int:
        """How often its recipient received it."""
        return self._sends[message]


class Loopback:
    """The provider: ``with Loopback() as provider: provider.url(Behaviour.OK)``."""

    def __init__(self, port: int = 0) -> None:
        self.ledger = Ledger()
        self.released = threading.Event()  # lets a mute provider answer
        self._server = _Server(port, self)
        self._thread = threading.Thread(target=self._server.serve, name="loopback")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def url(self, behaviour: Behaviour, retry_after_s: int | None = None) -> str:
        """The address at which it behaves so."""
        return address(self.port, behaviour, retry_after_s)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for every answer, so that none is lost

    def __init__(self, port: int, provider: Loopback) -> None:
        super().__init__((HOST, port), _Handler)
        self.provider = provider

    def serve(self) -> None:
        self.serve_forever(poll_interval=0.05)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are part of the play; anything else is told."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = IDLE_S

    def do_POST(self) -> None:
        behaviour, _, rest = self.path.strip("/").partition("/")
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(headers, json.loads(self.rfile.read(length) or b"{}"))
        nth = self.server.provider.ledger.note(call)
        if str(call.body.get("recipient_ref", "")).startswith(GONE_PREFIX):
            self._refuse_unknown(call)
        elif behaviour == Behaviour.THROTTLED and nth == 1:
            wait = rest or str(RETRY_AFTER_S)
            self._fail(429, "rate_limited", "Too many requests.", {"Retry-After": wait})
        elif behaviour == Behaviour.DOWN:
            self._fail(503, "unavailable", "Service temporarily unavailable.")
        elif behaviour == Behaviour.GATEWAY:
            self._fail(502, "bad_gateway", "Bad gateway.")
        else:
            self._take(call, Behaviour(behaviour), nth)

    def _take(self, call: Call, behaviour: Behaviour, nth: int) -> None:
        provider = self.server.provider
        key = "" if behaviour is Behaviour.FORGETFUL else call.key
        fresh = provider.ledger.send(call.message, key)
        if behaviour is Behaviour.MUTE and nth == 1:
            provider.released.wait()
        answer = {"status": "delivered", "message": call.message, "replayed": not fresh}
        self._answer(200, answer, {}, broken=behaviour is Behaviour.HALF)

    def _refuse_unknown(self, call: Call) -> None:
        # Real providers repeat the address, so ours does: it must be masked by us.
        where = call.body.get("address") or call.body.get("recipient_ref")
        self._fail(404, "unknown_recipient", f"No such recipient: {where}")

    def _fail(
        self,
        status: int,
        code: str,
        message: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        error = {"error": {"code": code, "message": message}}
        self._answer(status, error, headers or {})

    def _answer(
        self,
        status: int,
        body: dict[str, Any],
        headers: dict[str, str],
        *,
        broken: bool = False,
    ) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text[: len(text) // 2] if broken else text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the caller knows what it asked."""
