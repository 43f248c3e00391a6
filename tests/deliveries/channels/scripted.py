"""How do tests come by a provider that answers as its documentation says?

It listens on this machine, writes down what it hears, and plays one answer.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN_PATHS = {"/token", "/cgi-bin/gettoken"}
TOKEN = {"errcode": 0, "access_token": "at-0123456789", "expires_in": 3600}


class How(StrEnum):
    """How much of the answer comes."""

    WHOLE = "whole"
    HALF = "half"
    MUTE = "mute"  # none, until the test is over


@dataclass(frozen=True, slots=True)
class Play:
    """One answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    how: How = How.WHOLE

    @property
    def raw(self) -> bytes:
        """The body as it is sent: bytes as they are, anything else as JSON."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Heard:
    """One request; names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, as it was written."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query by name."""
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return dict(parse_qsl(self.body.decode()))

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Provider:
    """The provider of one test."""

    base: str
    play: Play = field(default_factory=Play)
    token_play: Play = field(default_factory=lambda: Play(200, TOKEN))
    heard: list[Heard] = field(default_factory=list)
    token_calls: list[Heard] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def last(self) -> Heard:
        """The last request that was none for a token."""
        return self.heard[-1]


@contextmanager
def scripted() -> Iterator[Provider]:
    """Run a provider for the time of a test."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.provider
    finally:
        server.provider.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    provider: Provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: callers hang up on purpose here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_POST(self) -> None:
        provider = self.server.provider
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): each for name, each in self.headers.items()}
        heard = Heard(self.command, self.path, headers, self.rfile.read(length))
        if heard.path in TOKEN_PATHS:
            provider.token_calls.append(heard)
            self._answer(provider.token_play)
        else:
            provider.heard.append(heard)
            self._answer(provider.play)

    do_GET = do_POST  # noqa: N815  (both as http.server calls them)

    def _answer(self, play: Play) -> None:
        if play.how is How.MUTE:
            self.server.provider.over.wait()
            return
        raw = play.raw
        self.send_response(play.status)
        self.send_header("Content-Length", str(len(raw) + (play.how is How.HALF)))
        for name, value in play.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2] if play.how is How.HALF else raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
