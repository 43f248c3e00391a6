"""By which terms is a text found, and what is asked for with a few words?

The same terms as ``search_terms`` makes in the database (migration 0011): words and
ids in lower case, and of scripts without spaces every pair of neighbours, so that
Chinese is found by any part of it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

TERMS_MAX = 12
LONGEST = 64  # characters of a word; longer runs are no words and are not kept
PREFIX_FROM = 4  # letters from which the last word may be unfinished

_DENSE = (
    "\u3040-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"  # Han, Kana, Hangul
)
_TERM = re.compile(rf"[{_DENSE}]+|[a-z0-9._@\u00c0-\u024f\u0370-\u1fff-]+")
_DENSE_RUN = re.compile(rf"[{_DENSE}]+")
_EDGES = ".-_@"


def asked(text: str) -> tuple[str, ...]:
    """Return the words and runs of a question in their order, each once.

    At most twelve: more of them narrow nothing. Whatever is neither letter nor digit
    separates, so that no sign of a question ever means an operator.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    found = (each.strip(_EDGES) for each in _TERM.findall(plain))
    words = (each for each in found if each and len(each) <= LONGEST)
    return tuple(dict.fromkeys(words))[:TERMS_MAX]


def no_others(_word: str) -> Iterable[str]:
    """Nothing stands for a word but itself."""
    return ()


def query(
    words: Iterable[str], also: Callable[[str], Iterable[str]] = no_others
) -> str:
    """Write the question for words as ``tsquery`` text: every one has to be there.

    ``also`` names further terms of a row that stand for a word, such as causes whose
    name holds it. No words ask for nothing, which no row has.
    """
    words = list(words)
    parts = []
    for word in words:
        ways = [_of_word(word, unfinished=word is words[-1])]
        ways += [_quoted(each) for each in also(word)]
        parts.append(f"({' | '.join(ways)})")
    return " & ".join(parts)


def _of_word(word: str, *, unfinished: bool) -> str:
    if _DENSE_RUN.fullmatch(word):
        if len(word) == 1:
            return f"{_quoted(word)}:*"
        pairs = (word[at : at + 2] for at in range(len(word) - 1))
        return f"({' & '.join(map(_quoted, dict.fromkeys(pairs)))})"
    open_end = unfinished and len(word) >= PREFIX_FROM and word.isalpha()
    return _quoted(word) + (":*" if open_end else "")


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def pieces(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """Split a text into pieces, each with whether it is one of the words."""
    wanted = [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    if not wanted:
        return [(text, False)] if text else []
    split = re.split(f"({'|'.join(wanted)})", text, flags=re.IGNORECASE)
    return [(piece, bool(at % 2)) for at, piece in enumerate(split) if piece]


def excerpt(text: str, words: Iterable[str], width: int) -> str:
    """Cut out of a text what surrounds the first of the words, on one line."""
    words = list(words)
    line = " ".join(text.split())
    low = line.lower()
    places = [at for at in (low.find(word) for word in words) if at >= 0]
    begin = max(0, min(places) - width // 3) if places else 0
    if begin and (space := line.find(" ", begin, begin + width // 4)) >= 0:
        begin = space + 1
    cut = line[begin : begin + width]
    return ("…" if begin else "") + cut + ("…" if begin + width < len(line) else "")
