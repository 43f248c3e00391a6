"""In which words do mail systems of the world say what a program must recognise?

The words stand in ``wordings.json``: meaning -> language -> pieces of regular
expressions, all of bounded repetition. Add a language there.
"""

import json
import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("wordings.json")


@cache
def pieces(meaning: str) -> str:
    """Return all wordings of a meaning as one alternative, to build a pattern with.

    Raises ``KeyError`` for a meaning that the file does not hold.
    """
    by_language: dict[str, list[str]] = _stored()[meaning]
    return "|".join(piece for said in by_language.values() for piece in said)


def anywhere(meaning: str) -> re.Pattern[str]:
    """Return a pattern that finds a wording of a meaning in a text."""
    return re.compile(pieces(meaning), re.IGNORECASE)


@cache
def _stored() -> dict[str, dict[str, list[str]]]:
    stored: dict[str, dict[str, list[str]]] = json.loads(
        SOURCE.read_text(encoding="utf-8")
    )
    return stored
