"""What is personal or secret in a text, and how does it read without that?

A found value becomes ``‹kind:xxxx›``. The four hex digits come from a keyed hash, so
that equal values stay comparable between two attempts and nobody can go back.
"""

import base64
import binascii
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from deliveries.redaction import people, secrets
from deliveries.redaction.decoding import View, decoded, joined
from deliveries.redaction.spans import (
    LEAST_RUN,
    AcrossLines,
    Clues,
    Detector,
    Kind,
    Span,
    secretive,
)

# The first to find a value keeps it: the wider and the more certain come first.
DETECTORS = (*secrets.DETECTORS, *people.DETECTORS)

Found: TypeAlias = tuple[int, int, Kind]

_MARKS = re.compile(r"‹[a-z_]{3,12}:[0-9a-f]{4}›")
_BLANK = "\x00"
_WRAPPED_LINE = 60  # characters; a line that long was broken by its width
# Base64 of eight bytes or more; without a capital it is a word.
_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_=-])(?=[a-z0-9+/_-]*+[A-Z])[A-Za-z0-9+/_-]{11,}+={0,2}"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FOLDS = re.compile(r"=?\r?\n[ \t]*")
_NUMERIC = frozenset({Kind.CARD, Kind.PHONE, Kind.NATIONAL_ID, Kind.OTP})


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its personal values, and how many of each kind it had."""

    text: str
    counts: dict[Kind, int]


class Redactor:
    """Masks texts with one key; its own marks are never masked again."""

    def __init__(self, key: bytes) -> None:
        """``key`` is the secret of one source; 16 bytes or more."""
        self._key = key
        self._clean = ""  # the last text that had nothing; providers repeat themselves

    def text(self, original: str) -> Redacted:
        """Mask a text in time linear to its length.

        Values are found plain, percent-encoded, in base64 and broken over lines. Reply
        codes, host names, provider codes and short numbers stay.
        """
        if original == self._clean:
            return Redacted(original, {})
        found = _merged(_found(original))
        if not found:
            self._clean = original
            return Redacted(original, {})
        parts, done = [], 0
        for start, end, kind in found:
            parts += [original[done:start], self._mark(kind, original[start:end])]
            done = end
        parts.append(original[done:])
        return Redacted("".join(parts), dict(Counter(kind for _, _, kind in found)))

    def _mark(self, kind: Kind, value: str) -> str:
        plain = _FOLDS.sub("", unquote(value)).casefold()
        if kind in _NUMERIC:
            plain = "".join(filter(str.isalnum, plain))
        message = f"{kind}:{plain}".encode("utf-8", "surrogatepass")
        return f"‹{kind}:{hmac.digest(self._key, message, 'sha256').hex()[:4]}›"


def _merged(found: Iterable[Found]) -> list[Found]:
    """Return disjoint spans in order; of nested ones the outermost."""
    merged: list[Found] = []
    for start, end, kind in sorted(found, key=lambda each: (each[0], -each[1])):
        if merged and start < merged[-1][1]:
            outer = merged.pop()
            merged.append((outer[0], max(end, outer[1]), outer[2]))
        else:
            merged.append((start, end, kind))
    return merged


def _found(text: str) -> Iterator[Found]:
    """Read a text in up to three ways; what one found is blank for the next."""
    if "‹" in text:
        text = _blanked(text, [mark.span() for mark in _MARKS.finditer(text)])
    readings = (("\n", _over_lines), ("", _plain), ("%", _decoded))
    for sign, read in readings:
        if sign in text:
            found = list(read(text))
            text = _blanked(text, [(start, end) for start, end, _ in found])
            yield from found


def _plain(text: str) -> Iterator[Found]:
    yield from ((*span, kind) for kind, span in _detect(text))


def _decoded(text: str) -> Iterator[Found]:
    view = decoded(text)
    yield from ((*view.original(span), kind) for kind, span in _detect(view.text))


def _over_lines(text: str) -> Iterator[Found]:
    """Yield only what is broken by a line end; the rest is found in the plain text."""
    view = joined(text)
    for kind, span in _detect(view.text, view):
        yield *view.original(span), kind


def _detect(text: str, view: View | None = None) -> Iterator[tuple[Kind, Span]]:
    clues = Clues(text)
    for detector in DETECTORS:
        if (view and detector.across is AcrossLines.NO) or not detector.worth(clues):
            continue
        spans = [each for each in detector.find(text) if _seen(text, each)]
        if view:
            spans = [
                kept for each in spans if (kept := _believed(detector, view, each))
            ]
        if spans:
            text = _blanked(text, spans)
            yield from ((detector.kind, span) for span in spans)
    if clues.longest_mixed < LEAST_RUN:
        return
    for span, inner in _base64(text):
        if (kind := _kind_inside(inner)) and not (view and not view.joins_in(*span)):
            yield kind, span


def _seen(text: str, span: Span) -> bool:
    return text[slice(*span)].strip(_BLANK) != ""


def _believed(detector: Detector, view: View, span: Span) -> Span | None:
    """Return the part of a span that crosses line ends and may be trusted to."""
    start, end = span
    if detector.across is AcrossLines.IF_WRAPPED:
        inside = view.joins_in(start + 1, end - 1)
        if inside and not _wrapped(view, start, inside[-1]):
            start = inside[-1]
        # The sign behind an address belongs to its form, and may be on the next line.
        return (start, end) if view.joins_in(start + 1, end + 1) else None
    if detector.across is AcrossLines.IF_SECRETIVE:
        for join in reversed(view.joins_in(start + 1, end - 1)):
            if secretive(view.text[join:end]):
                break
            end = join
    return (start, end) if view.joins_in(start + 1, end - 1) else None


def _wrapped(view: View, start: int, join: int) -> bool:
    """Tell whether the letters before a line end belong to the word after it."""
    return (
        start == 0
        or not view.text[start - 1].isspace()
        or not view.text[start:join].isalpha()
        or view.soft(join)
        or join - view.line_start(start) >= _WRAPPED_LINE
    )


def _base64(text: str) -> Iterator[tuple[Span, str]]:
    """Yield runs that decode to readable text, with that text."""
    for found in _BASE64.finditer(text):
        run = found[0].rstrip("=").replace("-", "+").replace("_", "/")
        run = run[: len(run) - (len(run) % 4 == 1)]
        try:
            inner = base64.b64decode(run + "=" * (-len(run) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if not _CONTROL.search(inner):
            yield found.span(), inner


def _kind_inside(text: str) -> Kind | None:
    clues = Clues(text)
    for detector in DETECTORS:
        if detector.worth(clues) and next(detector.find(text), None):
            return detector.kind
    return None


def _blanked(text: str, spans: list[Span]) -> str:
    """Return the text with its spans blanked; every offset stays."""
    if not spans:
        return text
    parts, done = [], 0
    for start, end in sorted(spans):
        parts += [text[done:start], _BLANK * (end - max(start, done))]
        done = max(end, done)
    return "".join([*parts, text[done:]])
