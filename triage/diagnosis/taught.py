"""What have operators taught about codes and wordings?

A taught rule is an exact code, or a literal phrase (see ``literal.py``), for one
provider and channel or for any. Live rules vote; those in the shadow are only heard.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from deliveries import readers
from deliveries.readers import Code, CodeKind, Place, Reading
from triage.diagnosis import literal, whole_mails
from triage.diagnosis.evidence import Bundle, Evidence, KnownFacts, Reason, Vote

LONGEST_QUOTE = 80  # characters of a wording that a reason repeats

# More than codes and words of our own reach together (3.4 for the best code, 4.2 for
# the clearest wording, each further voice half): the word of an operator is stronger.
# Beside a fact of our own records it is one voice among others.
WEIGHT = 8.0
BESIDE_FACTS = 2.0
DECISIVE = ("delivered", "suppressed", "expired", "superseded")
DETAIL = 0.6  # reporters describe what they saw, not what a machine answered
# On top, for a rule about just this provider: more than a class of codes takes away.
OF_PROVIDER = 1.0


class Kind(StrEnum):
    """What a pattern is compared with."""

    CODE = "code"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of what somebody taught; empty ``provider``, ``channel`` mean any.

    ``reference`` names the rule for people, ``number`` its version.
    """

    reference: int
    number: int
    kind: Kind
    pattern: str
    category: str
    provider: str = ""
    channel: str = ""

    @property
    def name(self) -> str:
        """How reasons name the rule."""
        return f"taught.{self.reference}"

    def serves(self, evidence: Evidence) -> bool:
        """Whether the rule is about this channel and provider."""
        if self.channel and self.channel != readers.known_channel(evidence.channel):
            return False
        return not self.provider or same_provider(self.provider, evidence.provider)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules that count at one moment: live ones vote, others are only heard."""

    live: tuple[Rule, ...] = ()
    shadow: tuple[Rule, ...] = ()

    # What the version of all rules gets for the live ones: empty without any.
    mark: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the live rules once; every diagnosis carries the name."""
        in_order = sorted(map(repr, self.live))
        digest = hashlib.sha256(repr(in_order).encode())
        mark = f"+{digest.hexdigest()[:6]}" if self.live else ""
        object.__setattr__(self, "mark", mark)

    def without(self, rule: Rule) -> "Rulebook":
        """The same book before this version of a rule was switched on."""
        return Rulebook(tuple(each for each in self.live if each != rule), self.shadow)

    def with_live(self, rule: Rule) -> "Rulebook":
        """The same book with a rule switched on in place of its other versions."""
        others = [each for each in self.live if each.reference != rule.reference]
        return Rulebook((*others, rule), self.shadow)


NOTHING_TAUGHT = Rulebook()


def same_provider(one: str, other: str) -> bool:
    """Whether two slugs name one provider."""
    return one.strip().casefold() == other.strip().casefold()


def judge(
    evidence: Evidence, rules: Iterable[Rule], reading: Reading | None = None
) -> Iterator[Vote]:
    """Yield one vote for each rule that the evidence speaks to.

    ``reading`` is what the readers found in the answer, if the caller has read it.
    """
    base = BESIDE_FACTS if explains_itself(evidence.facts) else WEIGHT
    for rule, share, reason in _hearings(evidence, rules, reading):
        own = OF_PROVIDER if rule.provider else 0.0
        yield Vote(rule.category, share * base + own, reason)


def speaking(evidence: Evidence, rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules that have anything to say about a failure."""
    inside = whole_mails.opened(evidence)
    return [rule for rule, _, _ in _hearings(inside, rules, None)]


def explains_itself(facts: KnownFacts) -> bool:
    """Whether our own records say why a message did not arrive."""
    return any(getattr(facts, name) for name in DECISIVE)


def speaks(evidence: Evidence, rule: Rule) -> bool:
    """Whether a rule has anything to say about a failure."""
    return bool(speaking(evidence, (rule,)))


# --- codes ----------------------------------------------------------------------------


def _codes(
    evidence: Evidence, served: Iterable[Rule], reading: Reading | None
) -> dict[str, Code]:
    """Every code of the evidence, folded; those that were given come first."""
    if not any(rule.kind is Kind.CODE for rule in served):
        return {}
    if reading is None:
        reading = readers.read(
            evidence.channel,
            evidence.answer,
            evidence.provider_code,
            evidence.enhanced_code,
        )
    given = (
        Code(CodeKind.PROVIDER, evidence.provider_code, place=Place.PROVIDER_CODE),
        Code(CodeKind.ENHANCED, evidence.enhanced_code, place=Place.ENHANCED_CODE),
    )
    codes: dict[str, Code] = {}
    for code in chain(given, reading.codes):
        codes.setdefault(code.value.strip().casefold(), code)
    return codes


def _hearings(
    evidence: Evidence, rules: Iterable[Rule], reading: Reading | None
) -> Iterator[tuple[Rule, float, Reason]]:
    """Yield each rule that is spoken to, with the share of its weight, and why."""
    served = [rule for rule in rules if rule.serves(evidence)]
    codes = _codes(evidence, served, reading)
    for rule in served:
        if found := _heard(evidence, rule, codes):
            yield rule, *found


def _heard(
    evidence: Evidence, rule: Rule, codes: dict[str, Code]
) -> tuple[float, Reason] | None:
    """What a rule makes of the evidence: the share of its weight, and why."""
    if rule.kind is Kind.CODE:
        code = codes.get(rule.pattern.strip().casefold())
        return (1.0, _of_code(rule, code)) if code else None
    for bundle, text, share in (
        (Bundle.ANSWER, evidence.answer, 1.0),
        (Bundle.DETAIL, evidence.detail, DETAIL),
    ):
        if span := literal.find(rule.pattern, text):
            return share, _of_words(rule, text, bundle, *span)
    return None


def _of_code(rule: Rule, code: Code) -> Reason:
    return Reason(
        rule=rule.name,
        version=rule.number,
        code=f"{code.kind}_code",
        params={"code": code.value, "category": rule.category},
        bundle=str(code.place),
        start=code.start,
        end=code.end,
    )


def _of_words(rule: Rule, text: str, bundle: Bundle, start: int, end: int) -> Reason:
    quote = " ".join(text[start:end].split())
    return Reason(
        rule=rule.name,
        version=rule.number,
        code=f"{bundle}_words",
        params={"words": quote[:LONGEST_QUOTE], "category": rule.category},
        bundle=bundle,
        start=start,
        end=end,
    )
