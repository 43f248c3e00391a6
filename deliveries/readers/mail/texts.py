"""Which text does a part of a mail hold, freed of its encodings and of HTML?

Source: RFC 2045, 6 (transfer encodings).
"""

import binascii
import html
import re

from deliveries.readers.mail import charsets
from deliveries.readers.mail.headers import unbase64
from deliveries.readers.mail.parts import Part
from deliveries.readers.mail.reading import Fault

LONGEST_PART = 96 * 1024  # bytes of a part that are decoded

_HIDING = re.compile(r"<(?:!--|(style|script|head|title)\b)", re.IGNORECASE)
_CLOSING = {
    name: re.compile(rf"</{name}\s{{0,5}}>", re.IGNORECASE)
    for name in ("style", "script", "head", "title")
} | {"": re.compile("-->")}
_BREAKS = re.compile(
    r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table|/?blockquote|hr)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,4000}>")
_BLANKS = re.compile(r"[ \t\xa0\u200b\u200c\u200d\u3000]{1,}")
_LETTERS_OF_64 = re.compile(rb"[A-Za-z0-9+/=\s]{0,}+")


def text_of(part: Part) -> tuple[str, list[Fault]]:
    """Return the text of a part, with line feeds alone, and what was wrong."""
    body, faults = _decoded(part)
    charset = part.headers.parameter("charset").strip().lower()
    text, fault = charsets.decode(body, charset)
    if fault:
        faults.append(fault)
    if len(part.body) > LONGEST_PART:
        faults.append(Fault.CUT)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    text = text.replace("\xa0", " ")
    if part.media_type == "text/html":
        text = without_tags(text)
    return text, faults


def _decoded(part: Part) -> tuple[bytes, list[Fault]]:
    how = part.headers.first("content-transfer-encoding").partition(";")[0]
    how = how.strip().strip("\"'").lower()
    body = part.body[:LONGEST_PART]
    if how == "quoted-printable":
        return binascii.a2b_qp(body), []
    if how in ("base64", "b"):
        found = _LETTERS_OF_64.match(body)
        fits = found.end() if found else 0
        # Words that are not encoded at all, though the header says they were.
        if b" " in body[:fits].strip() or fits < min(len(body), 16):
            return body, [Fault.BAD_ENCODING]
        return unbase64(body[:fits]), [] if fits == len(body) else [Fault.BAD_ENCODING]
    return body, []


def without_tags(text: str) -> str:
    """Return the words of a page, a line for each block of it."""
    # Lines of the source mean nothing on a page.
    text = _BREAKS.sub("\x00", _shown(text).replace("\n", " "))
    text = html.unescape(_TAG.sub(" ", text))
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\x00"))
    return "\n".join(lines)


def _shown(text: str) -> str:
    """Leave out comments, styles and programs; one without an end hides nothing."""
    kept: list[str] = []
    endless: set[str] = set()
    done = at = 0
    while found := _HIDING.search(text, at):
        name = (found[1] or "").lower()
        at = found.end()
        if name in endless:
            continue
        if end := _CLOSING[name].search(text, at):
            kept += [text[done : found.start()], " "]
            done = at = end.end()
        else:
            endless.add(name)
    return "".join([*kept, text[done:]])
