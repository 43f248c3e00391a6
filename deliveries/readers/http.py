"""Which codes does an answer over HTTP hold? Source: RFC 9110, 15."""

import re
from collections.abc import Iterator

from deliveries.readers.fields import fields
from deliveries.readers.reading import Code, CodeKind

_STATUS = re.compile(
    r"\bHTTP(?:/[\d.]{1,3})?[ :]{1,2}(?:status |error |code )?([1-5]\d\d)\b",
    re.IGNORECASE,
)


def codes(raw: str) -> Iterator[Code]:
    """Yield statuses, then every code that a field of the answer names."""
    for found in _STATUS.finditer(raw):
        yield Code(CodeKind.HTTP, found[1], found.start(1), found.end(1))
    for field in fields(raw):
        if field.holds_http_status:
            yield Code(CodeKind.HTTP, field.value, field.start, field.end)
        elif field.holds_code:
            yield Code(CodeKind.PROVIDER, field.value, field.start, field.end)
