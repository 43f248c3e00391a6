"""What changed between two texts, side by side, line by line and word by word?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

MOST_LINES = 1_500  # of each side; comparing takes the square of it at worst
MOST_WORDS = 300  # of a line that is compared word by word
AROUND = 3  # lines that stay the same, shown around those that do not
# A run of letters or digits, or one sign: Chinese has no spaces between its words.
WORDS = re.compile(r"[A-Za-z0-9_\u00c0-\u024f]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line, and whether the other side says otherwise."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of each side; None where a side has none. ``skipped`` lines of both."""

    before: tuple[Piece, ...] | None = None
    after: tuple[Piece, ...] | None = None
    changed: bool = False
    skipped: int = 0


def sides(before: str, after: str) -> list[Row]:
    """Put two texts side by side; of long stretches that are the same, the ends.

    Of each side the first 1,500 lines are compared.
    """
    left, right = before.split("\n")[:MOST_LINES], after.split("\n")[:MOST_LINES]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    rows: list[Row] = []
    for kind, begin, end, new_begin, new_end in matcher.get_opcodes():
        if kind == "equal":
            last = end == len(left)
            rows += _same(left[begin:end], first=not begin, last=last)
        else:
            rows += _changed(left[begin:end], right[new_begin:new_end])
    return rows


def _same(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[Row]:
    head, tail = (0 if first else AROUND), (0 if last else AROUND)
    hidden = len(lines) - head - tail
    for number, line in enumerate(lines):
        if hidden > 1 and head <= number < len(lines) - tail:
            if number == head:
                yield Row(skipped=hidden)
            continue
        piece = (Piece(line, changed=False),)
        yield Row(piece, piece)


def _changed(left: Sequence[str], right: Sequence[str]) -> Iterator[Row]:
    for old, new in zip_longest(left, right):
        if old is None or new is None:
            yield Row(_whole(old), _whole(new), changed=True)
        else:
            yield Row(*_words(old, new), changed=True)


def _whole(line: str | None) -> tuple[Piece, ...] | None:
    return None if line is None else (Piece(line, changed=True),)


def _words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    left, right = WORDS.findall(old), WORDS.findall(new)
    if max(len(left), len(right)) > MOST_WORDS:
        return (Piece(old, changed=True),), (Piece(new, changed=True),)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    before: list[Piece] = []
    after: list[Piece] = []
    for kind, begin, end, new_begin, new_end in matcher.get_opcodes():
        differs = kind != "equal"
        if end > begin:
            before.append(Piece("".join(left[begin:end]), differs))
        if new_end > new_begin:
            after.append(Piece("".join(right[new_begin:new_end]), differs))
    return tuple(before), tuple(after)
