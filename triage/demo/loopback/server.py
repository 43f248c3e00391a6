"""Who listens at the address of a provider that follows a script?"""

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from triage.demo.loopback.behaviours import (
    HOST,
    WINDOW_S,
    Behaviour,
    Deed,
    Place,
    address,
    deed,
    place_of,
)
from triage.demo.loopback.dialects import DIALECTS, PLAIN, Asked, reference, token
from triage.demo.loopback.ledger import Call, Ledger

GONE_PREFIX = "gone-"  # references of people whom the provider does not know
RETRY_AFTER_S = 2
SLOW_S = 4.0  # a slow provider takes so long
IDLE_S = 15  # a caller that says nothing for so long is let go
LONGEST_BODY = 1024 * 1024
COUNTS = "/counts"  # where the desk asks what was really received
WORDS: dict[Deed, tuple[int, str]] = {
    Deed.LATER: (429, "Too many requests."),
    Deed.DOWN: (503, "Service temporarily unavailable."),
    Deed.BREAK: (500, "Internal server error."),
    Deed.GATEWAY: (502, "Bad gateway."),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that has reached its recipient, as its provider knows it."""

    slug: str
    dialect: str
    message: str
    person: str
    answer: dict[str, Any]


def forget(taken: Taken) -> None:
    """Tell nobody: the answer was all there is."""


class Loopback:
    """The provider: ``with Loopback() as provider: provider.url(Behaviour.OK)``.

    ``told`` hears of each message that reached somebody; ``slow_s`` is how long a slow
    provider takes, and ``clock`` counts seconds.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        told: Callable[[Taken], None] = forget,
        slow_s: float = SLOW_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ledger = Ledger()
        self.told, self.slow_s, self.clock = told, slow_s, clock
        self.released = threading.Event()  # lets a mute provider answer
        self.closing = threading.Event()
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
        self.closing.set()
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

    def counts(self) -> dict[str, dict[str, int]]:
        """What each provider was asked, and what was received, in the last minutes."""
        lately = self.ledger.lately(self.clock())
        return {slug: asdict(count) for slug, count in lately.items()}


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

    def do_GET(self) -> None:
        if self.path != COUNTS:
            self._answer(404, {}, {})
            return
        self._answer(200, self.server.provider.counts(), {})

    def do_POST(self) -> None:
        place = place_of(f"http://{HOST}:{self.server.provider.port}{self.path}")
        call = self._call()
        dialect = DIALECTS.get(place.dialect or PLAIN) if place else None
        if place is None or dialect is None or call is None:
            self._answer(404, {}, {})
        elif place.rest == "token":
            self._answer(200, token(), {})
        else:
            self._play(place, call, dialect.read(call))

    def _play(self, place: Place, call: Call, asked: Asked) -> None:
        provider = self.server.provider
        at_s = provider.clock()
        nth = provider.ledger.note(call, asked.message, place.slug, at_s)
        done = deed(
            place.behaviour,
            message=asked.message,
            nth=nth,
            crowd=provider.ledger.crowd(place.slug, at_s - WINDOW_S),
            at_s=at_s,
        )
        if asked.person.startswith(GONE_PREFIX):
            # Real providers repeat the address, so ours does: we have to mask it.
            where = call.body.get("address") or asked.person
            self._refuse(place, 404, f"No such recipient: {where}")
        elif done in WORDS:
            self._refuse(place, *WORDS[done])
        else:
            self._take(place, asked, nth, dropped=done is Deed.DROP)

    def _take(self, place: Place, asked: Asked, nth: int, *, dropped: bool) -> None:
        provider, behaviour = self.server.provider, place.behaviour
        if behaviour is Behaviour.SLOW:
            provider.closing.wait(provider.slow_s)
        dialect = DIALECTS[place.dialect or PLAIN]
        # The same key gets the same answer.
        ref = reference(place.slug, asked.key or asked.message, 0 if asked.key else nth)
        answer = dialect.yes(ref)
        key = "" if behaviour is Behaviour.FORGETFUL else asked.key
        if not dropped:
            at_s = provider.clock()
            fresh = provider.ledger.send(asked.message, key, place.slug, at_s)
            if not place.dialect:
                answer |= {"message": asked.message, "replayed": not fresh}
            if fresh:
                taken = Taken(
                    place.slug, place.dialect, asked.message, asked.person, answer
                )
                provider.told(taken)
        if behaviour is Behaviour.MUTE and nth == 1:
            provider.released.wait()
        self._answer(dialect.status, answer, {}, broken=behaviour is Behaviour.HALF)

    def _refuse(self, place: Place, status: int, words: str) -> None:
        dialect = DIALECTS[place.dialect or PLAIN]
        limited = place.behaviour is Behaviour.LIMITED
        wait = place.retry_after_s or (WINDOW_S if limited else RETRY_AFTER_S)
        headers = {"Retry-After": str(wait)} if status == 429 else {}
        code = dialect.codes.get(status, status)
        self._answer(status, dialect.no(code, words), headers)

    def _call(self) -> Call | None:
        """Read the request, whichever way its body is written; None if it is none."""
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        raw = self.rfile.read(min(length, LONGEST_BODY)).decode("utf-8", "replace")
        body: Any = dict(parse_qsl(urlsplit(self.path).query))
        try:
            if "urlencoded" in headers.get("content-type", ""):
                body |= dict(parse_qsl(raw))
            else:
                body |= json.loads(raw or "{}")
        except (ValueError, TypeError):
            return None
        return Call(headers, body)

    def _answer(
        self,
        status: int,
        body: dict[str, Any],
        headers: dict[str, str],
        *,
        broken: bool = False,
    ) -> None:
        text = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text[: len(text) // 2] if broken else text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the caller knows what it asked."""
