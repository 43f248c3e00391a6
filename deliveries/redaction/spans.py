"""Which kinds of personal and secret values are looked for, and how is that told?"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]  # start and end offset of a value in a text


class Kind(StrEnum):
    """What a masked value was; the word in ``‹kind:xxxx›``."""

    PRIVATE_KEY = "private_key"
    HEADER = "header"
    JWT = "jwt"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    USERINFO = "userinfo"
    QUERY = "query"
    EMAIL = "email"
    NATIONAL_ID = "national_id"
    CARD = "card"
    OTP = "otp"
    PHONE = "phone"
    COORDINATES = "coordinates"


class AcrossLines(StrEnum):
    """May a value be believed that only shows once a line end is removed?"""

    NO = "no"
    YES = "yes"  # its form leaves no doubt
    IF_SECRETIVE = "if_secretive"  # open at the end: what follows must not be a word
    IF_WRAPPED = "if_wrapped"  # open at the start: what precedes must belong to it


# An IPv4 address, a time or a reply code, which are common and read over; or else six
# digits and more with signs or capitals between: phone, card, identity, place.
_LONG_NUMBER = re.compile(
    r"""(?x) [0-9] (?:
      [0-9]{0,2}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])
    | (?<=[12])[0-9]{3}-[0-9]{2}-[0-9]{2}(?![0-9-])
      (?:[T ][0-9]{2}(?::[0-9]{2}){1,2}(?:[.,][0-9]{1,9})?(?:[ ]?[+-][0-9:]{4,5})?)?
    | (?<=[245])[0-9]{2}[ -][245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9])
    | (?P<number>(?:[A-Z ().,/-]{0,3}[0-9]){5}) )"""
)
LEAST_RUN = 12  # characters; shorter runs are not looked at as base64

# A word, a CamelCase or snake_case code, a host name; not what a machine drew by lot.
_PART = r"(?:[A-Z]?[a-z]{1,20}+(?:[A-Z][a-z]{2,20}+)*+|[A-Z]{1,20}+)"
_WORD = re.compile(rf"{_PART}(?:[-_.:/]{{1,3}}{_PART})*[.:!?]*")


class Clues:
    """Cheap signs by which a detector sees that its patterns need not run."""

    __slots__ = ("long_number", "longest_mixed", "longest_run", "lower", "signs")

    def __init__(self, text: str) -> None:
        """Look a text over once; lengths are of runs without white space."""
        self.lower = lowered(text)
        runs = [run for run in text.split() if len(run) >= LEAST_RUN]
        self.longest_run = max(map(len, runs), default=0)
        self.longest_mixed = max((len(r) for r in runs if not r.islower()), default=0)
        self.long_number = next(long_numbers(text), None) is not None
        self.signs = ":" in text or "=" in text

    def has(self, *words: str) -> bool:
        """Tell whether one of the words (lower case) is in the text, in any case."""
        return any(map(self.lower.__contains__, words))


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind with its patterns; ``find`` yields disjoint spans from left to right.

    ``worth`` may say yes too often, but no only where ``find`` would yield nothing.
    """

    kind: Kind
    worth: Callable[[Clues], bool]
    find: Callable[[str], Iterator[Span]]
    across: AcrossLines = AcrossLines.YES


def lowered(text: str) -> str:
    """Return the text in lower case, letter for letter: every offset stays."""
    return text.replace("İ", "I").lower()


def places(lower: str, words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield each offset behind one of the words in a lower-case text, with the word."""
    for word in words:
        at = lower.find(word)
        while at >= 0:
            yield at + len(word), word
            at = lower.find(word, at + len(word))


def surroundings(spans: Iterable[Span], reach: int) -> Iterator[Span]:
    """Yield spans from left to right, widened by ``reach`` and merged where they meet.

    An end may lie beyond the end of the text.
    """
    start = end = -1
    for first, last in spans:
        if first - reach > end:
            if end >= 0:
                yield start, end
            start = max(0, first - reach)
        end = last + reach
    if end >= 0:
        yield start, end


def long_numbers(text: str) -> Iterator[Span]:
    """Yield where a text may hold a phone, card or identity number, or a place."""
    for found in _LONG_NUMBER.finditer(text):
        if found["number"]:
            yield found.span()


def secretive(value: str) -> bool:
    """Tell a value that a machine made from words and from readable codes."""
    return not _WORD.fullmatch(value)


def values(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    """Return a finder for the group ``v`` of a pattern."""
    return lambda text: (found.span("v") for found in pattern.finditer(text))


def disjoint(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans from left to right; of two that overlap, the first."""
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            yield start, end
            done = end
