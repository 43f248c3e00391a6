"""Which reader reads which channel, and what do all of them do alike?"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from deliveries.readers import chat, http, push, sms, smtp
from deliveries.readers.fields import fields
from deliveries.readers.mail import MailReading, opened, place
from deliveries.readers.reading import (
    LONGEST_ANSWER,
    MOST_CODES,
    Code,
    CodeKind,
    Place,
    Reading,
)

CodeReader: TypeAlias = Callable[[str], Iterator[Code]]


def _mail(raw: str) -> Iterator[Code]:
    """A bounce, or a mail provider's report of one in JSON."""
    return chain(smtp.codes(raw), http.codes(raw) if "{" in raw else ())


_READERS: dict[str, CodeReader] = {
    "email": _mail,
    "sms": sms.codes,
    "push": push.codes,
    "chat": chat.codes,
    "social": chat.codes,
}
_GIVEN_STATUS = frozenset({"webhook", "push"})  # a bare 404 is one of HTTP there

_LINE_PREFIX = re.compile(r"(?m)^[245][0-7]\d[ -](?:[245]\.[0-7]\.\d{1,3}[ ]?)?")
_THREE_DIGITS = re.compile(r"[1-5]\d\d")
_WAIT_FIELD = re.compile(
    r"retry[-_ ]?after\\?\"?\s{0,3}[:=]?\s{0,3}\\?\"?(\d{1,6})\b", re.IGNORECASE
)
_WAIT_WORDS = re.compile(
    r"(?:again|retry|wait)\s{1,3}(?:in|after|for)?\s{0,3}(\d{1,5})\s?"
    r"(seconds?|secs?|minutes?|mins?|hours?)",
    re.IGNORECASE,
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def read(
    channel: str,
    raw: str,
    provider_code: str = "",
    enhanced_code: str = "",
) -> Reading:
    """Find codes, words and a wished wait in an answer and the codes beside it.

    Looks at the first 20,000 characters; takes time in proportion to them and never
    raises, whatever the text holds. Codes given beside the answer come first; those
    that stand in it as well point there. Of an answer that is a whole mail, the words
    and codes are those that tell of the failure.
    """
    raw = raw[:LONGEST_ANSWER]
    if channel == "email" and (mail := opened(raw)):
        return _inside(raw, mail, provider_code, enhanced_code)
    reader = _READERS.get(channel, http.codes)
    given = _given(channel, provider_code, enhanced_code)
    return Reading(_once(chain(given, reader(raw))), _text(raw), _wait_s(raw))


def spoken(channel: str, raw: str) -> str:
    """Return the words of an answer that tell: of a whole mail a part, else all."""
    mail = opened(raw[:LONGEST_ANSWER]) if channel == "email" else None
    return raw if mail is None else mail.answer


def _inside(
    raw: str, mail: MailReading, provider_code: str, enhanced_code: str
) -> Reading:
    """Read the words of a mail; codes point to where they stand in all of it."""
    given = _given("email", provider_code, enhanced_code)
    found = (
        replace(code, place=Place.ANSWER)
        for code in _given("email", mail.smtp_code, mail.enhanced_code)
    )
    codes = _once(chain(given, _mail(mail.answer), found))
    placed = []
    for code in codes:
        start, end = code.start, code.end
        if start is not None and end is not None:
            start, end = place(mail.answer, start, end, raw) or (None, None)
        placed.append(replace(code, start=start, end=end))
    return Reading(tuple(placed), _text(mail.answer), _wait_s(mail.answer))


def _given(channel: str, provider_code: str, enhanced_code: str) -> Iterator[Code]:
    for value, where in (
        (enhanced_code.strip(), Place.ENHANCED_CODE),
        (provider_code.strip(), Place.PROVIDER_CODE),
    ):
        if value:
            yield Code(_kind(channel, value), value, place=where)


def _kind(channel: str, value: str) -> CodeKind:
    if smtp.ENHANCED.fullmatch(value):
        return CodeKind.ENHANCED
    if _THREE_DIGITS.fullmatch(value):
        if channel == "email":
            return CodeKind.SMTP
        if channel in _GIVEN_STATUS:
            return CodeKind.HTTP
    return CodeKind.PROVIDER


def _once(codes: Iterable[Code]) -> tuple[Code, ...]:
    """Keep the first of equal codes and count them; one spot is one code."""
    kept: dict[tuple[CodeKind, str], Code] = {}
    spots: set[tuple[Place, int | None]] = set()
    for code in codes:
        spot = (code.place, code.start)
        if code.start is not None and spot in spots:
            continue
        spots.add(spot)
        key = (code.kind, code.value)
        if known := kept.get(key):
            # A place that can be pointed to is worth more than one that cannot.
            better = known if code.start is None or known.start is not None else code
            kept[key] = replace(better, times=known.times + 1)
        elif len(kept) < MOST_CODES:
            kept[key] = code
    return tuple(kept.values())


def _text(raw: str) -> str:
    """The words for people: named ones of a structured answer, else all of them."""
    found = [each.value for each in fields(raw) if each.holds_words]
    words = " ".join(dict.fromkeys(found)) if raw.lstrip()[:1] in "{[<" else ""
    return " ".join((words or _LINE_PREFIX.sub("", raw)).split())


def _wait_s(raw: str) -> int | None:
    if found := _WAIT_FIELD.search(raw):
        return int(found[1])
    if found := _WAIT_WORDS.search(raw):
        return int(found[1]) * _SECONDS[found[2][0].lower()]
    return None
