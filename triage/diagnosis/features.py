"""What does the learned judge see in an answer? Hashes of words, of parts and of codes.

A feature is a number: the CRC-32 of its spelling, so that a model is a list of numbers
and holds no text. Every feature of the words knows where they stood.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias
from zlib import crc32

from deliveries.readers import Code, CodeKind, Reading
from triage.diagnosis.evidence import Evidence
from triage.diagnosis.words import ADDRESS, BREAK, HOST, Word

MOST_WORDS = 300  # an answer has said what it says by then; bounds the time
LONGEST_ROW = 3  # words
STEM = 5  # letters: "delivery", "delivered" and "deliverable" begin alike
GRAM = 4  # letters of the parts of a word
LONGEST_WORD = 24  # letters; what is longer is a token, not a word

# Words further apart than a blank and a sign make no row. One blanked word of three
# letters parts its neighbours, so that taking words away never makes new rows.
WIDEST_JOINT = 2  # characters
_SIGNS = "\u3005\u9fff"  # signs of Chinese and Japanese stand without a blank


Place: TypeAlias = tuple[int, int]  # from a word up to another one, not included


class Feature(NamedTuple):
    """A hashed feature and its places in the words; one beside them has none."""

    key: int
    places: tuple[Place, ...] = ()


def features(
    evidence: Evidence, reading: Reading, text: Sequence[Word]
) -> list[Feature]:
    """Return each feature of the codes, the channel and the words once, in order."""
    beside = dict.fromkeys(_beside(evidence, reading))
    places: defaultdict[int, list[Place]] = defaultdict(list)
    for key, place in _of_words(text[:MOST_WORDS]):
        places[key].append(place)
    return [
        *(Feature(key) for key in beside),
        *(Feature(key, tuple(dict.fromkeys(each))) for key, each in places.items()),
    ]


def _beside(evidence: Evidence, reading: Reading) -> Iterator[int]:
    yield _hash(f"channel {evidence.channel}")
    for code in reading.codes:
        for spelling in _spellings(code):
            yield _hash(f"{code.kind} {spelling}")


def _spellings(code: Code) -> Iterator[str]:
    value = code.value.lower()
    yield value
    if code.kind is CodeKind.PROVIDER:
        return
    yield value[:1]
    if code.kind is CodeKind.ENHANCED:
        yield value.rpartition(".")[0]
        yield value.partition(".")[2]
    else:
        yield value[:2]


def _of_words(text: Sequence[Word]) -> Iterator[tuple[int, Place]]:
    for first, word in enumerate(text):
        if word.text == BREAK:
            continue
        for spelling in (word.text, *_parts(word.text)):
            yield _hash(spelling), (first, first + 1)
        row = word.text
        for last in range(first + 1, min(first + LONGEST_ROW, len(text))):
            if not _joined(text[last - 1], text[last]):
                break
            row = f"{row} {text[last].text}"
            yield _hash(row), (first, last + 1)


def _joined(left: Word, right: Word) -> bool:
    if right.text == BREAK:
        return False
    close = 0 if _is_sign(left.text) and _is_sign(right.text) else WIDEST_JOINT
    return right.start - left.end <= close


def _is_sign(word: str) -> bool:
    return len(word) == 1 and _SIGNS[0] <= word <= _SIGNS[1]


def _parts(word: str) -> Iterator[str]:
    """Yield the stem and the parts of a word of letters."""
    if word in (ADDRESS, HOST) or not STEM < len(word) <= LONGEST_WORD:
        return
    yield f"{word[:STEM]}-"
    for at in range(len(word) - GRAM + 1):
        yield f"-{word[at : at + GRAM]}-"


def _hash(spelling: str) -> int:
    return crc32(spelling.encode("utf-8", "surrogatepass"))
