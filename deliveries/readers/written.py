"""Which words of an answer are written as codes are, outside any field?"""

import re
from collections.abc import Iterator

from deliveries.readers.reading import Code, CodeKind

# BadDeviceToken, SSLHandshakeException, ENOTFOUND, MOBILE_NOT_ON_SERVICE.
_CAMEL = re.compile(
    r"\b(?:(?:[A-Z]{1,5}[a-z]{1,20}){2,6}(?:_[A-Z][a-z]{1,20})?|[A-Z]{2,6}[a-z]{3,20})\b"
)
_LOUD = re.compile(
    r"\b(?:[A-Z][A-Z0-9]{1,20}(?:_[A-Z0-9]{2,20}){1,6}|[A-Z]{6,20})(?:_\d{1,6})?\b"
)
# channel_not_found, invalid_player_ids, error-not-allowed.
_SNAKE = re.compile(r"\b[a-z]{2,20}(?:_[a-z]{2,20}){1,5}\b")
_DASHED = re.compile(r"\berror(?:-[a-z]{2,20}){1,5}\b")
# isv.BUSINESS_LIMIT_CONTROL, FailedOperation.ContainSensitiveWord.
_DOTTED = re.compile(r"\b[A-Za-z]{2,30}(?:\.[A-Za-z][A-Za-z_]{2,50}){1,4}\b")
# messaging/invalid-argument
_SLASHED = re.compile(r"\bmessaging/[a-z]{2,20}(?:-[a-z]{1,20}){1,6}\b")
# "(#131026) Message undeliverable"
_NUMBERED = re.compile(r"\(#(\d{1,8})\)")


def camel(raw: str) -> Iterator[Code]:
    """Yield words of several capitalised parts."""
    return _words(_CAMEL, raw)


def loud(raw: str) -> Iterator[Code]:
    """Yield words in capitals; a number may end them."""
    return _words(_LOUD, raw)


def snake(raw: str) -> Iterator[Code]:
    """Yield small words joined by low lines, or by dashes after ``error``."""
    yield from _words(_SNAKE, raw)
    yield from _words(_DASHED, raw)


def dotted(raw: str) -> Iterator[Code]:
    """Yield words joined by dots, or by a slash after ``messaging``."""
    yield from _words(_DOTTED, raw)
    yield from _words(_SLASHED, raw)


def numbered(raw: str) -> Iterator[Code]:
    """Yield numbers as the Graph API writes them into its sentences."""
    for found in _NUMBERED.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[1], found.start(1), found.end(1))


def _words(pattern: re.Pattern[str], raw: str) -> Iterator[Code]:
    for found in pattern.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
