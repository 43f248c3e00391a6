"""Where does a text say one of many wordings? All are looked for in one pass.

A wording is a row of words; ``{slot}`` stands for any of the words of a slot, ``word?``
may be missing, ``*`` skips a few words of the same sentence. Articles and endings of
the plural do not count: "the accounts are full" has the words of "account are full".
Time grows with the length of the text, not with the number of wordings: they share one
tree, and one of all slots. A branch grows when a text first begins with it, so that
languages nobody speaks here cost nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from triage.diagnosis.moods import DENIALS, SUPPOSITIONS
from triage.diagnosis.words import BLANK, BREAK, Word, words

GAP = "*"
# Characters, about eight words; wider, and the two ends belong to different thoughts.
# Not counted in words, so that blanking one wording cannot bring others together.
WIDEST_GAP = 48

# They carry no meaning of their own, and some writers leave them out.
_FILLERS = frozenset(
    {"a", "an", "the", "this", "that", "these", "those", "currently", "already"}
    | {"also", "just", "simply", "very", "unfortunately", "apparently"}
)
# "your IP is * blocked" must not read "your IP is not blocked".
_NOT_SKIPPED = DENIALS | SUPPOSITIONS | {BREAK, BLANK}
_SHORTEST_PLURAL = 4  # letters: "is", "was" and "DNS" are no plurals


@dataclass(slots=True)
class Node:
    """What has been read so far; ``ends`` are the rules whose wording is complete."""

    after: "dict[str, Node]" = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Hit:
    """A wording of rule number ``rule``, from word ``first`` up to ``last`` - 1.

    ``said`` counts the words of the wording itself, without those that it skipped.
    """

    rule: int
    first: int
    last: int
    said: int = field(default=0, compare=False)


class Tree:
    """All wordings of all rules; a rule is named by its number."""

    def __init__(self, slots: Mapping[str, Sequence[str]]) -> None:
        self._waiting: dict[str, list[tuple[int, str]]] = {}  # by their first step
        self._branches: dict[str, Node] = {}  # those that have grown
        self._slots = Node()
        self._names = list(slots)
        for number, name in enumerate(self._names):
            for says in slots[name]:
                if row := _cut(says):
                    _grow(self._slots, row, number)

    def add(self, rule: int, wording: str) -> None:
        """Add a wording; raises ``KeyError`` for a slot that does not exist."""
        opens = True
        for part in wording.split():
            if opens:
                choices = self._choices(part)
                for choice in choices:
                    if choice:
                        self._waiting.setdefault(choice[0], []).append((rule, wording))
                opens = () in choices
            elif part.startswith("{"):
                self._choices(part)

    def _branch(self, key: str) -> Node | None:
        """Return all wordings that begin with a step, if there are any."""
        node = self._branches.get(key)
        if node is None and key in self._waiting:
            node = Node()
            for rule, wording in self._waiting[key]:
                for chosen in product(*map(self._choices, wording.split())):
                    row = [word for part in chosen for word in part]
                    if row and row[0] == key:
                        _grow(node, row[1:], rule)
            # Another thread may have grown the same branch: either is whole.
            self._branches[key] = node
        return node

    def _choices(self, part: str) -> Sequence[tuple[str, ...]]:
        optional = part.endswith("?")
        part = part.removesuffix("?")
        if part == GAP:
            return [(GAP,)]
        inner = part.strip("{}")
        if inner != part and inner not in self._names:
            raise KeyError(inner)
        says = (part,) if inner != part else _cut(part)
        return [says, ()] if optional else [says]

    def find(self, text: Sequence[Word]) -> Iterator[Hit]:
        """Yield every wording that a text holds, also those inside others."""
        bare = _bare(text)
        steps = [self._steps(bare, at) for at in range(len(bare))]
        for first in range(len(bare)):
            for key, at in steps[first]:
                if node := self._branch(key):
                    yield from _follow(text, bare, steps, first, (node, at))

    def _steps(self, bare: "_Bare", first: int) -> list[tuple[str, int]]:
        """What may be read at a place, and where reading goes on: a word, the slots."""
        steps = [(bare[first][0], first + 1)]
        node, at = self._slots, first
        while at < len(bare) and (beside := node.after.get(bare[at][0])):
            node, at = beside, at + 1
            steps.extend((f"{{{self._names[slot]}}}", at) for slot in node.ends)
        return steps


def _grow(root: Node, row: Sequence[str], number: int) -> None:
    node = root
    for word in row:
        node = node.after.setdefault(word, Node())
    if number not in node.ends:
        node.ends.append(number)


# The words that count, as the tree knows them, and where they stand in the text.
_Bare = list[tuple[str, int]]
_Steps = list[list[tuple[str, int]]]


def _bare(text: Sequence[Word]) -> _Bare:
    return [
        (_key(word.text), place)
        for place, word in enumerate(text)
        if word.text not in _FILLERS
    ]


def _follow(
    text: Sequence[Word],
    bare: _Bare,
    steps: _Steps,
    first: int,
    begun: tuple[Node, int],
) -> Iterator[Hit]:
    """Yield the wordings that begin at word ``first``, whose first step is done."""
    open_ends = [(*begun, begun[1] - first)]
    while open_ends:
        node, at, said = open_ends.pop()
        for rule in node.ends:
            yield Hit(rule, bare[first][1], bare[at - 1][1] + 1, said)
        if at < len(bare):
            open_ends.extend(
                (beside, end, said + end - at)
                for key, end in steps[at]
                if (beside := node.after.get(key))
            )
        if gap := node.after.get(GAP):
            open_ends.extend(
                (beyond, end, said + words_read)
                for beyond, end, words_read in _across(text, bare, steps, at, gap)
            )


def _across(
    text: Sequence[Word], bare: _Bare, steps: _Steps, at: int, gap: Node
) -> Iterator[tuple[Node, int, int]]:
    farthest = text[bare[at - 1][1]].end + WIDEST_GAP
    for place in range(at, len(bare)):
        stood = text[bare[place][1]]
        if stood.start > farthest:
            return
        for key, end in steps[place]:
            if beyond := gap.after.get(key):
                yield beyond, end, end - place
        if stood.text in _NOT_SKIPPED:
            return


@lru_cache(maxsize=8192)
def _key(word: str) -> str:
    """Return a word without the endings of plural, third person and possession."""
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) < _SHORTEST_PLURAL or not word.isascii():
        return word
    return word if word.endswith(("ss", "us", "is")) else word.removesuffix("s")


@lru_cache(maxsize=8192)
def _cut(says: str) -> tuple[str, ...]:
    return tuple(key for key, _ in _bare(words(says))) if says != "@" else ("@",)
