"""How does a text read once its percent escapes and its line folds are undone?

Values hide behind encodings. A view is the plain reading, with the way back to the
offsets of the text as it came.
"""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

from deliveries.redaction.spans import Span

# %40, and encoded again: %2540, %252540; a letter of UTF-8 takes up to four of them.
_BYTE = r"%(?:25){0,3}"
_MORE = rf"{_BYTE}[89ABab][0-9A-Fa-f]"
_ESCAPE = (
    rf"(?P<escape>{_BYTE}(?:[CDcd][0-9A-Fa-f]{_MORE}|[Ee][0-9A-Fa-f](?:{_MORE}){{2}}"
    rf"|[Ff][0-4](?:{_MORE}){{3}}|[0-9A-Fa-f]{{2}}))"
)
# One line end, not a blank line, with the "=" of quoted-printable before it and the
# indent of a folded header after it.
_FOLD = r"(?P<fold>(?<!\n)=?\r?\n(?!\r?\n){}[ \t]*)"
_REPLY_CODE = re.compile(r"\s{0,8}([245][0-9]{2})[ -]")
_ESCAPES = re.compile(_ESCAPE)
_HEX = re.compile(rf"{_BYTE}([0-9A-Fa-f]{{2}})")


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text, made of pieces in order.

    Piece ``i`` begins at ``starts[i]`` here and at ``origins[i]`` in the original; it
    is an escape of ``widths[i]`` characters, or plain text if that is 0. ``joins`` are
    the offsets at which a line end was removed.
    """

    source: str
    text: str
    starts: list[int]
    origins: list[int]
    widths: list[int]
    joins: list[int]

    def original(self, span: Span) -> Span:
        """Return where in the original text a span was read."""
        start, end = span
        i = bisect_right(self.starts, start) - 1
        j = bisect_right(self.starts, end - 1) - 1
        return (
            self.origins[i] + (0 if self.widths[i] else start - self.starts[i]),
            self.origins[j] + (self.widths[j] or end - self.starts[j]),
        )

    def joins_in(self, start: int, end: int) -> list[int]:
        """Return the joins from ``start`` to ``end``, both included."""
        return self.joins[
            bisect_left(self.joins, start) : bisect_right(self.joins, end)
        ]

    def soft(self, join: int) -> bool:
        """Tell whether the line end at a join was marked as none (RFC 2045 §6.7)."""
        return self.source.startswith("=", self.original((join - 1, join))[1])

    def line_start(self, offset: int) -> int:
        """Return where the line that holds ``offset`` began."""
        before = bisect_right(self.joins, offset)
        return self.joins[before - 1] if before else 0


def decoded(text: str) -> View:
    """Undo percent escapes."""
    return _read(text, _ESCAPES)


def joined(text: str) -> View:
    """Undo percent escapes and line folds.

    A reply of several lines repeats its code on each (RFC 5321 §4.2.1): the repeated
    code, and the enhanced code behind it, count as part of the line end.
    """
    code = _REPLY_CODE.match(text)
    again = (
        rf"(?:{code[1]}[ -](?:[0-9]\.[0-9]{{1,3}}\.[0-9]{{1,3}}[ -])?)?" if code else ""
    )
    return _read(text, re.compile(f"{_FOLD.format(again)}|{_ESCAPE}"))


def _read(text: str, hidden: re.Pattern[str]) -> View:
    pieces: list[str] = []
    view = View(text, "", [], [], [], [])
    length = done = 0

    def add(piece: str, origin: int, width: int) -> int:
        view.starts.append(length)
        view.origins.append(origin)
        view.widths.append(width)
        pieces.append(piece)
        return len(piece)

    for found in hidden.finditer(text):
        if found.start() > done:
            length += add(text[done : found.start()], done, 0)
        done = found.end()
        if (escape := found["escape"]) is not None:
            length += add(_letter(escape), found.start(), len(escape))
        else:
            view.joins.append(length)
    if done < len(text) or not view.starts:
        add(text[done:], done, 0)
    return replace(view, text="".join(pieces))


def _letter(escape: str) -> str:
    """Return the one letter that was escaped; a stray byte counts as a letter, too."""
    if len(escape) == 3 and escape[1] < "8":
        return chr(int(escape[1:], 16))
    letter = bytes.fromhex("".join(_HEX.findall(escape))).decode(errors="replace")
    return letter if len(letter) == 1 else "\N{REPLACEMENT CHARACTER}"
