"""Which codes does an answer of a push gateway hold?

Source: the reason strings of APNs, the error codes of FCM (v1 and legacy), the keys of
OneSignal.
"""

from collections.abc import Iterator

from deliveries.readers import http, written
from deliveries.readers.reading import Code


def codes(raw: str) -> Iterator[Code]:
    """Yield the codes of fields, then words that are written as codes are."""
    yield from http.codes(raw)
    yield from written.dotted(raw)
    yield from written.camel(raw)
    yield from written.loud(raw)
    yield from written.snake(raw)
