"""Which published lists of codes are there, and which of them is a provider's own?

The lists lie in ``rules/codes/``. A list names its ``source`` and holds ``means``
(category -> codes whose word is clear), ``hints`` (codes that say little: words tell
more) and ``codes`` (code -> category and a weight of its own). A code may be written
``field=code`` where it means something in that field of the answer only.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from deliveries.readers import CodeKind

SOURCE = Path(__file__).with_name("rules") / "codes"

SURE = 3.4  # a provider's own word
HINT = 1.4  # barely more than "cannot be told"

# Shorter names are parts of other words ("line" of "online").
SHORTEST_PART = 5
_NAME_PARTS = re.compile(r"[^\W_]+")
# What may follow a short name without making it another: "fcmv1", "linebot".
_ENDINGS = re.compile(
    r"(?:sms|push|api|bot|im|cloud|chat|mail|email|webhook|http|gateway|notification"
    r"|notify|legacy|business|prod|production|sandbox|test|kit|v?\d{1,3}){0,4}"
)


@dataclass(frozen=True, slots=True)
class Table:
    """One published list: lower-case code -> (category, weight).

    ``signs`` are sets of words that give away the provider's answer, see ``guessed``;
    ``folder`` is the one of the list, under ``rules/codes/``.
    """

    name: str
    folder: str
    kind: CodeKind
    version: int
    source: str
    channels: frozenset[str]
    providers: tuple[str, ...]
    signs: tuple[tuple[str, ...], ...]
    codes: dict[str, tuple[str, float]]

    def named(self, provider: str) -> bool:
        """Whether the name of a provider, however spelled, is one of this table."""
        return any(_is_name(name, provider.lower()) for name in self.providers)

    def reaches(self, channel: str) -> bool:
        """Whether the table speaks of a channel; most speak of all."""
        return not self.channels or channel in self.channels


class _TableRow(TypedDict, total=False):
    name: str
    kind: str
    version: int
    source: str
    channels: list[str]
    providers: list[str]
    signs: list[list[str]]
    means: dict[str, list[str]]
    hints: dict[str, list[str]]
    codes: dict[str, tuple[str, float]]


def files() -> list[Path]:
    """Return the files of the tables, in one order."""
    return sorted(SOURCE.rglob("*.json"))


@cache
def tables() -> tuple[Table, ...]:
    """Read the tables, once per process; special ones come before general ones."""
    rows: list[tuple[str, _TableRow]] = []
    for file in files():
        stored = json.loads(file.read_text(encoding="utf-8"))["tables"]
        folder = file.relative_to(SOURCE).parts[0].removesuffix(".json")
        rows += [(folder, row) for row in stored]
    read = [
        Table(
            name=row["name"],
            folder=folder,
            kind=CodeKind(row["kind"]),
            version=row["version"],
            source=row["source"],
            channels=frozenset(row.get("channels", ())),
            providers=tuple(row.get("providers", ())),
            signs=tuple(tuple(signs) for signs in row.get("signs", ())),
            codes=dict(_codes(row)),
        )
        for folder, row in rows
    ]
    return tuple(
        sorted(read, key=lambda table: (not table.providers, not table.channels))
    )


def _codes(row: _TableRow) -> Iterator[tuple[str, tuple[str, float]]]:
    for weight, groups in ((HINT, row.get("hints")), (SURE, row.get("means"))):
        for category, codes in (groups or {}).items():
            for code in codes:
                yield code.lower(), (category, weight)
    for code, (category, weight) in row.get("codes", {}).items():
        yield code.lower(), (category, weight)


@cache
def own(channel: str, provider: str) -> tuple[Table, ...]:
    """Return the tables of a provider: those of the channel, or else all it has."""
    named = [table for table in tables() if table.named(provider)]
    return tuple([table for table in named if table.reaches(channel)] or named)


@cache
def general(channel: str) -> tuple[Table, ...]:
    """Return the tables of every provider of a channel."""
    return tuple(
        table for table in tables() if not table.providers and table.reaches(channel)
    )


@cache
def _words() -> dict[str, tuple[tuple[Table, str, float], ...]]:
    """What providers' tables say of codes that are words: letters -> all of it."""
    said: dict[str, list[tuple[Table, str, float]]] = {}
    for table in tables():
        for code, (category, weight) in table.codes.items():
            word = _letters(code)
            if table.providers and "=" not in code and len(word) >= SHORTEST_PART:
                said.setdefault(word, []).append((table, category, weight))
    return {word: tuple(rows) for word, rows in said.items()}


def of_word(code: str) -> Sequence[tuple[Table, str, float]]:
    """Return what any provider means by a word, however it is written.

    Short codes and those that begin with a digit mean different things elsewhere.
    """
    return _words().get(_letters(code), ()) if code[:1].isalpha() else ()


def _letters(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def guessed(channel: str, answer: str) -> Sequence[Table]:
    """Return the tables whose signs stand in an answer, spaces and case aside."""
    plain = re.sub(r"[\s\\]+", "", answer).lower()
    return [
        table
        for table in tables()
        if table.signs
        and table.reaches(channel)
        and any(all(sign in plain for sign in signs) for signs in table.signs)
    ]


def _is_name(name: str, provider: str) -> bool:
    """Whether ``Twilio_SMS``, ``twilio-v1`` or ``linebot`` holds the name."""
    parts = _NAME_PARTS.findall(provider)
    bare = "".join(parts)
    if not name.isascii() or len(name) >= SHORTEST_PART:
        return name in bare
    return any(
        part.startswith(name) and bool(_ENDINGS.fullmatch(part, len(name)))
        for part in (*parts, bare)
    )
