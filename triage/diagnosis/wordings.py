"""Where does a text say one of many wordings? All are looked for in one pass.

A wording is a row of words; ``{slot}`` stands for any of the words of a slot, ``word?``
may be missing, ``*`` skips a few words of the same sentence. Time grows with the length
of the text, not with the number of wordings: they share one tree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from triage.diagnosis.words import BREAK, Word, words

GAP = "*"
# Characters, about eight words; wider, and the two ends belong to different thoughts.
# Not counted in words, so that blanking one wording cannot bring others together.
WIDEST_GAP = 48


@dataclass(slots=True)
class Node:
    """What has been read so far; ``ends`` are the rules whose wording is complete."""

    after: "dict[str, Node]" = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Hit:
    """A wording of rule number ``rule``, from word ``first`` up to ``last`` - 1."""

    rule: int
    first: int
    last: int


class Tree:
    """All wordings of all rules; a rule is named by its number."""

    def __init__(self, slots: Mapping[str, Sequence[str]]) -> None:
        self._slots = {
            name: [_cut(each) for each in says] for name, says in slots.items()
        }
        self._root = Node()

    def add(self, rule: int, wording: str) -> None:
        """Add a wording; raises ``KeyError`` for a slot that does not exist."""
        choices = [self._choices(part) for part in wording.split()]
        for chosen in product(*choices):
            node = self._root
            for word in (word for part in chosen for word in part):
                node = node.after.setdefault(word, Node())
            if rule not in node.ends:
                node.ends.append(rule)

    def _choices(self, part: str) -> Sequence[tuple[str, ...]]:
        if part == GAP:
            return [(GAP,)]
        optional = part.endswith("?")
        part = part.removesuffix("?")
        inner = part.strip("{}")
        says = self._slots[inner] if inner != part else [_cut(part)]
        return [*says, ()] if optional else says

    def find(self, text: Sequence[Word]) -> Iterator[Hit]:
        """Yield every wording that a text holds, also those inside others."""
        for first in range(len(text)):
            if node := self._root.after.get(text[first].text):
                yield from self._follow(text, first, node, first + 1)

    def _follow(
        self, text: Sequence[Word], first: int, node: Node, at: int
    ) -> Iterator[Hit]:
        open_ends = [(node, at)]
        while open_ends:
            node, at = open_ends.pop()
            for rule in node.ends:
                yield Hit(rule, first, at)
            if at < len(text) and (beside := node.after.get(text[at].text)):
                open_ends.append((beside, at + 1))
            if gap := node.after.get(GAP):
                open_ends.extend(_across(text, at, gap))


def _across(text: Sequence[Word], at: int, gap: Node) -> Iterator[tuple[Node, int]]:
    farthest = text[at - 1].end + WIDEST_GAP
    for place in range(at, len(text)):
        word = text[place]
        if word.text == BREAK or word.start > farthest:
            return
        if beyond := gap.after.get(word.text):
            yield beyond, place + 1


def _cut(says: str) -> tuple[str, ...]:
    return ("@",) if says == "@" else tuple(word.text for word in words(says))
