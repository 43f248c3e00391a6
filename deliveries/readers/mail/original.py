"""Where in a notice does the mail begin that could not be delivered?

Its words say nothing about the failure. It is announced, or begins with the fields that
every mail on its way has.
"""

import re
from collections.abc import Sequence

from deliveries.readers.mail import wordings

_SIGNS = r"[-=_*#~>|+\s]{0,80}"
# A line of its own that announces the mail; the notice has ended.
_ANNOUNCED = re.compile(
    rf"{_SIGNS}(?:{wordings.pieces('announces')}){_SIGNS}[:：.。]?{_SIGNS}",
    re.IGNORECASE,
)
# Only a mail on its way has these; a notice that sums up has From, To and Subject.
_TRACE = re.compile(
    r"(?:Received|Return-Path|DKIM-Signature|X-Mailer|MIME-Version|X-Received"
    r"|ARC-Seal|Content-Transfer-Encoding|X-Originating-IP"
    r"|Received-SPF|DomainKey-Signature|Delivered-To|X-[A-Za-z-]{2,40}):[ \t]",
    re.IGNORECASE,
)
# A summary may have this as well, but set in from the margin.
_OF_ANY_MAIL = re.compile(r"Message-ID:[ \t]", re.IGNORECASE)
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,40}:([ \t]|$)")
_SAYS_SO = re.compile(
    r"\b(?:follow|below|copy|copia|c[óo]pia|kopie|folgt)|以下|如下", re.IGNORECASE
)
_FARTHEST = 4  # lines after the announcement
_FEWEST_FIELDS = 3
_LONGEST_ANNOUNCEMENT = 140  # characters


def begins(lines: Sequence[str]) -> int:
    """Return the index of the line that the original begins with, or their number."""
    fields, trace, first = 0, False, 0
    for at, line in enumerate(lines):
        bare = line.lstrip("> \t") if line.startswith((">", " ")) else line
        if len(line) <= _LONGEST_ANNOUNCEMENT and _announces(line, lines, at):
            return at
        if _FIELD.match(bare):
            first = first if fields else at
            fields += 1
            trace = trace or bool(_TRACE.match(bare) or _OF_ANY_MAIL.match(line))
            if trace and fields >= _FEWEST_FIELDS:
                return first
        elif not line.startswith((" ", "\t")) or not line.strip():
            fields, trace = 0, False
    return len(lines)


def _announces(line: str, lines: Sequence[str], at: int) -> bool:
    """Whether a line announces the mail: it says so, or a mail or nothing follows.

    "Undeliverable mail" is also a heading over the reason.
    """
    bare = line.strip()
    if not bare or not _ANNOUNCED.fullmatch(bare):
        return False
    if _SAYS_SO.search(bare):
        return True
    after = [each for each in lines[at + 1 : at + 1 + _FARTHEST] if each.strip()]
    return not after or any(
        _FIELD.match(each.lstrip("> \t")) or each.startswith(">") for each in after
    )
