"""Which part of a text does a result show, and what in it was asked for?"""

import re
from collections.abc import Iterable

WIDTH = 200  # characters
LONGEST = 20_000  # characters of a text that are looked through
TERMS_MAX = 60
_CODE = re.compile(r"^(```|~~~).*$|^\s*\|?[\s:|-]+\|?\s*$", re.MULTILINE)
_LINKS = re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s[^)]*)?\)")
_MARKS = re.compile(r"^\s{0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+", re.MULTILINE)
_SIGNS = re.compile(r"[*`|~]+|(?<!\w)_+|_+(?!\w)|\\(?=[^\w\s])")

Pieces = list[tuple[str, bool]]
Pattern = re.Pattern[str]


def words_of(body: str) -> str:
    """Return roughly the words of Markdown, on one line; the page escapes them."""
    text = _CODE.sub(" ", body[:LONGEST])
    text = _LINKS.sub(r"\1", text)
    text = _MARKS.sub("", text)
    return " ".join(_SIGNS.sub(" ", text).split())


def marked(text: str, pattern: Pattern | None) -> Pieces:
    """Split a text into pieces, each with whether it is something that was asked for.

    Words are marked from their beginning to their end, so that a plural is one piece.
    """
    if pattern is None:
        return [(text, False)] if text else []
    pieces: Pieces = []
    done = 0
    for match in pattern.finditer(text):
        if match.start() > done:
            pieces.append((text[done : match.start()], False))
        pieces.append((match[0], True))
        done = match.end()
    return [*pieces, (text[done:], False)] if done < len(text) else pieces


def snippet(body: str, pattern: Pattern | None) -> Pieces:
    """Cut out of a text the part that says most of what was asked for."""
    text = words_of(body)
    places = [each.span() for each in pattern.finditer(text)] if pattern else []
    begin = _densest(places, text)
    if begin and (space := text.find(" ", begin, begin + WIDTH // 8)) >= 0:
        begin = space + 1
    end = begin + WIDTH
    shown = ("…" if begin else "") + text[begin:end].strip()
    return marked(shown + ("…" if end < len(text) else ""), pattern)


def _densest(places: list[tuple[int, int]], text: str) -> int:
    """Return where a part begins that holds the most different words asked for."""
    best, most = 0, 0
    for start, _end in places:
        inside = {
            text[a:b].lower() for a, b in places if start <= a and b <= start + WIDTH
        }
        if len(inside) > most:
            best, most = start, len(inside)
    return max(0, best - WIDTH // 5) if best > WIDTH // 2 else 0


def pattern_of(sayings: Iterable[str]) -> Pattern | None:
    """Return what finds any of the words and phrases in a text, or nothing for none."""
    wanted = sorted(set(sayings), key=len, reverse=True)[:TERMS_MAX]
    if not wanted:
        return None
    latin = "|".join(re.escape(each) for each in wanted if each.isascii())
    dense = "|".join(re.escape(each) for each in wanted if not each.isascii())
    ways = [dense] if dense else []
    if latin:
        ways.append(rf"(?<![a-z0-9])(?:{latin})(?:[a-z]{{1,3}})?(?![a-z0-9])")
    return re.compile("|".join(ways), re.IGNORECASE)
