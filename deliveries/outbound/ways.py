"""How long does a connection to somebody else's machine last?

One call, unless its caller says that a call may be repeated: then as long as the block
that said so. Its addresses were checked when it was made, as those of any other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

import httpcore

from deliveries.outbound.line import Line, authorities

# Servers close what says nothing for some seconds; before that we do not ask.
IDLE_S = 1.0


class Origin(NamedTuple):
    """Whom a connection leads to, and whether it may be on a private network."""

    scheme: str
    host: bytes
    port: int | None
    allow_private: bool


@dataclass(slots=True)
class Way:
    """A connection and the line under it; ``calls`` were made over it."""

    line: Line
    connection: httpcore.HTTPConnection
    calls: int = 0

    def call(self, request: httpcore.Request, deadline: float) -> httpcore.Response:
        """Pass one request on; errors are those of httpcore."""
        self.calls += 1
        self.line.begin(deadline)
        return self.connection.handle_request(request)

    @property
    def is_open(self) -> bool:
        """Whether another call may be made over it, as far as we know."""
        connection = self.connection
        return connection.is_idle() and not connection.has_expired()


@dataclass(slots=True)
class Ways:
    """The connections of one block, one for each origin."""

    _open: dict[Origin, Way] = field(default_factory=dict)

    def find(self, origin: Origin) -> Way:
        """Return the connection to an origin; a new one if there is none."""
        way = self._open.get(origin)
        return way if way is not None and way.is_open else self.renew(origin)

    def renew(self, origin: Origin) -> Way:
        """Return a new connection to an origin."""
        self.close(origin)
        way = self._open[origin] = _new(origin)
        return way

    def close(self, origin: Origin) -> None:
        """Close the connection to an origin, if there is one."""
        if (way := self._open.pop(origin, None)) is not None:
            way.connection.close()

    def close_all(self) -> None:
        """Close every connection."""
        for origin in [*self._open]:
            self.close(origin)


_kept: ContextVar[Ways | None] = ContextVar("kept", default=None)


def kept() -> Ways | None:
    """Return the connections of the block that we are in, if it keeps any."""
    return _kept.get()


@contextmanager
def kept_connections() -> Iterator[None]:
    """Keep connections open from call to call until the block ends.

    Only for calls that do the same when they are made twice: one that is lost because
    the other side had closed its end is made again.
    """
    ways = Ways()
    token = _kept.set(ways)
    try:
        yield
    finally:
        _kept.reset(token)
        ways.close_all()


@contextmanager
def fresh(origin: Origin, *, http2: bool = False) -> Iterator[Way]:
    """Lend a connection for one call."""
    way = _new(origin, http2=http2)
    try:
        yield way
    finally:
        way.connection.close()


def _new(origin: Origin, *, http2: bool = False) -> Way:
    line = Line(allow_private=origin.allow_private)
    default = 443 if origin.scheme == "https" else 80
    connection = httpcore.HTTPConnection(
        origin=httpcore.Origin(
            origin.scheme.encode(), origin.host, origin.port or default
        ),
        ssl_context=authorities("h2" if http2 else "http/1.1"),
        keepalive_expiry=IDLE_S,
        http2=http2,
        network_backend=line,
    )
    return Way(line, connection)
