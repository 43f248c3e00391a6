"""Where does a text say one of many wordings? All are looked for in one pass.

A wording is a row of words; ``{slot}`` stands for any of the words of a slot, ``word?``
may be missing, ``*`` skips a few words of the same sentence. Time grows with the length
of the text, not with the number of wordings: they share one tree. A branch grows when a
text first says its first word, so that languages nobody speaks here cost nothing.
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
        self._waiting: dict[str, list[tuple[int, str]]] = {}  # by their first word
        self._branches: dict[str, Node] = {}  # those that have grown

    def add(self, rule: int, wording: str) -> None:
        """Add a wording; raises ``KeyError`` for a slot that does not exist."""
        opens = True
        for part in wording.split():
            if opens:
                choices = self._choices(part)
                for word in {choice[0] for choice in choices if choice}:
                    self._waiting.setdefault(word, []).append((rule, wording))
                opens = () in choices
            elif part.startswith("{"):
                self._slots[_name(part)]

    def _branch(self, word: str) -> Node | None:
        """Return all wordings that begin with a word, if there are any."""
        node = self._branches.get(word)
        if node is None and word in self._waiting:
            node = Node()
            for rule, wording in self._waiting[word]:
                self._grow(node, word, rule, wording)
            # Another thread may have grown the same branch: either is whole.
            self._branches[word] = node
        return node

    def _grow(self, root: Node, first: str, rule: int, wording: str) -> None:
        choices = [self._choices(part) for part in wording.split()]
        choices[0] = [each for each in choices[0] if not each or each[0] == first]
        for chosen in product(*choices):
            row = [word for part in chosen for word in part]
            if row and row[0] == first:
                node = root
                for word in row[1:]:
                    node = node.after.setdefault(word, Node())
                if rule not in node.ends:
                    node.ends.append(rule)

    def _choices(self, part: str) -> Sequence[tuple[str, ...]]:
        if part == GAP:
            return [(GAP,)]
        optional = part.endswith("?")
        part = part.removesuffix("?")
        says = self._slots[_name(part)] if part.startswith("{") else [_cut(part)]
        return [*says, ()] if optional else says

    def find(self, text: Sequence[Word]) -> Iterator[Hit]:
        """Yield every wording that a text holds, also those inside others."""
        for first in range(len(text)):
            if node := self._branch(text[first].text):
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


def _name(slot: str) -> str:
    return slot.removesuffix("?").strip("{}")


def _cut(says: str) -> tuple[str, ...]:
    return ("@",) if says == "@" else tuple(word.text for word in words(says))
