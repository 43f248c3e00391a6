"""What in a provider's answer came from us, and must not be kept?

Providers repeat what they were told: addresses, texts, now and then a credential.
"""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from deliveries import vault

ANSWER_CHARACTERS = 4096  # of a provider's answer that are kept
SHORTEST = 4  # characters; what is shorter stands in every answer by chance
# A short value may be part of a word or of a code, which has to stay readable.
SHORT = 12
_UNCHANGED = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides people and secrets in what a provider says.

    ``addresses`` (spellings of one), ``secrets`` and ``words`` are what we gave it.
    """

    source_id: int
    addresses: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        """Return the text without personal values, cut to what is kept."""
        ours = self._without_ours(text)
        return vault.redactor(self.source_id).text(ours).text[:ANSWER_CHARACTERS]

    def hides_nothing(self, text: str) -> bool:
        """Say whether a code or reference repeats nothing that we gave.

        What the redactor thinks of it does not count: a reference may look like a
        number of a card, and is not one.
        """
        return self._without_ours(text) == text

    def _without_ours(self, text: str) -> str:
        for values, mark in (
            (self.secrets, "‹secret›"),
            (self.addresses, "‹address›"),
            (self.words, "‹content›"),
        ):
            for spelling in _spellings(values, text):
                text = _without(text, spelling, mark)
        return text


def _spellings(values: Iterable[str], text: str) -> list[str]:
    """Return how values may be written in a text, the longest first; a key by lines."""
    found: set[str] = set()
    for value in values:
        lines = value.splitlines() if "\n" in value else ()
        for each in (value, *lines):
            if len(each) >= SHORTEST and _may_be_in(text, each):
                found |= {
                    each,
                    quote(each, safe=""),
                    quote(each),
                    quote_plus(each),
                    html.escape(each),
                    json.dumps(each)[1:-1],
                    json.dumps(each, ensure_ascii=False)[1:-1],
                    json.dumps(each)[1:-1].replace("/", "\\/"),
                }
    return sorted(found, key=len, reverse=True)


def _may_be_in(text: str, value: str) -> bool:
    """Say whether a value may be in a text; no spelling changes letters and digits."""
    return max(_UNCHANGED.findall(value), key=len, default="") in text


def _without(text: str, value: str, mark: str) -> str:
    if len(value) >= SHORT:
        return text.replace(value, mark)
    return re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", mark, text)
