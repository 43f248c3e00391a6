"""How does each provider write its receipts? A provider is data: ``dialects.json``.

Paths are names separated by dots; ``*`` goes through every item. A path may have
alternatives, separated by ``|``: the first that leads to something counts.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deliveries.receipts.vocabulary import EventType, RejectReason


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a provider's own name of an event stands for."""

    type: EventType
    reason: RejectReason | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """One provider's way of telling.

    ``schemes`` are the proofs it can give, the best first. ``envelope`` is the path of
    a text of JSON inside the body, ``events`` that of the events. ``kind`` are paths
    whose values, joined by slashes, are looked up in ``kinds``. ``answer`` is what the
    provider wants to hear, ``challenge`` the query in which it first asks for an echo;
    ``challenge_word`` is the one that must hold the token of the address.
    ``looks`` says that it first looks by HEAD whether the address is there.
    ``hours`` is how far the provider's times are ahead of UTC where they do not say.
    """

    name: str
    source: str
    schemes: tuple[str, ...]
    form: bool
    envelope: str
    events: str
    kind: tuple[str, ...]
    kinds: dict[str, Meaning]
    refs: tuple[str, ...]
    recipient: str
    at: str
    code: str
    enhanced: str
    words: tuple[str, ...]
    answer: str
    challenge: str
    challenge_word: str
    looks: bool
    hours: int
    signed_header: str


def dialect(name: str) -> Dialect:
    """Return a dialect by its name; raises ``KeyError``."""
    return dialects()[name]


@cache
def dialects() -> dict[str, Dialect]:
    """Every dialect by its name."""
    path = Path(__file__).with_name("dialects.json")
    entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {name: _read(name, entry) for name, entry in entries.items()}


def _read(name: str, entry: dict[str, Any]) -> Dialect:
    return Dialect(
        name=name,
        source=entry["source"],
        schemes=tuple(entry["schemes"]),
        form=entry.get("body") == "form",
        envelope=entry.get("envelope", ""),
        events=entry.get("events", ""),
        kind=tuple(entry.get("kind", ())),
        kinds={told: _meaning(means) for told, means in entry.get("kinds", {}).items()},
        refs=tuple(entry.get("refs", ())),
        recipient=entry.get("recipient", ""),
        at=entry.get("at", ""),
        code=entry.get("code", ""),
        enhanced=entry.get("enhanced", ""),
        words=tuple(entry.get("words", ())),
        answer=entry.get("answer", ""),
        challenge=entry.get("challenge", ""),
        challenge_word=entry.get("challenge_word", ""),
        looks=entry.get("looks", False),
        hours=entry.get("hours", 0),
        signed_header=entry.get("signed_header", ""),
    )


def _meaning(means: str) -> Meaning:
    """Read ``bounced`` or ``bounced: invalid``."""
    kind, _, reason = means.partition(": ")
    return Meaning(EventType(kind), RejectReason(reason) if reason else None)
