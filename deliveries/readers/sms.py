"""Which codes does an answer of a text-message gateway hold?

Source: SMPP 3.4, 5.1.3 (command status) and appendix B (delivery receipts); the states
of CMPP and SGIP gateways.
"""

import re
from collections.abc import Iterator

from deliveries.readers import http, written
from deliveries.readers.reading import Code, CodeKind

_SMPP = re.compile(r"\bESME_[A-Z_]{2,30}\b|\b0x[0-9A-Fa-f]{2,8}\b")
# As in: MK:0001, SGIP:2:12 or VALVE:M_MC
_CARRIER = re.compile(
    r"\b(?:[A-Z]{2}:\d{4}|SGIP:\d{1,3}(?::\d{1,3})?|VALVE:[A-Z]_MC)\b"
)


def codes(raw: str) -> Iterator[Code]:
    """Yield command statuses and states of carriers, then codes of fields and words."""
    for pattern in (_SMPP, _CARRIER):
        for found in pattern.finditer(raw):
            yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
    yield from http.codes(raw)
    yield from written.dotted(raw)
    yield from written.loud(raw)
    yield from written.camel(raw)
    yield from written.numbered(raw)
