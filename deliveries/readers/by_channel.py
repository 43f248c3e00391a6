"""Which reader reads which channel, and what do all of them do alike?"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from deliveries.readers import (
    chat,
    client_log,
    headers,
    http,
    mail_codes,
    push,
    sms,
    smtp,
    written,
)
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
    return chain(mail_codes.codes(raw), smtp.codes(raw))


def _hook(raw: str) -> Iterator[Code]:
    """An answer of an endpoint or of a program that called it; also of the unknown."""
    return chain(http.codes(raw), written.snake(raw), written.dotted(raw))


_READERS: dict[str, CodeReader] = {
    "email": _mail,
    "sms": sms.codes,
    "push": push.codes,
    "chat": chat.codes,
    "social": chat.codes,
}
# Other names of the channels that reports come with.
_CALLED = {
    "mail": "email",
    "smtp": "email",
    "emailwebhook": "email",
    "voice": "sms",
    "call": "sms",
    "mms": "sms",
    "text": "sms",
    "im": "chat",
    "instantmessage": "chat",
    "messenger": "chat",
    "rcs": "chat",
    "webpush": "push",
    "notification": "push",
    "socialmedia": "social",
    "http": "webhook",
    "hook": "webhook",
}
_GIVEN_STATUS = frozenset({"webhook", "push"})  # a bare 404 is one of HTTP there

_LINE_PREFIX = re.compile(r"(?m)^[245][0-7]\d[ -](?:[245]\.[0-7]\.\d{1,3}[ ]?)?")
_THREE_DIGITS = re.compile(r"[1-5]\d\d")
_SHORT_NUMBER = re.compile(r"-?\d{1,3}")


def known_channel(name: str) -> str:
    """Return our own name of a channel: ``email-webhook`` is ``email``.

    A channel that we do not know keeps its name.
    """
    letters = "".join(letter for letter in name.lower() if letter.isalnum())
    return _CALLED.get(letters, letters)


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
    channel = known_channel(channel)
    if channel == "email" and (mail := opened(raw)):
        return _inside(raw, mail, provider_code, enhanced_code)
    reader = _READERS.get(channel, _hook)
    given = _given(channel, provider_code, enhanced_code)
    found = chain(given, client_log.states(raw), reader(raw), client_log.names(raw))
    return Reading(_once(found), _text(raw), headers.wait_s(raw))


def spoken(channel: str, raw: str) -> str:
    """Return the words of an answer that tell: of a whole mail a part, else all."""
    mail = opened(raw[:LONGEST_ANSWER]) if known_channel(channel) == "email" else None
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
    return Reading(tuple(placed), _text(mail.answer), headers.wait_s(mail.answer))


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
    kept: dict[tuple[CodeKind, str, str], Code] = {}
    spots: set[tuple[Place, int | None]] = set()
    for code in codes:
        spot = (code.place, code.start)
        if code.start is not None and spot in spots:
            continue
        spots.add(spot)
        # A short number means something in its field alone.
        short = _SHORT_NUMBER.fullmatch(code.value)
        key = (code.kind, code.value, code.field if short else "")
        if known := kept.get(key):
            # A place that can be pointed to is worth more than one that cannot.
            better = known if code.start is None or known.start is not None else code
            field = better.field or code.field
            kept[key] = replace(better, times=known.times + 1, field=field)
        elif len(kept) < MOST_CODES:
            kept[key] = code
    return tuple(kept.values())


def _text(raw: str) -> str:
    """The words for people: named ones of a structured answer, else all of them."""
    found = [each.value for each in fields(raw) if each.holds_words]
    words = " ".join(dict.fromkeys(found)) if raw.lstrip()[:1] in "{[<" else ""
    return " ".join((words or _LINE_PREFIX.sub("", raw)).split())
