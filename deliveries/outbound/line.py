"""How does one call reach the network, and how far did it get?

Every connection resolves its host itself, checks *all* of its addresses and goes to
one that was checked, so a name that answers differently the second time gains nothing.
"""

import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum, auto
from functools import cache
from typing import Any, NamedTuple

import httpcore
import httpx

from deliveries.outbound import addresses

CONNECT_S = 3.0  # each for the name, for the connection, and for TLS
MOST_WAITING = 64 * 1024  # bytes of a request that are kept back to leave together


class Stage(Enum):
    """The steps of a call, in their order."""

    PREPARING = auto()
    NAMING = auto()
    CHECKING = auto()
    CONNECTING = auto()
    SECURING = auto()
    SENDING = auto()  # from here on the other side may have seen the request
    HEARING = auto()


class Origin(NamedTuple):
    """Whom a connection leads to, and whether it may be on a private network."""

    scheme: str
    host: bytes
    port: int | None
    allow_private: bool


class Line(httpcore.NetworkBackend):
    """The way to the network of one call at a time, under one deadline."""

    def __init__(self, *, allow_private: bool) -> None:
        self.stage = Stage.PREPARING
        self._deadline = 0.0
        self._allow_private = allow_private

    def begin(self, deadline: float) -> None:
        """Begin a call that has to be over at a ``deadline`` (monotonic)."""
        self.stage = Stage.PREPARING
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers, if all may be called."""
        self.stage = Stage.NAMING
        try:
            found = addresses.addresses_of(host, self.left(CONNECT_S))
        except LookupError as error:
            raise httpcore.ConnectError(str(error)) from error
        self.stage = Stage.CHECKING
        if not (self._allow_private or all(map(addresses.is_public, found))):
            raise httpcore.ConnectError("an address that is never called")
        self.stage = Stage.CONNECTING
        return _Stream(self, self._first_open(found, port))

    def _first_open(self, found: list[str], port: int) -> httpcore.NetworkStream:
        give_up = time.monotonic() + CONNECT_S
        last: Exception = httpcore.ConnectError("no address")
        for address in found:
            wait = self.left(give_up - time.monotonic())
            try:
                return httpcore.SyncBackend().connect_tcp(address, port, wait)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    def left(self, at_most: float | None) -> float:
        """Return the seconds that a step may take; raise when none is left."""
        left = self._deadline - time.monotonic()
        left = left if at_most is None else min(left, at_most)
        if left <= 0:
            raise httpcore.ReadTimeout("the time of the call is over")
        return left


class _Stream(httpcore.NetworkStream):
    """A connection on which every step is limited by the clock of its call.

    Head and body of a request leave together, when an answer is waited for.
    """

    def __init__(self, line: Line, inner: httpcore.NetworkStream) -> None:
        self._line = line
        self._inner = inner
        self._waiting = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # Who refuses a request before it is whole may have said so: read that.
        with suppress(httpcore.WriteError):
            self._flush()
        received = self._inner.read(max_bytes, self._line.left(timeout))
        if received:
            self._line.stage = Stage.HEARING
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._line.left(timeout)
        self._waiting += buffer
        if len(self._waiting) > MOST_WAITING:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            wait = self._line.left(None)
            self._line.stage = Stage.SENDING
            buffer, self._waiting = self._waiting, b""
            self._inner.write(buffer, wait)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        self._line.stage = Stage.SECURING
        wait = self._line.left(CONNECT_S)
        secured = self._inner.start_tls(ssl_context, server_hostname, wait)
        return _Stream(self._line, secured)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@cache
def authorities(protocol: str) -> ssl.SSLContext:
    """Return whom we believe, in a context that is used for one protocol alone.

    Reading them takes far longer than a call; once per process is enough. What a
    context offers the other side is set on it, so two protocols cannot share one.
    """
    return httpx.create_ssl_context()
