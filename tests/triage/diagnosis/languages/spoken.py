"""Sentences of failures in the languages of the world, invented for the tests.

``sentences/`` holds one file a language: by channel and by category, what a mail
system, a carrier or a platform might say in it. ``unknown.unclassified`` holds what
says nothing, among it denials of what would otherwise be a cause.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from triage.diagnosis.evidence import Evidence

FOLDER = Path(__file__).with_name("sentences")
LANGUAGES = sorted(file.stem for file in FOLDER.glob("*.json"))


class Sentence(NamedTuple):
    """What is said, in which language and over which channel, and what it means."""

    language: str
    channel: str
    category: str
    said: str

    def evidence(self) -> Evidence:
        return Evidence(self.channel, "other", "never_arrived", self.said)


def sentences() -> Iterator[Sentence]:
    for language in LANGUAGES:
        file = FOLDER / f"{language}.json"
        stored = json.loads(file.read_text(encoding="utf-8"))
        for channel, by_category in stored.items():
            for category, says in by_category.items():
                for said in says:
                    yield Sentence(language, channel, category, said)


SENTENCES = list(sentences())
