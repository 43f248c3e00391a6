"""About which causes is knowledge missing, and who has answered that?"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, OuterRef, Subquery

from deliveries.models import FailureCategory
from knowledgebase.models import Article, WritingTask

# So many resolutions by people without an article ask for one.
ENOUGH = 5


def last_answered() -> Subquery:
    """When the need for an article was last answered, beside an outer ``category``."""
    closed = WritingTask.objects.filter(
        category=OuterRef("category"), closed_at__isnull=False
    )
    newest = closed.order_by("-closed_at").values("closed_at")[:1]
    return Subquery(newest, output_field=DateTimeField())


def open_tasks(lacking: Mapping[int, int], now: datetime) -> None:
    """Ask for articles: ``lacking`` counts resolutions without one, by category.

    A task that is open already learns the new number.
    """
    wanted = [
        WritingTask(category_id=category, resolutions=count, opened_at=now)
        for category, count in sorted(lacking.items())
        if count >= ENOUGH
    ]
    with transaction.atomic():
        WritingTask.objects.bulk_create(wanted, ignore_conflicts=True)
        for task in wanted:
            live = WritingTask.objects.live().filter(category=task.category_id)
            live.update(resolutions=task.resolutions)


def answer(
    article: Article, categories: Iterable[FailureCategory], now: datetime
) -> None:
    """Close the tasks that an article answers; it is published."""
    live = WritingTask.objects.live().filter(category__in=list(categories))
    live.update(closed_at=now, article=article)


def dismiss(pk: int, person_id: int | None, reason: str, now: datetime) -> bool:
    """Say that no article is needed, and why; false if it was answered before."""
    live = WritingTask.objects.live().filter(pk=pk)
    return bool(live.update(closed_at=now, closed_by=person_id, reason=reason))
