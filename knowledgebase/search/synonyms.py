"""By which other names is a thing called, in either language?

The vocabulary is data: ``synonyms.json`` beside this file, each group with the reason
why its names mean the same to somebody who searches.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("synonyms.json")


@dataclass(frozen=True, slots=True)
class Group:
    """Names of one thing; ``heard`` are those that people say and no article writes."""

    name: str
    reason: str
    sayings: tuple[str, ...]
    heard: tuple[str, ...]


@cache
def groups() -> tuple[Group, ...]:
    """Every group of the file."""
    read = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Group(
            f"={number}",
            each["reason"],
            (*each["en"], *each["zh"]),
            tuple(each.get("heard", ())),
        )
        for number, each in enumerate(read["groups"])
    )


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, list[Group]]]:
    named: dict[str, list[Group]] = {}
    for group in groups():
        for name in (*group.sayings, *group.heard):
            named.setdefault(name, []).append(group)
    longest = sorted(named, key=len, reverse=True)
    # A Latin name is a whole word; Chinese has no edges.
    wanted = (
        rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])"
        if name[0].isascii()
        else re.escape(name)
        for name in longest
    )
    return re.compile("|".join(wanted)), named


def groups_in(text: str) -> list[tuple[Group, str]]:
    """Return the groups of which a text in lower case says a name, with that name."""
    pattern, named = _pattern()
    told: dict[str, tuple[Group, str]] = {}
    for match in pattern.finditer(text):
        for group in named[match[0]]:
            told.setdefault(group.name, (group, match[0]))
    return list(told.values())
