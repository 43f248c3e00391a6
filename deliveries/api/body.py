"""What does the body of a request say, once it is safe to read?

Everything that could hurt is settled before ``json.loads``: media type, size, depth.
NUL and lone surrogates, which PostgreSQL cannot store, become U+FFFD, and the reader
is told. A body that is refused has cost at most its size.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from deliveries.api.problems import Problem

DEEPEST = 32
LONGEST_ECHO = 60  # characters of a caller's own words in a refusal
LENGTH = re.compile("[0-9]{1,12}")  # of bytes; more digits are no length to count
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
BRACKET = re.compile(rb"[\[\]{}]")


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed body; ``sanitized`` says that something in it had to be replaced."""

    value: Any
    sanitized: bool


def read_json(request: HttpRequest, limit: int) -> Body:
    """Read a JSON body of at most ``limit`` bytes; raises :class:`Problem`."""
    if request.content_type != "application/json":
        raise Problem("media_type_unsupported", _("Send application/json."))
    if _charset(request) not in {"utf-8", "utf8"}:
        raise Problem("media_type_unsupported", _("Send JSON in UTF-8."))
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Problem("media_type_unsupported", _("Send the body uncompressed."))
    return parse(read_bytes(request, limit))


def parse(raw: bytes) -> Body:
    """Parse JSON text (RFC 8259) with the guards above; raises :class:`Problem`."""
    if _depth(raw) > DEEPEST:
        raise Problem(
            "nesting_too_deep",
            _("Nest objects and lists at most %(count)d deep.") % {"count": DEEPEST},
        )
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise Problem("malformed_json", _("The body is not UTF-8.")) from error
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        message = _("Reading stopped at line %(line)d, column %(column)d.") % where
        raise Problem("malformed_json", message) from error
    except (ValueError, RecursionError) as error:
        raise Problem("malformed_json", _("A number has too many digits.")) from error
    # Only an escape can smuggle in what UTF-8 and JSON strings themselves exclude.
    if b"\\u" not in raw:
        return Body(value, sanitized=False)
    clean = _Cleaner()
    return Body(clean.of(value), sanitized=clean.replaced)


def _charset(request: HttpRequest) -> str:
    return (request.content_params or {}).get("charset", "utf-8").strip('"').lower()


def read_bytes(request: HttpRequest, limit: int) -> bytes:
    """Read at most ``limit`` bytes; raises :class:`Problem` when there are more.

    A chunked body has no length, so the limit is met while reading.
    """
    too_large = Problem(
        "too_large", _("Send at most %(limit)d bytes.") % {"limit": limit}
    )
    length = request.META.get("CONTENT_LENGTH")
    if length:
        if not LENGTH.fullmatch(length) or int(length) > limit:
            raise too_large
        return request.read(limit + 1)
    if not request.META.get("wsgi.input_terminated"):
        return b""
    stream, parts, size = request.META["wsgi.input"], [], 0
    while part := stream.read(limit + 1 - size):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise too_large
    return b"".join(parts)


def _depth(raw: bytes) -> int:
    """Return how deep the brackets outside of strings nest, in linear time."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return 0
    depth = deepest = 0
    for bracket in BRACKET.findall(STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counts = Counter(name for name, __ in pairs)
    twice = ascii(counts.most_common(1)[0][0][:LONGEST_ECHO])
    raise Problem("duplicate_key", _("It comes twice: %(name)s.") % {"name": twice})


def _number(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise Problem("malformed_json", _("A number is too large."))
    return number


def _not_a_number(text: str) -> float:
    raise Problem("malformed_json", _("NaN and Infinity are not JSON."))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_constant=_not_a_number
)


class _Cleaner:
    """Replaces what cannot be stored, in keys and values."""

    def __init__(self) -> None:
        self.replaced = False

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            clean, count = UNSTORABLE.subn("\ufffd", value)
            self.replaced = self.replaced or bool(count)
            return clean
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, dict):
            return {self.of(name): self.of(item) for name, item in value.items()}
        return value
