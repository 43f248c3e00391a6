"""Which words does a text hold, and where, whatever script or format it comes in?

Letters of an alphabet make words; Chinese and Japanese signs are words of their own.
Numbers and signs are left out, so that wrapped replies and codes between words do not
part a wording.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

BREAK = "|"  # between sentences, and between values of a structured answer
BLANK = "_"  # a stretch of blanks: whatever stood there, no wording goes across
ADDRESS = "@"  # any mail address
HOST = "#"  # any address of the network

# An answer says what it has to say early; the rest is quoted mail or a stack trace.
LONGEST_TEXT = 20_000  # characters

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff"
_REPLY = r"[245][0-7]\d"
_STATUS = r"[245]\.[0-7]\.\d{1,3}"
_TOKEN = re.compile(
    # A code begins another sentence, unless a wrapped reply goes on after it. No
    # wording goes across a blank as wide as a code, but the sentence does.
    rf"(?P<wrap>^{_REPLY}[ -](?:{_STATUS}(?![\w.]))?)"
    rf"|(?P<code>(?<![\w.])(?:{_STATUS}|{_REPLY})(?![\w.]\w)(?!\w))"
    r"|(?P<blank>(?<!\s)[ \t]{3,}+)"
    r"|(?P<mark>‹(?:email|address|mail)(?::[0-9a-f]{4})?›|[\w.+=-]{1,64}+@[\w.-]{1,255}+)"
    r"|(?P<host>‹ip(?::[0-9a-f]{4})?›|\d{1,3}(?:\.\d{1,3}){3})"
    r"|(?P<escape>\\u(?P<hex>[0-9a-fA-F]{4}))"
    r"|(?P<skip>\\[nrt]|‹[a-z_]{3,12}(?::[0-9a-f]{4})?›)"
    rf"|(?P<sign>[{_CJK}])"
    r"|(?P<capitals>[A-Z]+s?(?![A-Za-z'’]))"
    rf"|(?P<word>(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]?(?:(?![{_CJK}A-Z])[^\W\d_])+"
    rf"|(?:(?![{_CJK}])[^\W\d_])+)"
    rf"(?:['’](?:(?![{_CJK}])[^\W\d_])+)*)"
    r"|(?P<stop>[.!?;](?=[\s\"'<)]|$)|[。！？；]|\\?\"\s{0,3}[,}\]])",
    re.MULTILINE,
)


class Word(NamedTuple):
    """A word in lower case without accents; ``start`` and ``end`` in characters."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Cut a text into words, in order; time grows with the length of the text."""
    found = []
    continued = False
    for match in _TOKEN.finditer(text[:LONGEST_TEXT]):
        kind = match.lastgroup or ""
        if kind == "wrap":
            # RFC 5321, 4.2.1: a hyphen after the code says that the reply goes on.
            continues, continued = continued, match[0][3] == "-"
            if continues:
                continue
        plain = _PLAIN.get(kind) or _plain(kind, match)
        if plain:
            found.append(Word(plain, match.start(), match.end()))
    return found


_PLAIN = {"mark": ADDRESS, "host": HOST, "blank": BLANK} | dict.fromkeys(
    ("stop", "code", "wrap"), BREAK
)


def _plain(kind: str, match: re.Match[str]) -> str:
    if kind == "skip":
        return ""
    if kind == "escape":
        letter = chr(int(match["hex"], 16))
        return letter if letter.isalpha() else ""
    return fold(match[0])


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Return a word in lower case, without accents and with plain apostrophes."""
    word = word.lower().replace("’", "'")
    if word.isascii():
        return word
    parted = unicodedata.normalize("NFKD", word)
    bare = "".join(sign for sign in parted if not unicodedata.combining(sign))
    # Without its combining marks a kana would be another one: ガ is not カ.
    return bare if bare and not _KANA.match(word) else word


_KANA = re.compile(r"[\u3040-\u30ff]")
