"""How often did an article help, how sure is that, and is it getting worse?

The layer above counts its own resolutions and hands the figures down; here they are
kept, weighed and compared. Nothing is ranked by votes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from knowledgebase import posterior
from knowledgebase.models import ArticleEffect

RECENT = timedelta(days=30)
# Below this many decided cases on either side a difference says nothing.
ENOUGH = 10
BY_CHANCE = 0.05


class Trend(TextChoices):
    """How the last 30 days compare with the time before."""

    UNKNOWN = "unknown", _("too few cases to tell")
    FALLING = "falling", _("falling")
    STEADY = "steady", _("steady")
    RISING = "rising", _("rising")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted; the fields are those of :class:`ArticleEffect`."""

    applied: int = 0
    delivered: int = 0
    failed: int = 0
    regressed: int = 0
    regressed_7d: int = 0
    recent_held: int = 0
    recent_decided: int = 0
    median_s: int | None = None

    @classmethod
    def of(cls, cell: ArticleEffect) -> "Figures":
        """Those of one cell."""
        return cls(
            applied=cell.applied,
            delivered=cell.delivered,
            failed=cell.failed,
            regressed=cell.regressed,
            regressed_7d=cell.regressed_7d,
            recent_held=cell.recent_held,
            recent_decided=cell.recent_decided,
            median_s=cell.median_s,
        )

    @property
    def held(self) -> int:
        """Resolutions after which everything arrived, and that stood."""
        return self.delivered - self.regressed

    @property
    def decided(self) -> int:
        """Resolutions of which it is known whether they helped."""
        return self.delivered + self.failed

    @property
    def delivered_percent(self) -> int | None:
        """Of the decided ones, those that delivered, in percent; None without any."""
        return round(100 * self.delivered / self.decided) if self.decided else None

    @property
    def mean(self) -> float:
        """The share that holds, as the posterior expects it."""
        return posterior.mean(self.held, self.decided - self.held)

    @property
    def low(self) -> float:
        """The share that holds at the least; articles are ranked by it."""
        return posterior.lower_bound(self.held, self.decided - self.held)

    @property
    def trend(self) -> Trend:
        """Say whether the last 30 days differ from before by more than chance."""
        earlier = (self.held - self.recent_held, self.decided - self.recent_decided)
        recent = (self.recent_held, self.recent_decided)
        if min(earlier[1], recent[1]) < ENOUGH:
            return Trend.UNKNOWN
        if posterior.chance_of_fall(earlier, recent) < BY_CHANCE:
            return Trend.FALLING
        if posterior.chance_of_fall(recent, earlier) < BY_CHANCE:
            return Trend.RISING
        return Trend.STEADY


COUNTS = (
    "applied",
    "delivered",
    "failed",
    "regressed",
    "regressed_7d",
    "recent_held",
    "recent_decided",
)
NOTHING = Figures()
Cells = QuerySet[ArticleEffect, tuple[Any, ...]]


def locked(version_id: int, category_id: int, channel: str) -> ArticleEffect:
    """Return the cell of a version, held until the transaction ends.

    Whoever counts does so after this, so that the later count is the one that stays.
    """
    key = {"version_id": version_id, "category_id": category_id, "channel": channel}
    ArticleEffect.objects.bulk_create([ArticleEffect(**key)], ignore_conflicts=True)
    return ArticleEffect.objects.select_for_update().get(**key)


def record(cell: ArticleEffect, figures: Figures, now: datetime) -> None:
    """Keep what was counted for a cell that is :func:`locked`."""
    for name in COUNTS:
        setattr(cell, name, getattr(figures, name))
    cell.median_s = figures.median_s
    cell.posterior_mean, cell.posterior_low = figures.mean, figures.low
    cell.computed_at = now
    cell.save()


def cells(
    article_ids: Sequence[int], *, category_id: int | None = None, channel: str = ""
) -> Cells:
    """Ask for the figures of articles, over all their versions and languages.

    Of one cause or channel only where they are named; for :func:`summed`.
    """
    rows = ArticleEffect.objects.of_articles(list(article_ids))
    if category_id is not None:
        rows = rows.filter(category=category_id)
    if channel:
        rows = rows.filter(channel=channel)
    return rows.order_by().values_list("version__translation__article", *COUNTS)


def of_articles(
    article_ids: Sequence[int], *, category_id: int | None = None, channel: str = ""
) -> dict[int, Figures]:
    """The figures of articles, as :func:`cells` asks for them; one query.

    Without a median, which cannot be had from parts.
    """
    return summed(cells(article_ids, category_id=category_id, channel=channel))


def of_categories() -> dict[int, Figures]:
    """The figures of everything that is known against each cause; one query."""
    rows = ArticleEffect.objects.order_by()
    return summed(rows.values_list("category", *COUNTS))


def of_channels(category_id: int) -> dict[str, Figures]:
    """The figures of everything that is known against one cause, by channel."""
    rows = ArticleEffect.objects.filter(category=category_id).order_by()
    return summed(rows.values_list("channel", *COUNTS))


def summed(rows: Iterable[tuple[Any, ...]]) -> dict[Any, Figures]:
    """Add up cells whose first value is the same."""
    totals: dict[Any, list[int]] = defaultdict(lambda: [0] * len(COUNTS))
    for key, *counts in rows:
        totals[key] = [a + b for a, b in zip(totals[key], counts, strict=True)]
    return {
        key: Figures(**dict(zip(COUNTS, counts, strict=True)))
        for key, counts in totals.items()
    }
