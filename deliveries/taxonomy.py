"""Which causes of a failed delivery exist, and what may be done about each?

The one vocabulary of *why*, read from ``taxonomy.json`` beside this file: a closed set
of families and categories in English and Simplified Chinese.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypedDict

UNKNOWN = "unknown.unclassified"
HANDLING_LEVELS = range(1, 5)  # 1 = machine or first line ... 4 = urgent person

_SEED = Path(__file__).with_name("taxonomy.json")


class RetryClass(StrEnum):
    """May a message that failed for this cause be sent again?"""

    SAFE = "safe"  # on the same route, after back-off
    CONDITIONAL = "conditional"  # hours later, over another route, or after a remedy
    NEVER = "never"  # only after a checked remedy that changed the cause


class RepairPolicy(StrEnum):
    """What happens by itself when this cause is diagnosed?"""

    RETRY_BACKOFF = "retry_backoff"
    FAILOVER = "failover"
    SUPPRESS_RECIPIENT = "suppress_recipient"
    FIX_TEMPLATE = "fix_template"
    ASK_USER = "ask_user"
    HUMAN = "human"
    WAIT = "wait"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Family:
    """A group of causes; ``slug`` is the part before the dot of its categories."""

    slug: str
    name_en: str
    name_zh_hans: str

    def name_in(self, language: str) -> str:
        """Return the name for a language tag: Chinese for ``zh…``, else English."""
        return self.name_zh_hans if language.lower().startswith("zh") else self.name_en


@dataclass(frozen=True, slots=True)
class Category:
    """One cause, ``family.leaf``; a slug is never renamed, only succeeded."""

    slug: str
    family: str
    name_en: str
    name_zh_hans: str
    handling_level: int
    retry_class: RetryClass
    repair_policy: RepairPolicy

    def name_in(self, language: str) -> str:
        """Return the name for a language tag: Chinese for ``zh…``, else English."""
        return self.name_zh_hans if language.lower().startswith("zh") else self.name_en


class UnknownCategory(LookupError):
    """A slug was used that the vocabulary does not hold."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The whole vocabulary, in the order in which people should meet it."""

    families: tuple[Family, ...]
    categories: tuple[Category, ...]
    by_slug: dict[str, Category]

    def get(self, slug: str) -> Category:
        """Return the category; raise ``UnknownCategory`` if there is none."""
        try:
            return self.by_slug[slug]
        except KeyError:
            raise UnknownCategory(slug) from None

    def __contains__(self, slug: object) -> bool:
        """Tell whether a slug is part of the vocabulary."""
        return slug in self.by_slug


class _FamilyRow(TypedDict):
    slug: str
    en: str
    zh: str


class _CategoryRow(TypedDict):
    slug: str
    family: str
    en: str
    zh: str
    handling_level: int
    retry_class: str
    repair_policy: str


class _Seed(TypedDict):
    families: list[_FamilyRow]
    categories: list[_CategoryRow]


@cache
def load() -> Taxonomy:
    """Read the vocabulary that ships with the product, once per process."""
    return parse(_SEED.read_text(encoding="utf-8"))


def parse(text: str) -> Taxonomy:
    """Build a vocabulary from its JSON text.

    Raises ``ValueError`` when it contradicts itself: a slug twice, a category outside
    its family, a level out of range, or a word that is not in the closed sets.
    """
    seed: _Seed = json.loads(text)
    families = tuple(
        Family(row["slug"], row["en"], row["zh"]) for row in seed["families"]
    )
    categories = tuple(_category(row) for row in seed["categories"])
    by_slug = {category.slug: category for category in categories}
    known = {family.slug for family in families}
    if len(by_slug) != len(categories) or len(known) != len(families):
        raise ValueError("A slug of the taxonomy appears twice.")
    homeless = [each.slug for each in categories if each.family not in known]
    if homeless:
        raise ValueError(f"Categories without a family: {', '.join(homeless)}.")
    return Taxonomy(families, categories, by_slug)


def _category(row: _CategoryRow) -> Category:
    if row["slug"].split(".")[0] != row["family"]:
        raise ValueError(f"{row['slug']} does not start with its family.")
    if row["handling_level"] not in HANDLING_LEVELS:
        raise ValueError(f"{row['slug']} has no handling level from 1 to 4.")
    return Category(
        slug=row["slug"],
        family=row["family"],
        name_en=row["en"],
        name_zh_hans=row["zh"],
        handling_level=row["handling_level"],
        retry_class=RetryClass(row["retry_class"]),
        repair_policy=RepairPolicy(row["repair_policy"]),
    )
