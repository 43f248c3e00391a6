"""Which codes does an answer of a mail system hold?

Source: RFC 5321, 4.2 (reply codes) and RFC 3463 (enhanced status codes).
"""

import re
from collections.abc import Iterator

from deliveries.readers.reading import Code, CodeKind

# Neither part of an address of the network, nor of a version, nor of a longer number.
ENHANCED = re.compile(r"(?<![\w.])([245])\.([0-7])\.(\d{1,3})(?!\.?\d)")
# A reply code opens a line or follows a sign; elsewhere three digits count something.
BASIC = re.compile(
    r"(?:(?<=^)|(?<=[\n:;>\"'\[(#]) ?|(?<=error )|(?<=code )|(?<=SMTP )|(?<=\d{3} ))"
    r"([245][0-7]\d)(?=[ \-,:;)\]\"']|$)(?!-?\d{2})"
)
_BEFORE_ENHANCED = re.compile(r"([245][0-7]\d)[ -]#?$")


def codes(raw: str) -> Iterator[Code]:
    """Yield the enhanced status codes, then the basic reply codes."""
    bare: dict[int, str] = {}
    for found in ENHANCED.finditer(raw):
        yield Code(CodeKind.ENHANCED, found[0], found.start(), found.end())
        before = _BEFORE_ENHANCED.search(raw, max(0, found.start() - 5), found.start())
        if before:
            bare[before.start(1)] = before[1]
    for found in BASIC.finditer(raw):
        bare[found.start(1)] = found[1]
    for start, value in sorted(bare.items()):
        yield Code(CodeKind.SMTP, value, start, start + len(value))
