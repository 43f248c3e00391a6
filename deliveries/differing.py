"""In which lines do two answers differ?

What is the same in both is kept in between, so that one reads the difference in its
place. Marks of the redactor stand for equal values in both, so they compare like words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MOST_LINES = 400  # of each side; comparing takes the square of it at worst


class Side(StrEnum):
    """On which side a line stands."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and on which side it stands."""

    side: Side
    text: str


def lines(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    """Return the lines of both sides in one order, what went before what came.

    Of each side the first 400 lines are compared.
    """
    before, after = before[:MOST_LINES], after[:MOST_LINES]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    found: list[Line] = []
    for kind, begin, end, new_begin, new_end in matcher.get_opcodes():
        if kind == "equal":
            found += [Line(Side.BOTH, each) for each in before[begin:end]]
            continue
        found += [Line(Side.BEFORE, each) for each in before[begin:end]]
        found += [Line(Side.AFTER, each) for each in after[new_begin:new_end]]
    return found
