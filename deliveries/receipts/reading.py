"""What does a provider's body tell? Any bytes will do; what is not read is said so."""

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from deliveries.receipts.dialects import Dialect, Meaning
from deliveries.receipts.knock import Knock
from deliveries.receipts.vocabulary import EventType, Receipt, Unreadable

MOST_EVENTS = 5_000  # of one body; the longest batch that a provider documents is 1,000
LONGEST_VALUE = 4_000  # characters of one field that are kept
BEFORE_DOT = "~."  # some lengthen, after a dot, the name that they gave at first
MILLISECONDS = 1e11  # seconds since 1970 stay below this until the year 5138
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CODE = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
# What is told again and again: only the first of a kind is news.
REPEATED = frozenset({EventType.OPENED, EventType.CLICKED, EventType.READ})


def read(knock: Knock, dialect: Dialect) -> list[Receipt]:
    """Read the events of a body; raises :class:`Unreadable` when one is not known.

    An empty list is a body that the provider documents and that tells nothing.
    """
    body = _opened(knock, dialect)
    found = list(_walk(body, dialect.events.split(".") if dialect.events else []))
    events: list[Any] = []
    for each in found:
        events += each if isinstance(each, list) else [each]
    if len(events) > MOST_EVENTS:
        raise Unreadable(f"more than {MOST_EVENTS} events")
    if not events and not isinstance(body, dict | list):
        raise Unreadable("neither an object nor a list")
    return [_receipt(each, dialect) for each in events]


def loads(text: str | bytes) -> Any:
    """Parse JSON that comes from outside; raises :class:`Unreadable`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error


def _opened(knock: Knock, dialect: Dialect) -> Any:
    if dialect.form:
        try:
            body: Any = knock.form()
        except ValueError as error:
            raise Unreadable("not a form") from error
    else:
        body = loads(knock.body)
    if not dialect.envelope:
        return body
    inner = body.get(dialect.envelope) if isinstance(body, dict) else None
    return loads(inner) if isinstance(inner, str) else body


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    """Yield what a path leads to, without recursion in what came from outside."""
    found = [value]
    for step in steps:
        found = [inner for each in found for inner in _inside(each, step)]
    return iter(found)


def _inside(value: Any, step: str) -> list[Any]:
    if isinstance(value, list):
        if step == "*":
            return value
        return [value[int(step)]] if step.isdigit() and int(step) < len(value) else []
    if isinstance(value, dict):
        if step == "*":
            return list(value.values())
        return [value[step]] if step in value else []
    return []


def _first(event: Any, paths: str) -> Any:
    """The first thing that one of the alternatives leads to, or None."""
    for path in paths.split("|"):
        for found in _walk(event, path.split(".")):
            if found is not None and found != "":
                return found
    return None


def _text(event: Any, paths: str) -> str:
    """The same as a text: what is no single value says nothing."""
    value = _first(event, paths) if paths else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value[:LONGEST_VALUE]).strip()
    if isinstance(value, int) and value.bit_length() < 128:
        return str(value)
    return ""


def _receipt(event: Any, dialect: Dialect) -> Receipt:
    if not isinstance(event, dict):
        raise Unreadable("an event is no object")
    told = [_text(event, path) for path in dialect.kind]
    meaning = _meaning(told, dialect)
    at = _time(_first(event, dialect.at) if dialect.at else None, dialect.hours)
    refs = [_reference(event, path) for path in dialect.refs]
    code, enhanced = _text(event, dialect.code), _text(event, dialect.enhanced)
    words = [_text(event, path) for path in dialect.words]
    when = "" if at is None or meaning.type in REPEATED else at.isoformat()
    return Receipt(
        type=meaning.type,
        refs=tuple(dict.fromkeys(ref for ref in refs if ref)),
        at=at,
        reason=meaning.reason,
        code=code if CODE.fullmatch(code) else "",
        enhanced_code=enhanced if CODE.fullmatch(enhanced) else "",
        words="\n".join(dict.fromkeys(each for each in words if each)),
        stable=(*told, *refs, _text(event, dialect.recipient), when, code),
    )


def _reference(event: Any, path: str) -> str:
    """A name of the message; of a path that ends so, what stands before the dot."""
    if path.endswith(BEFORE_DOT):
        return _text(event, path.removesuffix(BEFORE_DOT)).partition(".")[0]
    return _text(event, path)


def _meaning(told: list[str], dialect: Dialect) -> Meaning:
    """Look up what was told, the most particular name first."""
    for length in range(len(told), 0, -1):
        found = dialect.kinds.get("/".join(told[:length]))
        if found is not None:
            return found
    raise Unreadable(f"an event of the kind {'/'.join(told)[:60]!a}")


def _time(value: Any, hours: int) -> datetime | None:
    """Read a time in any of the usual forms; None for what is none."""
    try:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float) or str(value).replace(".", "", 1).isdigit():
            return _since_1970(float(value))
        return _in_utc(_written(str(value)[:64].strip()), hours)
    except (ValueError, OverflowError, OSError):
        return None


def _since_1970(number: float) -> datetime | None:
    if not math.isfinite(number) or number < 0:
        return None
    return datetime.fromtimestamp(
        number / 1000 if number > MILLISECONDS else number, UTC
    )


def _written(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)


def _in_utc(at: datetime, hours: int) -> datetime:
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    return at.astimezone(UTC)
