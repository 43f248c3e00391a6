"""Which failures have one cause in common?

A fingerprint is an ordered list of named parts that say *cause*, never *place*: host,
address, id, time and digits have no part in it. Equal parts give equal digests.
"""

import hashlib
import json
import re
from typing import TypeAlias

Parts: TypeAlias = tuple[tuple[str, str], ...]

VERSION = "1"  # part of every digest; raised when the parts of a family change

# Which named parts tell two failures of a family apart, in the order they are read.
_NAMES: dict[str, tuple[str, ...]] = {
    "network": ("cause", "channel", "provider", "region"),
    "server": ("cause", "channel", "provider", "region"),
    "rate": ("cause", "channel", "provider", "region"),
    "reputation": ("cause", "channel", "provider", "source"),
    "config": ("cause", "channel", "provider", "source"),
    "content": ("cause", "channel", "source", "template"),
    "recipient": ("cause", "channel", "source", "provider"),
    "consent": ("cause", "channel", "source", "provider"),
    "client": ("cause", "channel", "client_app", "client_version"),
    "unknown": ("channel", "provider", "shape"),
    "notice": (),
}

SHAPE_MAX = 200  # characters; the start of an answer names its kind

# Runs between spaces, brackets, quotes and commas, cut as well where scripts begin that
# write without spaces (CJK and full-width signs).
_WORD = re.compile(r"[^\s\"(){}<>\[\],;\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]+")
_SIGNS = re.compile(r"[\"(){}<>\[\],;]+")
_LONGEST_WORD = 20  # letters; a longer run is an id, not a word
_PLAIN = re.compile(
    rf"[^\W\d_]{{1,{_LONGEST_WORD}}}(?:['’_-][^\W\d_]{{1,{_LONGEST_WORD}}})*"
)
_EDGES = ".:!?'`*"
_CALENDAR = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|[ap]m|utc|gmt"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|(?:nov|dec)(?:ember)?"
)
_MASK = "·"
_MASKS = re.compile(r"·(?:\s*·)*")


def parts(
    *,
    category: str,
    channel: str,
    provider: str = "",
    region: str = "",
    source: str = "",
    template: str = "",
    client_app: str = "",
    client_version: str = "",
    answer: str = "",
) -> Parts:
    """Return the named parts of a failure, chosen by the family of its category.

    ``template`` is the key without a version; of ``client_version`` only the major
    number counts; ``answer`` is read for unknown causes alone. An empty result means
    that the failure opens no group (``notice``). Raises ``KeyError`` for a family that
    the vocabulary does not hold.
    """
    values = {
        "cause": category,
        "channel": channel,
        "provider": provider,
        "region": region,
        "source": source,
        "template": template,
        "client_app": client_app,
        "client_version": major(client_version),
    }
    names = _NAMES[category.partition(".")[0]]
    if "shape" in names:
        values["shape"] = shape(answer)
    return tuple((name, values[name]) for name in names)


def digest(named: Parts) -> str:
    """Return 64 hex digits: SHA-256 over the version and the parts as JSON."""
    canonical = json.dumps([VERSION, *named], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def major(version: str) -> str:
    """Return the first number of a client's version: ``v12.4.1-beta`` gives ``12``."""
    found = re.search(r"[0-9]+", version)
    return found[0].lstrip("0") or "0" if found else ""


def shape(answer: str) -> str:
    """Return the wording of an answer with everything that names a place masked.

    At most 200 characters of lower-case words; hosts, addresses, ids, times, digits
    and redaction marks become one ``·`` for each run of them.
    """
    masked = _WORD.sub(lambda found: _masked(found[0]), answer.lower())
    masked = "".join(_MASK if letter.isdigit() else letter for letter in masked)
    masked = _SIGNS.sub(" ", masked)
    return " ".join(_MASKS.sub(_MASK, masked).split())[:SHAPE_MAX].rstrip()


def _masked(word: str) -> str:
    bare = word.strip(_EDGES)
    if not bare:
        return ""
    if not _PLAIN.fullmatch(bare):
        return _MASK
    return _MASK if _CALENDAR.fullmatch(bare) else bare
