"""What is known about each cause, does it help, and where is knowledge missing?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from deliveries.models import FailureCategory
from knowledgebase import effects
from knowledgebase.effects import NOTHING, Figures
from knowledgebase.models import (
    Article,
    Audience,
    Locale,
    TranslationState,
    WritingTask,
)
from triage.models import FailureReport

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Volume:
    """Reports of one cause: in the last 30 days, and in the 30 before."""

    now: int = 0
    before: int = 0

    @property
    def change_percent(self) -> int | None:
        """By how much it rose or fell, in percent; None without any before."""
        if not self.before:
            return None
        return round(100 * (self.now - self.before) / self.before)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One cause, its volume, what is published about it, and what that did."""

    category: FailureCategory
    volume: Volume
    figures: Figures
    articles: int
    missing: tuple[str, ...]  # locales without a published article for staff
    has_tip: bool
    task: WritingTask | None

    @property
    def is_gap(self) -> bool:
        """Whether reports come in and nothing that staff can use is published."""
        return bool(self.volume.now) and not self.articles


def of_everything(now: datetime) -> list[Coverage]:
    """Every cause that is in use, in the order of the vocabulary; five queries."""
    categories = FailureCategory.objects.filter(deprecated_at=None).order_by("pk")
    volumes = _volumes(now)
    measured = effects.of_categories()
    published = _published()
    tasks = {task.category_id: task for task in WritingTask.objects.live()}
    return [
        _coverage(each, volumes, measured, published[each.pk], tasks.get(each.pk))
        for each in categories
    ]


@dataclass(slots=True)
class _Published:
    articles: int = 0
    locales: frozenset[str] = frozenset()
    has_tip: bool = False


def _coverage(
    category: FailureCategory,
    volumes: Mapping[int, Volume],
    measured: Mapping[int, Figures],
    published: _Published,
    task: WritingTask | None,
) -> Coverage:
    return Coverage(
        category=category,
        volume=volumes.get(category.pk, Volume()),
        figures=measured.get(category.pk, NOTHING),
        articles=published.articles,
        missing=tuple(each for each in Locale.values if each not in published.locales),
        has_tip=published.has_tip,
        task=task,
    )


def _volumes(now: datetime) -> dict[int, Volume]:
    since = now - WINDOW
    rows = (
        FailureReport.objects.filter(
            received_at__gt=since - WINDOW, received_at__lte=now, category__isnull=False
        )
        .order_by()
        .values_list("category")
        .annotate(
            now=Count("pk", filter=Q(received_at__gt=since)),
            before=Count("pk", filter=Q(received_at__lte=since)),
        )
    )
    return {category: Volume(*counts) for category, *counts in rows}


def _published() -> defaultdict[int, _Published]:
    links = Article.categories.through.objects.filter(
        article__translations__state=TranslationState.PUBLISHED
    )
    rows = links.order_by().values_list(
        "failurecategory",
        "article",
        "article__audience",
        "article__translations__locale",
    )
    found: defaultdict[int, _Published] = defaultdict(_Published)
    seen = set()
    for category, pk, audience, locale in rows:
        cell = found[category]
        if audience == Audience.TIP:
            cell.has_tip = True
            continue
        cell.articles += (category, pk) not in seen
        seen.add((category, pk))
        cell.locales |= {locale}
    return found
