"""How long does an answer ask us to wait?

Source: RFC 9110, 10.2.3 (Retry-After), the fields and sentences of providers.
"""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

# Retry-After: 120, "retry_after": 35.5, retryAfter=30, "retryDelay": "30s"
_FIELD = re.compile(
    r"(?:retry[-_ ]?after|retry[-_ ]?delay|retry_in|rate-?limit-reset(?:-after)?)"
    r"\\{0,3}\"?\s{0,3}[:=]?\s{0,3}\\{0,3}\"?(\d{1,6})(?:\.(\d{1,6}))?(?![\d:])",
    re.IGNORECASE,
)
_MILLISECONDS = re.compile(
    r"retry[-_ ]?after[-_ ]?ms\\{0,3}\"?\s{0,3}[:=]\s{0,3}(\d{1,9})\b", re.IGNORECASE
)
_DATE = (
    r"\\{0,3}\"?:[ \t]{0,3}\\{0,3}\"?([A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} "
    r"\d\d:\d\d:\d\d GMT)"
)
_UNTIL = re.compile(r"retry-after" + _DATE, re.IGNORECASE)
_NOW = re.compile(r"(?<![\w-])date" + _DATE, re.IGNORECASE)
_EPOCH = re.compile(
    r"rate-?limit-reset\\{0,3}\"?\s{0,3}[:=]\s{0,3}\\{0,3}\"?(\d{10})\b", re.IGNORECASE
)
_WORDS = re.compile(
    r"(?:again|retry|wait)\s{1,3}(?:in|after|for)?\s{0,3}(\d{1,5})\s?"
    r"(seconds?|secs?|minutes?|mins?|hours?)",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"(\d{1,5})\s?(秒|分钟|小时)(?:之?后)")
_FLOOD = re.compile(r"\b(?:FLOOD|SLOWMODE)_WAIT_(\d{1,6})\b")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "秒": 1, "分": 60, "小": 3600}
_LONGEST_S = 30 * 86_400


def wait_s(raw: str) -> int | None:
    """Return the wished wait in whole seconds, rounded up, or None.

    An instant is turned into seconds by the ``Date`` of the same answer: the moment of
    reading says nothing about that of the answer.
    """
    if found := _MILLISECONDS.search(raw):
        return -(-int(found[1]) // 1000)
    if found := _FIELD.search(raw):
        return int(found[1]) + (1 if int(found[2] or 0) else 0)
    if found := _FLOOD.search(raw):
        return int(found[1])
    for pattern in (_WORDS, _CHINESE):
        if found := pattern.search(raw):
            return int(found[1]) * _SECONDS[found[2][0].lower()]
    return _until_s(raw)


def _until_s(raw: str) -> int | None:
    now = _instant(_NOW, raw)
    if now is None:
        return None
    until = _instant(_UNTIL, raw)
    epoch = _EPOCH.search(raw)
    if until is not None:
        left = int((until - now).total_seconds())
    elif epoch:
        left = int(epoch[1]) - int(now.timestamp())
    else:
        return None
    return left if 0 <= left <= _LONGEST_S else None


def _instant(pattern: re.Pattern[str], raw: str) -> datetime | None:
    found = pattern.search(raw)
    if not found:
        return None
    try:
        return parsedate_to_datetime(found[1])
    except ValueError:
        return None
