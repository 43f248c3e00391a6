"""What does a sentence say of what, however it puts it?

A wording asks for its words in one order. A statement asks only that a sentence names
a thing ("mailbox", "your server") and says something of it ("no longer exists", "is on
our blocklist"), in either order. It is worth less than a wording: words that share a
sentence need not belong together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from triage.diagnosis.moods import DENIALS
from triage.diagnosis.wordings import Hit, Tree
from triage.diagnosis.words import BLANK, BREAK, Word

FARTHEST = 72  # characters between what is named and what is said of it
_PARTS = DENIALS | {BREAK, BLANK}


@dataclass(slots=True)
class Statements:
    """Pairs of senses, each the meaning of a rule; a rule is named by its number."""

    tree: Tree
    names: list[str]
    # For each sense: the senses that make a statement with it, and the rule.
    partners: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, senses: Mapping[str, Sequence[str]]) -> "Statements":
        """Learn the words of all senses."""
        statements = cls(Tree({}), list(senses))
        for number, name in enumerate(statements.names):
            for says in senses[name]:
                statements.tree.add(number, says)
        return statements

    def add(self, rule: int, one: str, other: str) -> None:
        """Add a statement; raises ``ValueError`` for a sense that does not exist."""
        first, second = self.names.index(one), self.names.index(other)
        self.partners.setdefault(first, []).append((second, rule))
        self.partners.setdefault(second, []).append((first, rule))

    def find(self, text: Sequence[Word]) -> Iterator[Hit]:
        """Yield the statements of a text, the nearest pair at each place.

        Time grows with the length of the text: a sense is paired with the last place
        of each of its partners.
        """
        parts = _parts(text)
        latest: dict[int, Hit] = {}
        for sense in self.tree.find(text):
            for partner, rule in self.partners.get(sense.rule, ()):
                before = latest.get(partner)
                if before and _together(text, parts, before, sense):
                    said = before.said + sense.said
                    yield Hit(rule, before.first, sense.last, said)
            latest[sense.rule] = sense


def _parts(text: Sequence[Word]) -> list[int]:
    """For each place, how many words before it part a sentence or deny."""
    counts = [0]
    for word in text:
        counts.append(counts[-1] + (word.text in _PARTS))
    return counts


def _together(text: Sequence[Word], parts: Sequence[int], one: Hit, other: Hit) -> bool:
    if one.last > other.first or parts[one.last] != parts[other.first]:
        return False
    return text[other.first].start - text[one.last - 1].end <= FARTHEST
