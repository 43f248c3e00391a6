"""Where in a text are addresses, one-time codes, places and numbers of people?"""

import re
from collections.abc import Iterator

from deliveries.redaction import numbers
from deliveries.redaction.spans import (
    AcrossLines,
    Clues,
    Detector,
    Kind,
    Span,
    disjoint,
    lowered,
    places,
    surroundings,
)

# Letters of any script and the signs of RFC 5322 atoms; "&", "/" and "?" are left out
# because in logs they end a parameter or a path.
_LOCAL = r"\w.!$%'*+=^`{|}~-"
_EMAIL = re.compile(
    rf"""(?x) (?: "(?P<quoted>[^"\r\n]{{1,64}}+)"
      | (?<![{_LOCAL}])(?P<plain>[{_LOCAL}]++) ) [@＠](?=[\w\[])"""
)
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")
# Addresses of a role name a duty, not a person.
_ROLES = frozenset(
    {"abuse", "hostmaster", "mailer-daemon", "no-reply", "noreply", "postmaster"}
)

_CODE_WORDS = ("code", "otp", "pin", "password", "码", "口令")
_CODE_REACH = 60  # characters around such a word in which the code itself may be
_CODE_NAMES = r"""(?: (?:verification|security|one[ -]?time|log-?in|sign[ -]?in|access
      |confirmation|activation|authentication|2fa|mfa|sms|pass)[ -]?
      (?:pass)?(?:code|word|pin|number) | (?<![a-z])(?:otp|pin)(?:\ code)?
      | (?:your|the)\ (?:code|pin)
      | 验证码 | 校验码 | 动态码 | 动态密码 | 确认码 | 口令 )"""
_CODE = r"""(?: [0-9]{3}[ -][0-9]{3} | [A-Z]-[0-9]{4,8} | [0-9]{4,8}
      | (?=[A-Z]{0,9}[0-9])(?=[0-9]{0,9}[A-Z])[A-Z0-9]{4,10} )(?![A-Za-z0-9])"""
_OTP = re.compile(
    rf"""(?x) (?i:{_CODE_NAMES}) (?i:\ (?:for|to)\ [^\d\n]{{1,30}}?)?
    ["'”’)\]]{{0,2}}\s{{0,2}} (?i:(?:is|was|[:：=–\#-]|是|为)\s{{0,2}}){{0,2}}
    ["'“‘(\[（【]{{0,2}}(?P<v>{_CODE})"""
)
_OTP_BEFORE = re.compile(
    rf"""(?x) (?<![A-Za-z0-9.])(?P<v>{_CODE})
    (?i: \ {{1,2}}(?:is|as)\ (?:your|the)\b[^\d\n]{{0,40}}(?:code|pin|password)
      | \ ?(?:是|为)(?:你|您)?的?[^\d\n]{{0,12}}[码令] | （[^\d\n]{{0,8}}[码令]） )"""
)

_DEGREES = r"[-+]?[0-9]{1,3}\.[0-9]{3,15}"
_COORDINATES = re.compile(
    rf"""(?x) (?<![A-Za-z0-9_.])
    (?: (?P<pair> {_DEGREES}°?\s?[NS]?\s{{0,2}}[,;/]?\s{{1,2}}
        {_DEGREES} | {_DEGREES}[,;/]{_DEGREES} )
      | (?i:lat(?:itude)?|lon(?:g(?:itude)?)?|lng)["']?\s{{0,2}}[:=]\s{{0,2}}["']?
        (?P<single>[-+]?[0-9]{{1,3}}\.[0-9]{{1,15}}) ) (?!\.?[0-9])"""
)


def _emails(text: str) -> Iterator[Span]:
    for found in _EMAIL.finditer(text):
        start, end = found.span("quoted" if found["quoted"] else "plain")
        start = _start_of_local(text, start, end)
        if text[start:end].lower() not in _ROLES:
            yield start, end


def _start_of_local(text: str, start: int, end: int) -> int:
    # "name=ana@…" is a parameter, "bounce-ana=example.org@…" a return path (VERP).
    equals = text.rfind("=", start, end)
    if equals >= 0 and "." not in text[equals:end]:
        start = equals + 1
    # Scripts without spaces run into the address; they are part of it only if it ends
    # in them.
    for letter in range(end - 2, start - 1, -1):
        if _UNSPACED.match(text[letter]) and not _UNSPACED.match(text[end - 1]):
            return letter + 1
    return start


def _codes(text: str) -> Iterator[Span]:
    words = sorted((end, end) for end, _ in places(lowered(text), _CODE_WORDS))
    return disjoint(
        found.span("v")
        for start, end in surroundings(words, _CODE_REACH)
        for pattern in (_OTP, _OTP_BEFORE)
        for found in pattern.finditer(text, start, end)
    )


def _places(text: str) -> Iterator[Span]:
    for found in _COORDINATES.finditer(text):
        yield found.span("pair" if found["pair"] else "single")


def _degrees(clues: Clues) -> bool:
    return clues.long_number or (clues.signs and clues.has("lat", "lon", "lng"))


def _long_number(clues: Clues) -> bool:
    return clues.long_number


DETECTORS = (
    Detector(
        Kind.EMAIL, lambda clues: clues.has("@", "＠"), _emails, AcrossLines.IF_WRAPPED
    ),
    Detector(Kind.NATIONAL_ID, _long_number, numbers.identities),
    Detector(Kind.CARD, _long_number, numbers.cards),
    Detector(
        Kind.OTP,
        lambda clues: clues.has(*_CODE_WORDS),
        _codes,
    ),
    Detector(Kind.PHONE, _long_number, numbers.phones),
    Detector(Kind.COORDINATES, _degrees, _places),
)
