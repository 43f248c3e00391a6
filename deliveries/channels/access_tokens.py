"""Which access token lets us in right now?

A token is fetched when none is known that still holds, and kept in the memory of the
process: never in a row, a log or an answer. Fetching one hands no message over, so
whatever goes wrong there is a refusal.
"""

import hashlib
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from deliveries import outbound
from deliveries.channels import answers
from deliveries.channels.answers import Form
from deliveries.channels.base import Reply, ReplyKind
from deliveries.channels.mask import Mask
from deliveries.models import EvidenceLevel
from deliveries.outbound import Answer

# Of the lease of 60 s, 40 s may pass before a try begins and 10 s belong to the call.
FETCH_S = 5.0
LASTS_S = 300  # of a token whose provider does not say
LONGEST_S = 24 * 3600
MARGIN_S = 60  # a token is not used so shortly before its end


@dataclass(frozen=True, slots=True)
class Order:
    """A request for a token: where the answer says what, and whose token it is.

    ``identity`` is everything that the token depends on; when it changes, so does the
    token. ``token`` and ``lasts_s`` are pointers.
    """

    provider_id: int
    identity: str = field(repr=False)
    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    token: str
    lasts_s: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    identity: bytes
    token: str = field(repr=False)
    until: datetime


_kept: dict[int, _Kept] = {}
_lock = threading.Lock()


def get(order: Order, mask: Mask, now: datetime) -> str | Reply:
    """Return a token that still holds, or the refusal that came instead of one."""
    identity = hashlib.sha256(order.identity.encode()).digest()
    with _lock:
        known = _kept.get(order.provider_id)
    if known and known.identity == identity and now < known.until:
        return known.token
    result = outbound.request(
        order.method,
        order.url,
        headers=order.headers,
        body=order.body,
        within_s=FETCH_S,
    )
    form = Form(proof={order.token: answers.ANY}, codes=order.codes)
    reading = answers.look(result, form) if isinstance(result, Answer) else None
    if reading is None or not reading.succeeded:
        return _refusal(result, form, mask, now)
    token, lasts = reading.first((order.token,)), reading.first((order.lasts_s,))
    until = now + timedelta(seconds=_usable_s(lasts))
    with _lock:
        _kept[order.provider_id] = _Kept(identity, token, until)
    return token


def forget(provider_id: int) -> None:
    """Drop a token that the provider does not take any more."""
    with _lock:
        _kept.pop(provider_id, None)


def _usable_s(lasts: str) -> int:
    digits = lasts.isascii() and lasts.isdigit() and len(lasts) < 10
    seconds = min(int(lasts), LONGEST_S) if digits else LASTS_S
    return max(seconds - MARGIN_S, seconds // 2)


def _refusal(result: outbound.Result, form: Form, mask: Mask, now: datetime) -> Reply:
    """Say what went wrong; a success that hides its token is not repeated."""
    told = answers.reply(result, form, mask, level=EvidenceLevel.NONE, now=now)
    if told.reply_code == answers.UNREADABLE:
        told = answers.broken(ReplyKind.REFUSED, answers.UNREADABLE)
    return replace(told, kind=ReplyKind.REFUSED, fault=True)
