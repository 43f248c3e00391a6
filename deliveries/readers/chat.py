"""Which codes does an answer of a chat platform hold?"""

import re
from collections.abc import Iterator

from deliveries.readers import http
from deliveries.readers.reading import Code, CodeKind

# "(#131026) Message undeliverable", "error channel_not_found".
_NUMBERED = re.compile(r"\(#(\d{1,8})\)")
_SNAKE = re.compile(r"\b[a-z]{2,20}(?:_[a-z]{2,20}){1,4}\b")


def codes(raw: str) -> Iterator[Code]:
    """Yield the codes of fields, then numbers and words written as codes are."""
    yield from http.codes(raw)
    for found in _NUMBERED.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[1], found.start(1), found.end(1))
    for found in _SNAKE.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
