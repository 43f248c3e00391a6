"""From where does a list go on, so that page 1,000 costs what page 1 does?

A cursor names the last row that was shown by its sort values; the next page asks for
rows beyond it, over an index. It is signed, so that a client cannot make one up, and
opaque, so that it may change.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

SIGNATURE_BYTES = 12
Value = str | int
RowT = TypeVar("RowT")


class CursorInvalid(ValueError):
    """The cursor was not made by us, or for another list."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Beyond which row to go on, forwards or backwards."""

    values: tuple[Value, ...]
    backwards: bool = False


def encode(cursor: Cursor, *, name: str, key: bytes) -> str:
    """Write a cursor of the list ``name`` as text that fits into a URL."""
    payload = json.dumps([int(cursor.backwards), *cursor.values]).encode()
    return base64.urlsafe_b64encode(_sign(payload, name, key) + payload).decode()


def decode(text: str, *, name: str, key: bytes, length: int) -> Cursor:
    """Read a cursor with ``length`` values; raises :class:`CursorInvalid`."""
    try:
        raw = base64.urlsafe_b64decode(text.encode())
        signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _sign(payload, name, key)):
            raise CursorInvalid(text)
        backwards, *values = json.loads(payload)
    except ValueError as error:
        raise CursorInvalid(text) from error
    if len(values) != length:
        raise CursorInvalid(text)
    return Cursor(tuple(values), backwards=bool(backwards))


def _sign(payload: bytes, name: str, key: bytes) -> bytes:
    signed = hmac.new(key, name.encode() + b"\0" + payload, hashlib.sha256)
    return signed.digest()[:SIGNATURE_BYTES]


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Rows in the list's order, and the cursors of both neighbours if there are any."""

    rows: list[RowT]
    next: Cursor | None
    previous: Cursor | None


def page(
    fetched: Sequence[RowT],
    *,
    limit: int,
    cursor: Cursor | None,
    values: Callable[[RowT], tuple[Value, ...]],
) -> Page[RowT]:
    """Make a page of up to ``limit`` rows.

    ``fetched`` holds up to ``limit + 1`` rows beyond the cursor; for a backwards
    cursor they come in reverse. The extra row only tells that there is more.
    """
    backwards = cursor is not None and cursor.backwards
    more = len(fetched) > limit
    rows = list(fetched[:limit])
    if backwards:
        rows.reverse()
    if not rows:
        return Page(rows, None, None)
    has_next = backwards or more
    has_previous = more if backwards else cursor is not None
    return Page(
        rows,
        Cursor(values(rows[-1])) if has_next else None,
        Cursor(values(rows[0]), backwards=True) if has_previous else None,
    )
