"""Which codes does an answer of a text-message gateway hold?

Source: SMPP 3.4, 5.1.3 (command status) and appendix B (delivery receipts).
"""

import re
from collections.abc import Iterator

from deliveries.readers import http
from deliveries.readers.reading import Code, CodeKind

_SMPP = re.compile(r"\bESME_[A-Z_]{2,30}\b|\b0x[0-9A-Fa-f]{2,8}\b")
# Codes made of words and dots, as clouds of China write them.
_DOTTED = re.compile(r"\b[A-Za-z]{2,30}\.[A-Za-z][A-Za-z_]{2,50}\b")


def codes(raw: str) -> Iterator[Code]:
    """Yield command statuses and receipts, then codes of fields."""
    for found in _SMPP.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
    yield from http.codes(raw)
    for found in _DOTTED.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
