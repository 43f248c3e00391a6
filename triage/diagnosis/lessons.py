"""From what is the learned judge taught? From cases with known causes, and our rules.

Each wording of a rule is a small example of its category, so that the model knows all
causes and all languages that the rules know, and sentences that are only like them.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deliveries import readers, taxonomy
from triage.diagnosis import phrases
from triage.diagnosis.evidence import Evidence
from triage.diagnosis.features import features
from triage.diagnosis.learned import FARTHEST
from triage.diagnosis.training import Example
from triage.diagnosis.wordings import GAP
from triage.diagnosis.words import words

WORDING_SHARE = 0.3  # a wording of ours counts less than a failure that happened
MOST_WORDINGS = 4000  # more teach little that is new, and training takes longer
USUAL_CHANNEL = "email"  # of a wording that is used on any


@dataclass(frozen=True, slots=True)
class Case:
    """A failure whose cause is known.

    ``accept`` are the causes that are right, the best first; none where only ``retry``
    is known. ``families`` are the families that count as right. ``retry`` is
    "permanent", "transient", "conditional" or empty; ``mail`` is the name of the file
    of the whole mail, or empty.
    """

    id: str
    evidence: Evidence
    accept: tuple[str, ...]
    families: tuple[str, ...]
    retry: str = ""
    mail: str = ""


def of_case(case: Case) -> Example:
    """Return the example that a case makes."""
    return Example(keys(case.evidence), case.accept, case.evidence.provider)


def of_rules(seed: int = 7) -> list[Example]:
    """Return examples of the wordings of the rules, and of each name of a cause.

    Of all wordings a part is chosen, the same for the same seed.
    """
    rng = random.Random(seed)  # noqa: S311 (a choice of wordings, not a secret)
    slots = _slots()
    wordings = [
        (rule, wording)
        for rule in phrases.phrasebook().rules
        if rule.category
        for wording in rule.says
    ]
    if len(wordings) > MOST_WORDINGS:
        wordings = rng.sample(wordings, MOST_WORDINGS)
    lessons = []
    for number, (rule, wording) in enumerate(wordings):
        channel = min(rule.channels, default=USUAL_CHANNEL)
        said = _spoken(wording, slots, rng)
        lessons.append(_weak(channel, said, rule.category, f"wording {number}"))
    for category in taxonomy.load().categories:
        if category.slug != taxonomy.UNKNOWN:
            lessons += [
                _weak(USUAL_CHANNEL, name, category.slug, name)
                for name in (category.name_en, category.name_zh_hans)
            ]
    return lessons


def keys(evidence: Evidence) -> tuple[int, ...]:
    """Return the features of an answer as the model sees them."""
    reading = readers.read(
        evidence.channel,
        evidence.answer,
        evidence.provider_code,
        evidence.enhanced_code,
    )
    found = features(evidence, reading, words(evidence.answer[:FARTHEST]))
    return tuple(feature.key for feature in found)


def _weak(channel: str, said: str, category: str, source: str) -> Example:
    evidence = Evidence(channel, "", "", said)
    return Example(keys(evidence), (category,), source, WORDING_SHARE)


def _spoken(
    wording: str, slots: Mapping[str, Sequence[str]], rng: random.Random
) -> str:
    """Say a wording with one of the words for each slot, and nothing for a gap."""
    said = []
    for part in wording.split():
        bare = part.removesuffix("?")
        name = bare.strip("{}")
        if part != GAP:
            said.append(rng.choice(slots[name]) if name != bare else bare)
    return " ".join(said)


def _slots() -> dict[str, Sequence[str]]:
    slots: dict[str, Sequence[str]] = {}
    for file in phrases.files():
        slots |= json.loads(file.read_text(encoding="utf-8")).get("slots", {})
    return slots
