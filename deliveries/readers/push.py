"""Which codes does an answer of a push gateway hold?

Source: the reason strings of APNs, the error codes of FCM (v1 and legacy).
"""

import re
from collections.abc import Iterator

from deliveries.readers import http
from deliveries.readers.reading import Code, CodeKind

# Reasons are one word: BadDeviceToken, UNREGISTERED, INVALID_ARGUMENT.
_REASON = re.compile(
    r"\b(?:(?:[A-Z][a-z]{1,20}){2,6}|[A-Z]{3,20}(?:_[A-Z]{2,20}){1,5}|[A-Z]{8,20})\b"
)


def codes(raw: str) -> Iterator[Code]:
    """Yield the codes of fields, then words that are written as reasons are."""
    yield from http.codes(raw)
    for found in _REASON.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
