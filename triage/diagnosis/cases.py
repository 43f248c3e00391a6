"""What does a line of a file of failures hold?

One JSON object: ``id``, ``channel``, ``provider``, ``raw``, ``smtp_code``,
``enhanced_status``, and ``mail``, the name of a file with the whole bounce mail. Known
failures also hold ``accept``, ``family`` and ``retry_gold``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deliveries import taxonomy
from triage.diagnosis.evidence import Evidence
from triage.diagnosis.lessons import Case

# The hook of an e-mail provider tells of e-mail; "social" and "im" are chats.
CHANNELS = {"email-webhook": "email", "im": "chat"}
LONGEST_LINE = 2_000_000  # bytes; an answer is cut long before
TEXTS = ("channel", "provider", "raw", "smtp_code", "enhanced_status", "mail")


class BadLine(ValueError):
    """A line holds no failure; ``id`` is what it calls itself, if it does."""

    def __init__(self, reason: str, id: str | int | None = None) -> None:  # noqa: A002
        super().__init__(reason)
        self.id = id


@dataclass(frozen=True, slots=True)
class Line:
    """A failure as a line tells it; ``mail`` is a name of a file, or empty."""

    id: str | int
    evidence: Evidence
    mail: str


def parse(line: bytes) -> tuple[Line, dict[str, Any]]:
    """Read a line; the mapping is the whole of it. Raises ``BadLine``."""
    if len(line) > LONGEST_LINE:
        raise BadLine(f"longer than {LONGEST_LINE} bytes")
    try:
        row = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise BadLine("not JSON") from None
    if not isinstance(row, dict):
        raise BadLine("not an object")
    name = row.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        raise BadLine("no id, which is a text or a number")
    texts = {key: _text(row, key, name) for key in TEXTS}
    if not texts["channel"]:
        raise BadLine("no channel", name)
    return Line(name, _evidence(texts), texts["mail"]), row


def _text(row: dict[str, Any], key: str, name: str | int) -> str:
    value = row.get(key)
    if value is None:
        return ""
    # Codes are numbers for some who write them.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise BadLine(f"{key} is no text", name)
    return value


def _evidence(texts: dict[str, str]) -> Evidence:
    channel = texts["channel"]
    return Evidence(
        channel=CHANNELS.get(channel, channel),
        provider=texts["provider"],
        symptom="",
        answer=texts["raw"],
        provider_code=texts["smtp_code"],
        enhanced_code=texts["enhanced_status"],
    )


def known(path: Path) -> Iterator[Case]:
    """Yield the cases of a file of known failures.

    Raises ``BadLine`` for a line that holds none, and ``OSError``.
    """
    for line in path.read_bytes().splitlines():
        if line.strip():
            told, row = parse(line)
            accept = _list(row, "accept", told.id)
            if any(category not in taxonomy.load() for category in accept):
                raise BadLine("accepts what the taxonomy does not hold", told.id)
            yield Case(
                id=str(told.id),
                evidence=told.evidence,
                accept=accept,
                families=_list(row, "family", told.id),
                retry=_text(row, "retry_gold", told.id),
                mail=told.mail,
            )


def _list(row: dict[str, Any], key: str, name: str | int) -> tuple[str, ...]:
    value = row.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadLine(f"{key} is no list of texts", name)
    return tuple(value)
