"""Which words does a text hold, and where, whatever script or format it comes in?

Letters of an alphabet make words. Signs of Chinese, Japanese, Korean, Thai, Lao, Khmer
and Burmese are words of their own: they are written without blanks, or glue endings on.
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
_LONGEST_WORD = 40  # characters of a word that is spelt in escapes

_SIGNS = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Vowel signs and accents that follow their letter; for Python they are not letters.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c2\u0610-\u061a\u064b-\u065f\u0670"
    "\u0900-\u0963\u0970-\u0dff"
)
_LETTER = rf"(?:(?![{_SIGNS}])(?:[^\W\d_]|[{_MARKS}]))"
_LATIN = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
_CAPITALS = "A-Z" + "".join(filter(str.isupper, map(chr, _LATIN)))
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
    r"|(?P<escape>\\{1,4}u(?P<hex>[0-9a-fA-F]{4}))"
    r"|(?P<skip>\\[nrt]|‹[a-z_]{3,12}(?::[0-9a-f]{4})?›)"
    rf"|(?P<sign>[{_SIGNS}])"
    rf"|(?P<capitals>[{_CAPITALS}]+s?(?!{_LETTER}|['’]))"
    rf"|(?P<word>(?:[A-Z]+(?=[A-Z][a-z])"
    rf"|[{_CAPITALS}]?(?:(?![{_CAPITALS}]){_LETTER})+|{_LETTER}+)(?:['’]{_LETTER}+)*)"
    r"|(?P<stop>[.!?;](?=[\s\"'<)]|$)|[。！？；।؟]|\\?\"\s{0,3}[,}\]])",
    re.MULTILINE,
)


class Word(NamedTuple):
    """A word in lower case without accents; ``start`` and ``end`` in characters."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Cut a text into words, in order; time grows with the length of the text."""
    found: list[Word] = []
    continued = False
    spelt = ""  # the letters of the last word, if more may follow as an escape
    escaped = False
    for match in _TOKEN.finditer(text[:LONGEST_TEXT]):
        kind = match.lastgroup or ""
        if kind == "wrap":
            # RFC 5321, 4.2.1: a hyphen after the code says that the reply goes on.
            continues, continued = continued, match[0][3] == "-"
            if continues:
                continue
        letters = _letters(kind, match)
        escapes = escaped or kind == "escape"
        escaped = kind == "escape"
        if escapes and letters and spelt and match.start() == found[-1].end:
            spelt = (spelt + letters)[:_LONGEST_WORD]
            found[-1] = Word(fold(spelt), found[-1].start, match.end())
        elif plain := _PLAIN.get(kind) or fold(letters or _sign(kind, match)):
            found.append(Word(plain, match.start(), match.end()))
            spelt = letters
    return found


_PLAIN = {"mark": ADDRESS, "host": HOST, "blank": BLANK} | dict.fromkeys(
    ("stop", "code", "wrap"), BREAK
)


def _letters(kind: str, match: re.Match[str]) -> str:
    """Letters that an escape may add to: ``v`` u00e1 ``lido`` is one word."""
    if kind in {"word", "capitals"}:
        return match[0]
    letter = chr(int(match["hex"], 16)) if kind == "escape" else ""
    return letter if _WRITTEN.match(letter) else ""


def _sign(kind: str, match: re.Match[str]) -> str:
    if kind == "escape":
        letter = chr(int(match["hex"], 16))
        return letter if letter.isalpha() else ""
    return match[0] if kind == "sign" else ""


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Return a word in lower case, without accents and with plain apostrophes."""
    word = word.lower().translate(_ALIKE)
    if word.isascii():
        return word
    parted = unicodedata.normalize("NFKD", word)
    bare = "".join(sign for sign in parted if not unicodedata.combining(sign))
    # Without its combining marks a kana would be another one: ガ is not カ.
    return bare if bare and not _KANA.match(word) else word


_WRITTEN = re.compile(_LETTER)
# Letters that many write plainly and that do not come apart into a letter and a mark.
_ALIKE = str.maketrans("’ʼıłđø", "''ildo")
_KANA = re.compile(r"[\u3040-\u30ff]")
