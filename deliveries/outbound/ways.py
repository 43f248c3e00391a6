"""How long does a connection to somebody else's machine last?

One call, unless its caller says that a call may be repeated: then it is left open for
the next such call of this thread, for some seconds and never for long. Its addresses
were checked when it was made, as those of any other.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from deliveries.outbound import http2, http11
from deliveries.outbound.http11 import Asked, Heard
from deliveries.outbound.line import Line, Origin


class Connection(Protocol):
    """What makes calls, over whichever version of the protocol."""

    @property
    def is_open(self) -> bool:
        """Whether another call may be made over it, as far as we know."""

    def ask(self, asked: Asked, most: int) -> Heard:
        """Make a call."""

    def close(self) -> None:
        """Close it for good."""


@dataclass(slots=True)
class Way:
    """A connection and the line under it; ``calls`` were made over it."""

    line: Line
    connection: Connection
    calls: int = 0

    def call(self, asked: Asked, deadline: float, most: int) -> Heard:
        """Pass one request on; errors are those of the connection."""
        self.calls += 1
        self.line.begin(deadline)
        return self.connection.ask(asked, most)


@dataclass(slots=True)
class Ways:
    """The connections that calls have left open, one for each origin."""

    _open: dict[Origin, Way] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._open)

    def find(self, origin: Origin) -> Way:
        """Return the connection to an origin; a new one if there is none."""
        way = self._open.get(origin)
        if way is not None and way.connection.is_open:
            return way
        return self.renew(origin)

    def renew(self, origin: Origin) -> Way:
        """Return a new connection to an origin; close what has rested for too long."""
        self.close(origin)
        for each, way in [*self._open.items()]:
            if not way.connection.is_open:
                self.close(each)
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


class _Resting(threading.local):
    """What the calls of one thread have left open."""

    def __init__(self) -> None:
        self.ways = Ways()


_resting = _Resting()
_kept: ContextVar[Ways | None] = ContextVar("kept", default=None)


def kept() -> Ways | None:
    """Return the connections that calls of this block may go over, if it is one."""
    return _kept.get()


@contextmanager
def kept_connections() -> Iterator[None]:
    """Let calls go over connections that those before have left open.

    Only for calls that do the same when they are made twice: one that is lost because
    the other side had closed its end is made again.
    """
    token = _kept.set(_resting.ways)
    try:
        yield
    finally:
        _kept.reset(token)


def keeps_any() -> bool:
    """Say whether calls of this thread have left a connection open."""
    return _resting.ways.count > 0


def close_kept() -> None:
    """Close whatever the calls of this thread have left open."""
    _resting.ways.close_all()


# Two processes that spoke over one connection would hear each other's answers. What is
# closed here stays open for the parent.
os.register_at_fork(after_in_child=close_kept)


@contextmanager
def fresh(origin: Origin, *, speaks_http2: bool = False) -> Iterator[Way]:
    """Lend a connection for one call."""
    way = _new(origin, speaks_http2=speaks_http2)
    try:
        yield way
    finally:
        way.connection.close()


def _new(origin: Origin, *, speaks_http2: bool = False) -> Way:
    line = Line(allow_private=origin.allow_private)
    kind = http2.Connection if speaks_http2 else http11.Connection
    return Way(line, kind(origin, line))
