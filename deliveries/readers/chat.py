"""Which codes does an answer of a chat platform hold?"""

from collections.abc import Iterator

from deliveries.readers import http, written
from deliveries.readers.reading import Code


def codes(raw: str) -> Iterator[Code]:
    """Yield the codes of fields, then numbers and words written as codes are."""
    yield from http.codes(raw)
    yield from written.numbered(raw)
    yield from written.dotted(raw)
    yield from written.snake(raw)
    yield from written.camel(raw)
    yield from written.loud(raw)
