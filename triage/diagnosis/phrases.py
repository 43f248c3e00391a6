"""What do the words of an answer mean?

The rules under ``rules/phrases/`` hold wordings as mail systems, carriers, push
gateways and chat platforms use them. A rule without a category marks wordings that say
nothing, such as advice about spam in an answer about something else.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import TypeAlias, TypedDict

from triage.diagnosis.evidence import Bundle, Evidence, Reason, Vote
from triage.diagnosis.wordings import Hit, Tree
from triage.diagnosis.words import BREAK, Word, words

SOURCE = Path(__file__).with_name("rules") / "phrases"  # by family, or by language

Span: TypeAlias = tuple[int, int]

REPEATED = 0.05  # a wording that comes again makes its cause a little surer
DETAIL = 0.6  # reporters describe what they saw, not what a machine answered
LONGEST_QUOTE = 80  # characters of a wording that a reason repeats

# "not a spam message", "has not been blocked", "未被退订": what follows is denied.
_DENIALS = frozenset(
    {"not", "no", "never", "without", "isn't", "wasn't", "hasn't", "nicht", "kein"}
    | {"keine", "pas", "non", "sin", "sem", "не", "未", "不", "非", "没", "無", "无"}
)
_BETWEEN = frozenset(
    {"a", "an", "the", "any", "been", "being", "be", "is", "as", "yet", "currently"}
    | {"marked", "considered", "classified", "identified", "detected", "flagged"}
    | {"found", "是", "被", "为"}
)
_FARTHEST_DENIAL = 4  # words


@dataclass(frozen=True, slots=True)
class Rule:
    """Wordings of one meaning; no category means that they say nothing."""

    id: str
    version: int
    category: str
    weight: float
    channels: frozenset[str]
    says: tuple[str, ...]


class _RuleRow(TypedDict, total=False):
    id: str
    version: int
    category: str
    weight: float
    channels: list[str]
    says: list[str]


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """All rules and the tree that finds them."""

    rules: tuple[Rule, ...]
    tree: Tree


def files() -> list[Path]:
    """Return the files of the rules, in one order."""
    return sorted(SOURCE.rglob("*.json"))


@cache
def phrasebook() -> Phrasebook:
    """Read the rules, once per process."""
    rows: list[_RuleRow] = []
    slots: dict[str, list[str]] = {}
    for file in files():
        stored = json.loads(file.read_text(encoding="utf-8"))
        rows += stored.get("rules", ())
        slots |= stored.get("slots", {})
    rules = tuple(
        Rule(
            id=row["id"],
            version=row["version"],
            category=row["category"],
            weight=row["weight"],
            channels=frozenset(row.get("channels", ())),
            says=tuple(row["says"]),
        )
        for row in rows
    )
    tree = Tree(slots)
    for number, rule in enumerate(rules):
        for wording in rule.says:
            tree.add(number, wording)
    return Phrasebook(rules, tree)


def judge(evidence: Evidence, spoken: Sequence[Span]) -> Iterator[Vote]:
    """Yield one vote for each rule that the answer or the detail speaks to.

    ``spoken`` are the spans of the answer that another judge has read: no piece of
    evidence has two voices.
    """
    channel = evidence.channel
    yield from _judged(channel, evidence.answer, Bundle.ANSWER, spoken)
    yield from _judged(channel, evidence.detail, Bundle.DETAIL, ())


def _judged(
    channel: str, said: str, bundle: Bundle, spoken: Sequence[Span]
) -> Iterator[Vote]:
    text = words(said)
    book = phrasebook()
    share = DETAIL if bundle is Bundle.DETAIL else 1.0
    by_rule: dict[int, list[Hit]] = {}
    for hit in _apart(channel, text, spoken):
        by_rule.setdefault(hit.rule, []).append(hit)
    for number, hits in by_rule.items():
        rule = book.rules[number]
        if rule.category:
            weight = share * rule.weight + REPEATED * log(len(hits))
            yield Vote(
                rule.category, weight, _reason(rule, hits[0], text, said, bundle)
            )


def _apart(channel: str, text: Sequence[Word], spoken: Sequence[Span]) -> list[Hit]:
    """Choose hits that share no word: the weightier first, then the longer."""
    book = phrasebook()
    rules = book.rules
    hits = [
        hit
        for hit in book.tree.find(text)
        if not rules[hit.rule].channels or channel in rules[hit.rule].channels
        if not _meets(text[hit.first].start, text[hit.last - 1].end, spoken)
    ]
    hits.sort(
        key=lambda hit: (-rules[hit.rule].weight, hit.first - hit.last, hit.first)
    )
    taken: set[int] = set()
    apart = []
    for hit in hits:
        if taken.isdisjoint(range(hit.first, hit.last)):
            taken.update(range(hit.first, hit.last))
            apart.append(hit)
    apart.sort(key=lambda hit: hit.first)
    return [hit for hit in apart if not _denied(text, hit, taken)]


def _meets(start: int, end: int, spans: Sequence[Span]) -> bool:
    return any(start < other_end and other < end for other, other_end in spans)


def _denied(text: Sequence[Word], hit: Hit, taken: set[int]) -> bool:
    for at in range(hit.first - 1, max(-1, hit.first - 1 - _FARTHEST_DENIAL), -1):
        word = text[at].text
        if at in taken or word == BREAK:
            return False
        if word in _DENIALS:
            return True
        if word not in _BETWEEN:
            return False
    return False


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
