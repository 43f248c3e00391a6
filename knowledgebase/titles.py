"""Is there an article with a title like this already?

Titles in Latin letters are compared by the trigrams of the database, which forgive
typing errors; it knows none of Chinese, which is compared by pairs of neighbours.
"""

import re
from itertools import pairwise

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, QuerySet

from knowledgebase.models import ArticleTranslation, ArticleVersion, TranslationState

SHOWN = 5
ALIKE = 0.35  # of the pieces shared; below it titles only share a word
CANDIDATES = 200  # titles with a pair in common that are compared
MOST_PAIRS = 30  # of what is typed; a title has no more that tell it from others
_LATIN = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u0370-\u1fff]")
_SIGNS = re.compile(r"[\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff]{2,}")


def alike(title: str, *, but: str = "") -> list[ArticleVersion]:
    """Newest texts with a title alike, the most alike first; not of article ``but``."""
    found: dict[int, tuple[float, ArticleVersion]] = {}
    if _LATIN.search(title):
        for row in (
            _newest(but)
            .filter(title__trigram_similar=title)
            .annotate(alike=TrigramSimilarity("title", title))
            .order_by("-alike", "-pk")[:SHOWN]
        ):
            found[row.pk] = (float(row.alike), row)
    pairs = _pairs(title)
    if pairs:
        holds = Q()
        for pair in sorted(pairs)[:MOST_PAIRS]:
            holds |= Q(title__contains=pair)
        for other in _newest(but).filter(holds).order_by("-pk")[:CANDIDATES]:
            others = _pairs(other.title)
            score = len(pairs & others) / len(pairs | others)
            best = max(score, found.get(other.pk, (0.0, other))[0])
            found[other.pk] = (best, other)
    ranked = sorted(found.values(), key=lambda each: (-each[0], -each[1].pk))
    return [row for score, row in ranked if score >= ALIKE][:SHOWN]


def _newest(but: str) -> QuerySet[ArticleVersion]:
    live = ArticleTranslation.objects.exclude(state=TranslationState.ARCHIVED)
    rows = ArticleVersion.objects.filter(pk__in=live.values("current_version"))
    rows = rows.exclude(translation__article__slug=but)
    return rows.select_related("translation__article")


def _pairs(text: str) -> set[str]:
    return {
        first + second
        for run in _SIGNS.findall(text)
        for first, second in pairwise(run)
    }
