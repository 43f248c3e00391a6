"""Which lines of a notice tell why, and in which order are they read?"""

import re
from collections.abc import Iterator, Sequence

from deliveries.readers.mail import idle, replies, wordings

LONGEST_ANSWER = 6000  # characters
LONGEST_LINE = 1000  # characters of a line that are kept
MOST_LINES = 400  # of a notice that are looked at
WORDY = 8  # words; a reply of so many needs none of the notice's explanations
NARROWEST = 45  # characters; a shorter line was not ended by the width of the page

_REPLY = r"[245][0-7]\d"
_CODE = (
    rf"(?:^|[\s:;\"'(\[<#=-])"
    rf"(?:{_REPLY}[ -](?=.{{0,8}}[^\W\d_])|{_REPLY}$|[245]\.\d\.\d{{1,3}}\b)"
)
_TELLING = re.compile(
    rf"{_CODE}|{wordings.pieces('telling')}", re.IGNORECASE | re.MULTILINE
)
# The server's own reply, or that of a program, which no wording of a notice replaces.
_CODED = re.compile(
    rf"{_CODE}|\bsaid:|connect to|timed out", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"\b[245]\.\d\.\d|[45][0-7]\d")
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{3}|[\u3040-\u9fff]")
_SIGN = re.compile(r"\w")
_SPACE = re.compile(r"[ \t\xa0]{2,}")
_AFTER = re.compile(r"\(in reply to [A-Za-z ]{2,40}\)")
_ENDINGS = (":", ")", "]")  # of a line that the next one does not go on
_NEW_THOUGHT = re.compile(r"[-*•#>|\[(<]|\d{3}[ -]|\w+@|[A-Za-z][A-Za-z -]{1,30}:")


def arranged(diagnostics: Sequence[str], lines: Sequence[str], *, waits: bool) -> str:
    """Put the server's words first, then the telling lines, then the others.

    Beside a reply of many words the others are left out: they are advice. What was
    already said is not said again. The result is bounded in length; it is
    empty only if nothing at all was said.
    """
    kept = [each for each in map(replies.unwrapped, diagnostics) if tells(each)]
    own = len(kept)
    whole = own > 0 and all(map(replies.ends, diagnostics))
    wordy = whole and len(_WORD.findall(" ".join(kept))) >= WORDY
    said = [_folded(each) for each in kept]
    size = sum(map(len, kept))
    spoken = list(replies.of_remote(lines[:MOST_LINES], told=whole))
    for words in _in_order(spoken, waits=waits):
        folded = _folded(words)
        if size > LONGEST_ANSWER or (wordy and not _TELLING.search(words)):
            break
        if any(folded in each for each in said):
            continue
        again = next((at for at, each in enumerate(said) if each in folded), own)
        if whole and again < own:
            # The notice repeats the reply; which command it answered is worth keeping.
            if (after := _AFTER.search(words)) and after[0] not in kept[again]:
                kept[again] += f" {after[0]}"
            continue
        kept.append(words)
        said.append(folded)
        size += len(words)
    return "\n".join(kept)[:LONGEST_ANSWER]


def tells(diagnostic: str) -> bool:
    """Whether a diagnostic holds a word or a code, not only the exit of a program."""
    return bool(_WORD.search(diagnostic) or _STATUS.search(diagnostic))


def all_of(lines: Sequence[str]) -> str:
    """Return every line there is, for a notice of idle sentences alone."""
    bare = (line[:LONGEST_LINE].strip() for line in lines[:MOST_LINES])
    return "\n".join(line for line in bare if _WORD.search(line))[:LONGEST_ANSWER]


def quotes(answer: str) -> bool:
    """Whether an answer holds what a server said."""
    return bool(_CODED.search(answer))


def _in_order(lines: Sequence[str], *, waits: bool) -> Iterator[str]:
    """Yield paragraphs that tell before those that do not; without idle sentences."""
    paragraphs = list(_paragraphs(lines, waits=waits))
    telling = [bool(_TELLING.search(each)) for each in paragraphs]
    yield from (each for each, tell in zip(paragraphs, telling, strict=True) if tell)
    yield from (
        each for each, tell in zip(paragraphs, telling, strict=True) if not tell
    )


def _paragraphs(lines: Sequence[str], *, waits: bool) -> Iterator[str]:
    paragraph: list[str] = []
    for line in _unfolded(lines):
        if line:
            if left := idle.without(line, waits=waits):
                paragraph.append(left)
        elif paragraph:
            yield replies.unwrapped("\n".join(paragraph))
            paragraph = []
    if paragraph:
        yield replies.unwrapped("\n".join(paragraph))


def _unfolded(lines: Sequence[str]) -> Iterator[str]:
    """Yield sentences whole that were broken by the width of the page."""
    whole = ""
    width = 0
    for line in lines:
        bare = _SPACE.sub(" ", line[:LONGEST_LINE].strip())
        if not _SIGN.search(bare):
            bare = ""  # a rule across the page
        broken = width >= NARROWEST and bare and not _NEW_THOUGHT.match(bare)
        if broken and whole[-1:] not in _ENDINGS and len(whole) < LONGEST_LINE:
            whole += f" {bare}"
        else:
            if whole:
                yield whole
            whole = bare
            if not bare:
                yield ""
        width = len(bare)
    if whole:
        yield whole


def _folded(words: str) -> str:
    """Words without what line ends and quoting change."""
    return "".join(words.lower().split())
