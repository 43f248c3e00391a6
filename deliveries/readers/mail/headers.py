"""Which header fields open a mail or a part, and what do they say in plain text?

Source: RFC 5322, 2.2; RFC 2047 (words in other charsets); RFC 2231 (parameters).
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from deliveries.readers.mail import charsets

# A mail that is read has some forty fields; these are bounds against hostile ones.
LONGEST_BLOCK = 64 * 1024  # bytes of fields that are looked at
MOST_FIELDS = 400
LONGEST_VALUE = 4000  # characters
_MOST_ODD_LINES = 5  # that are no fields, before the block counts as ended

_NAME = re.compile(rb"([!-9;-~]{1,76})[ \t]{0,8}:")
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\n]{0,2000})\?=")
_BETWEEN = re.compile(r"(\?=)[ \t]{1,20}(?==\?)")
_PARAMETER = re.compile(
    r";[ \t]{0,20}([\w.'*%-]{1,60})[ \t]{0,20}=[ \t]{0,20}"
    r'(?:"((?:[^"\\]|\\.){0,500}+)"?|([^;\s"]{0,500}))'
)
_PIECE = re.compile(r"\*(\d{1,2})")


@dataclass(slots=True)
class Headers:
    """Fields by lower-case name; each name has its values in the order they came."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    cut: bool = False

    def first(self, name: str) -> str:
        """Return the first value of a field as it stands, or nothing."""
        return self.fields.get(name, [""])[0]

    def text(self, name: str) -> str:
        """Return the first value of a field with its encoded words decoded."""
        return plain(self.first(name))

    def media_type(self) -> str:
        """Return the media type in lower case, or nothing."""
        value = self.first("content-type").partition(";")[0]
        return value.strip().strip("\"'").lower()

    def parameter(self, name: str, field_name: str = "content-type") -> str:
        """Return a parameter of a field, whole and decoded, or nothing."""
        return _parameter(self.first(field_name), name)


def read(raw: bytes, start: int) -> tuple[Headers, int]:
    """Read the fields that begin at a place; return them and where the body begins.

    Lines end in a line feed. A place that no field begins at has none.
    """
    headers = Headers()
    if raw.startswith(b"\n", start):
        return headers, start + 1
    end = raw.find(b"\n\n", start)
    end = len(raw) if end < 0 else end
    block = raw[start : min(end, start + LONGEST_BLOCK)]
    headers.cut = end - start > LONGEST_BLOCK
    name, odd, at, count = "", 0, start, 0
    for line in block.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            _continue(headers, name, line)
        elif not line.startswith(b"--") and (found := _NAME.match(line)):
            name, count = found[1].decode("ascii").lower(), count + 1
            if count <= MOST_FIELDS:
                values = headers.fields.setdefault(name, [])
                values.append(_value(line[found.end() :]))
            else:
                headers.cut, name = True, ""
        else:
            odd += 1
            if line.startswith(b"--"):
                return headers, at
            if not headers.fields or odd > _MOST_ODD_LINES:
                return headers, at
            name = ""
        at += len(line) + 1
    return headers, min(end + 2, len(raw))


def _continue(headers: Headers, name: str, line: bytes) -> None:
    if name:
        values = headers.fields[name]
        if len(values[-1]) < LONGEST_VALUE:
            values[-1] += " " + _value(line)


def _value(line: bytes) -> str:
    line = line[:LONGEST_VALUE].strip()
    if line.isascii():
        return line.decode("ascii")
    return charsets.decode(line, "us-ascii")[0]


def plain(value: str) -> str:
    """Decode the encoded words of a value (RFC 2047); broken ones stay as they are."""
    if "=?" not in value:
        return value
    value = _BETWEEN.sub(r"\1", value)
    parts: list[str] = []
    done, pending, charset = 0, b"", ""
    for found in _ENCODED.finditer(value):
        own = found[1].partition("*")[0].lower()
        # Signs of several bytes may be broken between words of the same charset.
        if pending and (own != charset or found.start() > done):
            parts.append(charsets.decode(pending, charset)[0])
            pending = b""
        parts.append(value[done : found.start()])
        pending, charset = pending + _word(found[2], found[3]), own
        done = found.end()
    if pending:
        parts.append(charsets.decode(pending, charset)[0])
    return "".join([*parts, value[done:]])


def _word(how: str, word: str) -> bytes:
    data = word.encode("ascii", "ignore")
    if how in "qQ":
        return binascii.a2b_qp(data, header=True)
    return unbase64(data)


def unbase64(data: bytes) -> bytes:
    """Decode base64 as far as it goes; signs of no meaning are skipped."""
    kept = data.translate(None, _NO_BASE64)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


_NO_BASE64 = bytes(
    byte
    for byte in range(256)
    if not (chr(byte).isalnum() and byte < 128) and byte not in b"+/"
)


def _parameter(value: str, name: str) -> str:
    pieces = sorted(_pieces(value, name), key=lambda piece: piece[0])
    return "".join(text for _, text in pieces)


def _pieces(value: str, name: str) -> Iterator[tuple[int, str]]:
    """Yield the pieces of a parameter: ``name``, or ``name*0``, ``name*1*`` ..."""
    for found in _PARAMETER.finditer(value):
        full = found[1].lower()
        base, star, rest = full.partition("*")
        if base != name:
            continue
        text = found[3] if found[2] is None else _unescaped(found[2])
        if full.endswith("*"):
            parts = text.split("'", 2)
            charset = parts[0].lower() if len(parts) == 3 else "utf-8"
            text = charsets.decode(unquote_to_bytes(parts[-1]), charset)[0]
        piece = _PIECE.match(star + rest)
        yield (int(piece[1]) if piece else 0), text
        if not piece:
            return


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)
