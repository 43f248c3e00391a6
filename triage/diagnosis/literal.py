"""Does a text hold a phrase in which ``*`` stands for any run of characters, and where?

Compared without regard to case and to how white space is written. A phrase begins and
ends at the edge of a word, unless a ``*`` stands there. Time grows with the length of
the text: every search goes on where the one before it ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

STAR = "*"
LONGEST_PATTERN = 200  # characters
MOST_STARS = 4
LEAST_LITERAL = 4  # letters and digits of a phrase; fewer stand in every answer
LEAST_IDEOGRAPHS = 2  # a Chinese or Japanese word is shorter

# An answer says what it has to say early; the rest is quoted mail or a stack trace.
LONGEST_TEXT = 20_000  # characters

# From here on scripts are written without blanks, or with particles joined to a word.
_JOINED_SCRIPTS = "\u0e00"


class Flaw(StrEnum):
    """Why a pattern cannot be used."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTROL = "control"
    TOO_MANY_STARS = "too_many_stars"
    TOO_LITTLE = "too_little"
    NOT_A_CODE = "not_a_code"


def flaw(pattern: str, *, of_code: bool) -> Flaw | None:
    """Say what is wrong with a code or a phrase; nothing if it can be used."""
    if not pattern.strip():
        return Flaw.EMPTY
    if len(pattern) > LONGEST_PATTERN:
        return Flaw.TOO_LONG
    if not pattern.isprintable():
        return Flaw.CONTROL
    if of_code:
        is_code = STAR not in pattern and len(pattern.split()) == 1
        return None if is_code else Flaw.NOT_A_CODE
    if pattern.count(STAR) > MOST_STARS:
        return Flaw.TOO_MANY_STARS
    literal = [letter for letter in pattern if letter.isalnum()]
    joined = sum(letter >= _JOINED_SCRIPTS for letter in literal)
    enough = len(literal) >= LEAST_LITERAL or joined >= LEAST_IDEOGRAPHS
    return None if enough else Flaw.TOO_LITTLE


def find(pattern: str, text: str) -> tuple[int, int] | None:
    """Say where a phrase stands in a text, in characters of the text as it is.

    The span runs from the first literal character to the last one.
    """
    folded = _fold(text)
    span = _span(_pieces(pattern), folded)
    if span is None:
        return None
    places = _places(text[:LONGEST_TEXT])
    return places[span[0]], places[span[1] - 1] + 1


@lru_cache(maxsize=64)
def _fold(text: str) -> str:
    """Lower case, and one blank for every run of white space."""
    return " ".join(text[:LONGEST_TEXT].casefold().split())


def _places(text: str) -> list[int]:
    """For each character of the folded text, the place from which it came."""
    places: list[int] = []
    gap: int | None = None
    for place, letter in enumerate(text):
        if letter.isspace():
            gap = place if gap is None and places else gap
            continue
        if gap is not None:
            places.append(gap)
            gap = None
        places += [place] * len(letter.casefold())
    return places


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What must stand in the text, in this order; open ends may lie inside a word."""

    literal: tuple[str, ...]
    open_start: bool
    open_end: bool


@lru_cache(maxsize=1024)
def _pieces(pattern: str) -> _Pieces:
    folded = _fold(pattern)
    literal = tuple(piece.strip() for piece in folded.split(STAR) if piece.strip())
    return _Pieces(literal, folded.startswith(STAR), folded.endswith(STAR))


def _span(pieces: _Pieces, text: str) -> tuple[int, int] | None:
    """The earliest match, and of those that end there the shortest."""
    literal = pieces.literal
    if not literal:
        return None
    ends: list[int] = []  # of every piece but the last
    at = 0
    for number, piece in enumerate(literal):
        is_first, is_last = number == 0, number == len(literal) - 1
        free_start = pieces.open_start or not is_first
        free_end = pieces.open_end or not is_last
        start = _at_edges(text, piece, at, free_start=free_start, free_end=free_end)
        if start < 0:
            return None
        at = start + len(piece)
        ends.append(at)
    return _shortest(pieces, text, ends)


def _at_edges(
    text: str, piece: str, at: int, *, free_start: bool, free_end: bool
) -> int:
    """The first place of a piece whose bound ends lie at edges of words, or -1."""
    start = text.find(piece, at)
    while start >= 0:
        end = start + len(piece)
        if (free_start or _is_edge(text, start)) and (free_end or _is_edge(text, end)):
            return start
        start = text.find(piece, start + 1)
    return -1


def _is_edge(text: str, at: int) -> bool:
    """Whether no word of a script with blanks goes on across this place."""
    if not 0 < at < len(text):
        return True
    beside = text[at - 1 : at + 1]
    return not all(each.isalnum() and each < _JOINED_SCRIPTS for each in beside)


def _shortest(pieces: _Pieces, text: str, ends: Sequence[int]) -> tuple[int, int]:
    """Move the pieces before the last one as far to the end as they go."""
    literal = pieces.literal
    start = ends[-1] - len(literal[-1])
    for number in range(len(literal) - 2, -1, -1):
        piece = literal[number]
        later = text.rfind(piece, 0, start)
        bound = number == 0 and not pieces.open_start
        while bound and later > 0 and not _is_edge(text, later):
            later = text.rfind(piece, 0, later + len(piece) - 1)
        start = later
    return start, ends[-1]
