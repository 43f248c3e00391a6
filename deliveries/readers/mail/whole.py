"""Is an answer a whole mail, and where in it stands what was read from it?"""

import re

from deliveries.readers.mail.reader import read_mail
from deliveries.readers.mail.reading import KIND, MailKind, MailReading

MOST_LINES = 60  # in which the fields of a mail are looked for
FEWEST_FIELDS = 2  # of those below; one opens many an answer that is no mail
_MOST_WORDS = 40  # of a span that is looked for across line ends
_CONTEXT = 16  # characters around a span by which it is found again

_KNOWN = re.compile(
    r"(?:return-path|received|delivered-to|envelope-to|x-original-to|from|to|subject|date"
    r"|message-id|mime-version|content-type|auto-submitted|precedence|reply-to"
    r"|dkim-signature|content-transfer-encoding|x-failed-recipients"
    r"|x-undelivered-kind)[ \t]{0,4}:",
    re.IGNORECASE,
)
_FIELD = re.compile(r"[!-9;-~]{1,76}[ \t]{0,4}:|[ \t]")
_MAILBOX = re.compile(r"\ufeff?\s{0,40}(?:>?From [^\n]{1,200}\n)?")


def opened(text: str) -> MailReading | None:
    """Read an answer that begins with the header of a mail; None for any other."""
    start = _MAILBOX.match(text)
    at = start.end() if start else 0
    names: set[str] = set()
    for _ in range(MOST_LINES):
        stop = text.find("\n", at)
        line = text[at : stop if stop >= 0 else len(text)].rstrip("\r")
        if not line or not _FIELD.match(line):
            break
        if found := _KNOWN.match(line):
            names.add(found[0].lower())
        if stop < 0:
            break
        at = stop + 1
    if len(names) < FEWEST_FIELDS:
        return None
    return read_mail(text.encode("utf-8", "replace"))


def excerpt(reading: MailReading) -> str:
    """Return what of a mail is worth filing: its words, and its kind where that counts.

    ``opened`` finds the same kind and the same words in it.
    """
    if reading.kind in (MailKind.BOUNCE, MailKind.OTHER):
        return reading.answer
    subject = reading.subject
    return f"{KIND}: {reading.kind}\nSubject: {subject}\n\n{reading.answer}\n"


def place(answer: str, start: int, end: int, text: str) -> tuple[int, int] | None:
    """Return where in the mail a span of its answer stands; None if it was encoded.

    Both are counted in characters. The mail's body is looked through before its header.
    """
    body = max(0, text.find("\n\n"), text.find("\r\n\r\n"))
    line_start = answer.rfind("\n", 0, start) + 1
    line_end = answer.find("\n", end)
    line_end = len(answer) if line_end < 0 else line_end
    first = max(line_start, start - _CONTEXT)
    last = min(line_end, end + _CONTEXT)
    for left, right in ((first, last), (start, last), (first, end), (start, end)):
        if (found := text.find(answer[left:right], body)) >= 0:
            begin = found + start - left
            return begin, begin + end - start
    # The mail may have broken the words over lines.
    words = [re.escape(word) for word in answer[start:end].split()]
    if not 1 < len(words) <= _MOST_WORDS:
        return None
    broken = re.compile(r"\s{1,20}".join(words)).search(text, body)
    return broken.span() if broken else None
