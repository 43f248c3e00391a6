"""What became of one call to somebody else's machine?

The only HTTP client. No redirect is followed, no proxy variable is read, and one
clock runs over the whole call. What is certain about the result is in its type.
"""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec

import h11
import httpcore
import httpx
from django.conf import settings
from django.db import connections

from deliveries.outbound import ways
from deliveries.outbound.http11 import Asked
from deliveries.outbound.line import Origin, Stage

TOTAL_S = 10.0  # a lease lasts 60 s
# "httpx[http2]" in the lock brings the package that speaks it.
HTTP2 = find_spec("h2") is not None
MAX_BODY = 64 * 1024  # bytes read of an answer; the rest is dropped
# A gateway cannot say whether the server behind it did the work. 524 is Cloudflare's:
# connected, but no answer in time; developers.cloudflare.com, "Error 524".
GATEWAY_STATUS = frozenset({502, 504, 524})


# They tell every address and header of a call, and some hold the caller's token.
logging.getLogger("httpx").addFilter(lambda record: False)
logging.getLogger("hpack").setLevel(logging.WARNING)


class InsideTransaction(RuntimeError):
    """A call was made inside a transaction, which would hold its locks meanwhile."""


class RefusedReason(StrEnum):
    """Why is it certain that the other side took nothing?"""

    BAD_REQUEST = "bad_request"
    FORBIDDEN_ADDRESS = "forbidden_address"
    DNS_FAILED = "dns_failed"
    CONNECTION_REFUSED = "connection_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILED = "tls_failed"
    NO_HTTP2 = "no_http2"


class UnclearReason(StrEnum):
    """Why is it open whether the other side took it?"""

    TIMEOUT = "timeout"
    CONNECTION_RESET = "connection_reset"
    HALF_ANSWER = "half_answer"
    BAD_GATEWAY = "bad_gateway"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; names of headers are in lower case, the body may be cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text; NUL and what is not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace").replace("\0", "\ufffd")


@dataclass(frozen=True, slots=True)
class Refused:
    """No acceptance: nothing of the request left us."""

    reason: RefusedReason


@dataclass(frozen=True, slots=True)
class Unclear:
    """The request left us, at least in part, and no answer settles what became of it.

    ``answer`` is what a gateway said, if it was one that answered.
    """

    reason: UnclearReason
    answer: Answer | None = None


Result = Answer | Refused | Unclear


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    http2: bool = False,
    within_s: float | None = None,
) -> Result:
    """Make one call and return what is certain about it.

    Takes at most ``within_s`` seconds, and never more than ``TOTAL_S``. Only https and
    public addresses, unless ``settings.OUTBOUND_ALLOW_PRIVATE``. ``http2`` is for those
    who understand nothing else. Over a connection of its own, except inside
    :func:`deliveries.outbound.kept_connections`. Raises :class:`InsideTransaction`.
    """
    stay_outside()
    to = _address(url)
    if to is None or not all(map(_HEADER.fullmatch, headers.values())):
        return Refused(RefusedReason.BAD_REQUEST)
    allow_private = settings.OUTBOUND_ALLOW_PRIVATE
    # A provider of the demo and the tests on this machine makes do with HTTP/1.1.
    if http2 and not (HTTP2 or allow_private):
        return Refused(RefusedReason.NO_HTTP2)
    seconds = TOTAL_S if within_s is None else min(within_s, TOTAL_S)
    deadline = time.monotonic() + seconds
    origin = Origin(to.scheme, to.raw_host, to.port, allow_private)
    sent = _asked(method, to, headers, body)
    if http2:
        with ways.fresh(origin, speaks_http2=HTTP2) as way:
            return _make(way, sent, deadline)
    known = ways.kept()
    if known is None:
        sent.headers.append((b"Connection", b"close"))
        with ways.fresh(origin) as way:
            return _make(way, sent, deadline)
    return _over_kept(known, origin, sent, deadline)


def _over_kept(
    known: ways.Ways, origin: Origin, sent: Asked, deadline: float
) -> Result:
    """Make a call over a connection that may have served others before.

    One that its other end closed between two calls has taken nothing from us, but
    nobody can tell that from a call that was lost. Whoever keeps connections may repeat
    calls, so the call is made once more over a new one.
    """
    way = known.find(origin)
    result = _make(way, sent, deadline)
    if way.calls > 1 and result == Unclear(UnclearReason.CONNECTION_RESET):
        way = known.renew(origin)
        result = _make(way, sent, deadline)
    if not isinstance(result, Answer):
        known.close(origin)
    return result


def _make(way: ways.Way, sent: Asked, deadline: float) -> Result:
    try:
        heard = way.call(sent, deadline, MAX_BODY)
    except _FAILURES as error:
        return _judge(way.line.stage, error)
    answer = Answer(heard.status, heard.headers, heard.body[:MAX_BODY])
    if answer.status in GATEWAY_STATUS:
        return Unclear(UnclearReason.BAD_GATEWAY, answer)
    return answer


def _asked(
    method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes
) -> Asked:
    given = {name.lower() for name in headers}
    lines = [line for name, line in _HEADERS.items() if name not in given]
    if "host" not in given:
        lines.insert(0, (b"Host", url.netloc))
    # What is no name at all is refused by the protocol.
    lines += [
        (n.encode(errors="replace"), each.encode()) for n, each in headers.items()
    ]
    if body or method != "GET":
        lines.append((b"Content-Length", b"%d" % len(body)))
    return Asked(method, url.raw_path, lines, body)


def stay_outside() -> None:
    """Raise :class:`InsideTransaction` when one is open in this thread."""
    if any(each.in_atomic_block for each in connections.all(initialized_only=True)):
        raise InsideTransaction("Commit before calling anybody.")


_HEADERS = {
    "accept": (b"Accept", b"application/json"),
    # A small answer must not unfold into a big one.
    "accept-encoding": (b"Accept-Encoding", b"identity"),
    "user-agent": (b"User-Agent", b"Undelivered"),
}
_HEADER = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110, 5.5, without what is obsolete
_FAILURES = (
    h11.ProtocolError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)


def _address(url: str) -> httpx.URL | None:
    """Read an address; None if it is none that may be called."""
    try:
        parts = _parsed(url)
    except httpx.InvalidURL:
        return None
    schemes = {"https", "http"} if settings.OUTBOUND_ALLOW_PRIVATE else {"https"}
    fits = parts.port is None or 0 < parts.port < 65536
    known = parts.scheme in schemes and bool(parts.host)
    return parts if known and fits and not parts.userinfo else None


@lru_cache(128)  # a provider has one address for all of its messages
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


_NOTHING_SENT = {
    Stage.PREPARING: RefusedReason.BAD_REQUEST,
    Stage.NAMING: RefusedReason.DNS_FAILED,
    Stage.CHECKING: RefusedReason.FORBIDDEN_ADDRESS,
    Stage.CONNECTING: RefusedReason.CONNECTION_REFUSED,
    Stage.SECURING: RefusedReason.TLS_FAILED,
}


def _judge(stage: Stage, error: Exception) -> Refused | Unclear:
    """Say what a broken call proves, by how far it had come."""
    timed_out = isinstance(error, httpcore.TimeoutException)
    if stage in _NOTHING_SENT:
        if isinstance(error, h11.LocalProtocolError | httpcore.LocalProtocolError):
            return Refused(RefusedReason.BAD_REQUEST)
        if timed_out and stage is Stage.CONNECTING:
            return Refused(RefusedReason.CONNECT_TIMEOUT)
        return Refused(_NOTHING_SENT[stage])
    if timed_out:
        return Unclear(UnclearReason.TIMEOUT)
    if stage is Stage.HEARING:
        return Unclear(UnclearReason.HALF_ANSWER)
    return Unclear(UnclearReason.CONNECTION_RESET)
