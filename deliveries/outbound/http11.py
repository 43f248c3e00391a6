"""How is a request of HTTP/1.1 made over a line, and its answer read?

Both are put into words and understood by h11; here is only who speaks when.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

import h11
import httpcore

from deliveries.outbound.line import Line, Origin, authorities

READ_BYTES = 64 * 1024
MOST_HEAD = 100 * 1024  # bytes of an answer's head
# Servers close what says nothing for some seconds; before that we do not ask.
IDLE_S = 4.0
# Whatever a name leads to is looked up and checked again after so long.
OLDEST_S = 60.0


class Asked(NamedTuple):
    """A request; it may hold secrets."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Heard(NamedTuple):
    """An answer, whole but for what is longer than was to be read."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One connection to an origin, made by its first call and kept while it may be.

    Errors are those of h11 and of the network in httpcore.
    """

    def __init__(self, origin: Origin, line: Line) -> None:
        self._origin = origin
        self._line = line
        self._stream: httpcore.NetworkStream | None = None
        self._made_at = self._rests_since = 0.0
        self._protocol = h11.Connection(h11.CLIENT, MOST_HEAD)

    @property
    def is_open(self) -> bool:
        """Whether another call may be made over it, as far as we know."""
        now = time.monotonic()
        if self._stream is None or now - self._rests_since > IDLE_S:
            return False
        # What can be read before anything was asked is the end of the connection.
        readable = self._stream.get_extra_info("is_readable")
        return now - self._made_at <= OLDEST_S and not readable

    def ask(self, asked: Asked, most: int) -> Heard:
        """Make a call and read its answer, of a body no more than about ``most``."""
        # What is no request is refused before anybody is called.
        head = h11.Request(
            method=asked.method, target=asked.target, headers=asked.headers
        )
        stream = self._stream or self._connect()
        try:
            self._send(stream, head, asked.body)
            return self._hear(stream, most)
        finally:
            self._rest()

    def close(self) -> None:
        """Close it for good."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _connect(self) -> httpcore.NetworkStream:
        origin = self._origin
        host = origin.host.decode("ascii")
        default = 443 if origin.scheme == "https" else 80
        stream = self._line.connect_tcp(host, origin.port or default)
        if origin.scheme == "https":
            context = authorities("http/1.1")
            context.set_alpn_protocols(["http/1.1"])
            stream = stream.start_tls(context, host)
        self._stream, self._made_at = stream, time.monotonic()
        return stream

    def _send(
        self, stream: httpcore.NetworkStream, head: h11.Request, body: bytes
    ) -> None:
        said = self._protocol.send(head) or b""
        if body:
            said += self._protocol.send(h11.Data(data=body)) or b""
        said += self._protocol.send(h11.EndOfMessage()) or b""
        try:
            stream.write(said)
        except httpcore.WriteError:
            return  # who refuses a request before it is whole may have said so

    def _hear(self, stream: httpcore.NetworkStream, most: int) -> Heard:
        status, headers, body = 0, dict[str, str](), bytearray()
        event: object = h11.NEED_DATA
        while len(body) < most:
            if event is h11.NEED_DATA:
                self._protocol.receive_data(stream.read(READ_BYTES))
            elif isinstance(event, h11.Response):
                status, headers = event.status_code, _read(event.headers)
            elif isinstance(event, h11.Data):
                body += event.data
            elif not isinstance(event, h11.InformationalResponse):
                break
            event = self._protocol.next_event()
        return Heard(status, headers, bytes(body))

    def _rest(self) -> None:
        """Keep the connection for the next call, if both sides are done and want to."""
        ours, theirs = self._protocol.our_state, self._protocol.their_state
        if ours is h11.DONE and theirs is h11.DONE:
            self._protocol.start_next_cycle()
            self._rests_since = time.monotonic()
        else:
            self.close()


def _read(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers as text; h11 has checked their names and put them small."""
    headers: dict[str, str] = {}
    for name, value in lines:
        key, text = name.decode("ascii"), _text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
