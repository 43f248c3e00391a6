"""What do the words of an answer mean?

The rules under ``rules/phrases/`` hold wordings as mail systems, carriers, push
gateways and chat platforms use them. A rule without a category marks wordings that say
nothing, such as advice about spam in an answer about something else. ``says`` are
wordings of ``wordings.py``, ``of`` are pairs of senses for ``statements.py``. A rule
that is ``firm`` bows to no cause that may be tried again later. Causes that begin with
what a rule is ``against`` bow to it: a reply to MAIL FROM speaks of the sender.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from math import log
from pathlib import Path
from typing import TypeAlias, TypedDict

from deliveries import readers, taxonomy
from deliveries.taxonomy import RetryClass
from triage.diagnosis import moods
from triage.diagnosis.evidence import Bundle, Evidence, Reason, Vote
from triage.diagnosis.statements import Statements
from triage.diagnosis.wordings import Hit, Tree
from triage.diagnosis.words import Word, words

SOURCE = Path(__file__).with_name("rules") / "phrases"  # by family, or by language

Span: TypeAlias = tuple[int, int]

WORD = 0.4  # what a further word adds where two wordings claim the same place
REPEATED = 0.05  # a wording that comes again makes its cause a little surer
DETAIL = 0.6  # reporters describe what they saw, not what a machine answered
LONGEST_QUOTE = 80  # characters of a wording that a reason repeats

# Words that allow sending again bow to a plain cause that does not: "user unknown, try
# again later" is not tried again.
_NOTICES = "notice."
_PLAIN = 2.4
_BOWED = 0.45


@dataclass(frozen=True, slots=True)
class Rule:
    """Wordings of one meaning; no category means that they say nothing."""

    id: str
    version: int
    category: str
    weight: float
    channels: frozenset[str]
    says: tuple[str, ...]
    firm: bool  # bows to no cause that may be tried again later
    against: str  # the beginning of causes that bow to it


class _RuleRow(TypedDict, total=False):
    id: str
    version: int
    category: str
    weight: float
    channels: list[str]
    says: list[str]
    of: list[list[str]]
    firm: bool
    against: str


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """All rules and what finds them."""

    rules: tuple[Rule, ...]
    tree: Tree
    statements: Statements


def files() -> list[Path]:
    """Return the files of the rules, in one order."""
    return sorted(SOURCE.rglob("*.json"))


@cache
def phrasebook() -> Phrasebook:
    """Read the rules, once per process."""
    rows: list[_RuleRow] = []
    slots: dict[str, list[str]] = {}
    senses: dict[str, list[str]] = {}
    for file in files():
        stored = json.loads(file.read_text(encoding="utf-8"))
        rows += stored.get("rules", ())
        rows += stored.get("statements", ())
        slots |= stored.get("slots", {})
        senses |= stored.get("senses", {})
    rules = tuple(_rule(row) for row in rows)
    tree = Tree(slots)
    statements = Statements.of(senses)
    for number, row in enumerate(rows):
        for wording in row.get("says", ()):
            tree.add(number, wording)
        for one, other in row.get("of", ()):
            statements.add(number, one, other)
    return Phrasebook(rules, tree, statements)


def _rule(row: _RuleRow) -> Rule:
    pairs = (" + ".join(pair) for pair in row.get("of", ()))
    return Rule(
        id=row["id"],
        version=row["version"],
        category=row["category"],
        weight=row["weight"],
        channels=frozenset(row.get("channels", ())),
        says=(*row.get("says", ()), *pairs),
        firm=row.get("firm", False),
        against=row.get("against", ""),
    )


def judge(evidence: Evidence, spoken: Sequence[Span]) -> Iterator[Vote]:
    """Yield one vote for each rule that the answer or the detail speaks to.

    ``spoken`` are the spans of the answer that another judge has read: no piece of
    evidence has two voices.
    """
    channel = readers.known_channel(evidence.channel)
    yield from _judged(channel, evidence.answer, Bundle.ANSWER, spoken)
    yield from _judged(channel, evidence.detail, Bundle.DETAIL, ())


def _judged(
    channel: str, said: str, bundle: Bundle, spoken: Sequence[Span]
) -> Iterator[Vote]:
    text = words(said)
    book = phrasebook()
    share = DETAIL if bundle is Bundle.DETAIL else 1.0
    by_rule: dict[int, list[tuple[float, Hit]]] = {}
    for worth, hit in _weighed(said, text, _apart(channel, said, text, spoken)):
        by_rule.setdefault(hit.rule, []).append((worth, hit))
    plain = _plain(
        (book.rules[number], worth)
        for number, found in by_rule.items()
        for worth, _ in found
    )
    against = tuple(filter(None, {book.rules[each].against for each in by_rule}))
    for number, found in by_rule.items():
        rule = book.rules[number]
        if rule.category:
            worth, hit = max(found, key=lambda each: each[0])
            weight = share * worth * (rule.weight + REPEATED * log(len(found)))
            if _bows(rule, plain) or rule.category.startswith(against):
                weight *= _BOWED
            yield Vote(rule.category, weight, _reason(rule, hit, text, said, bundle))


def _plain(said: Iterable[tuple[Rule, float]]) -> set[RetryClass]:
    """Return in which ways the plain causes of a text speak against sending again."""
    return {
        _retry(rule)
        for rule, worth in said
        if worth * rule.weight >= _PLAIN and not rule.category.startswith(_NOTICES)
    }


def _bows(rule: Rule, plain: Collection[RetryClass]) -> bool:
    if _retry(rule) is not RetryClass.SAFE:
        return False
    return RetryClass.NEVER in plain or (
        RetryClass.CONDITIONAL in plain and not rule.firm
    )


def _retry(rule: Rule) -> RetryClass:
    # A rule without a category says nothing, and nothing against sending again.
    known = taxonomy.load()
    return known.get(rule.category).retry_class if rule.category else RetryClass.SAFE


def _apart(
    channel: str, said: str, text: Sequence[Word], spoken: Sequence[Span]
) -> list[Hit]:
    """Choose hits that share no word: those that say more first."""
    book = phrasebook()
    rules = book.rules
    hits = [
        hit
        for hit in chain(book.tree.find(text), book.statements.find(text))
        if not rules[hit.rule].channels or channel in rules[hit.rule].channels
        if not _meets(text[hit.first].start, text[hit.last - 1].end, spoken)
    ]
    denied = _denied(said, text, hits)
    hits = [hit for hit in hits if hit.first not in denied]
    hits.sort(key=lambda hit: _rank(rules[hit.rule], hit))
    taken: set[int] = set()
    apart = []
    for hit in hits:
        if taken.isdisjoint(range(hit.first, hit.last)):
            taken.update(range(hit.first, hit.last))
            apart.append(hit)
    apart.sort(key=lambda hit: hit.first)
    return apart


def _denied(said: str, text: Sequence[Word], hits: Sequence[Hit]) -> set[int]:
    """Places where no wording may begin: "not classified as spam" is no spam either."""
    spent = {place for hit in hits for place in range(hit.first, hit.last)}
    return {
        place
        for hit in hits
        if moods.denied(said, text, hit.first, spent)
        for place in range(hit.first, hit.last)
    }


def _rank(rule: Rule, hit: Hit) -> tuple[float, int, int]:
    """Four words that fit together say more than the weightiest of them alone."""
    return -rule.weight - WORD * hit.said, hit.first - hit.last, hit.first


def _weighed(
    said: str, text: Sequence[Word], apart: Sequence[Hit]
) -> Iterator[tuple[float, Hit]]:
    """Yield what each wording is worth where it stands."""
    taken = {place for hit in apart for place in range(hit.first, hit.last)}
    rules = phrasebook().rules
    worths = [
        moods.mood(said, text, range(hit.first, hit.last), taken) for hit in apart
    ]
    for place in range(1, len(apart)):
        one, other = apart[place - 1], apart[place]
        if rules[one.rule].category != rules[other.rule].category and moods.parted(
            text, one.last, other.first
        ):
            worths[place - 1] *= moods.ALTERNATIVE
            worths[place] *= moods.ALTERNATIVE
    yield from zip(worths, apart, strict=True)


def _meets(start: int, end: int, spans: Sequence[Span]) -> bool:
    return any(start < other_end and other < end for other, other_end in spans)


def _reason(
    rule: Rule, hit: Hit, text: Sequence[Word], said: str, bundle: Bundle
) -> Reason:
    start, end = text[hit.first].start, text[hit.last - 1].end
    quote = " ".join(said[start:end].split())
    return Reason(
        rule=rule.id,
        version=rule.version,
        code=f"{bundle}_words",
        params={"words": quote[:LONGEST_QUOTE], "category": rule.category},
        bundle=bundle,
        start=start,
        end=end,
    )
