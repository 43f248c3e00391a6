"""What came of each resolution, and so of the article that it cites?

A resolution is due when it is made, proven or taken up again, and at its checks for
recurrence. Its article's figures are then counted anew from all resolutions, so that
nothing can be counted twice or be forgotten.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Aggregate, Count, F, FloatField, Q
from django.db.models.functions import Coalesce, Extract, Greatest

from deliveries.leases import LeaseLost
from knowledgebase import effects, gaps
from knowledgebase.effects import Figures
from knowledgebase.models import Article, ArticleEffect
from triage import falling, recurrence
from triage.models import Resolution, ResolutionState

log = logging.getLogger(__name__)

BATCH = 100
LACKING = timedelta(days=90)  # how far back resolutions without an article count
# The 30 days move on by themselves: what was counted longer ago is counted again.
OLD = timedelta(days=1)

Cell = tuple[int, int, str]  # version, category, channel


class Median(Aggregate):
    """The middle value, in the unit of its expression."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


TOOK_S = Extract(F("verified_at") - F("resolved_at"), "epoch")


def measure_due(now: datetime) -> int:
    """Count what resolutions are due for; return how many were claimed."""
    claimed: list[Resolution] = Resolution.objects.claim(BATCH)
    by_cell: dict[Cell | None, list[Resolution]] = defaultdict(list)
    channels = dict(
        Resolution.objects.filter(pk__in=[row.pk for row in claimed])
        .order_by()
        .values_list("pk", "ticket__group__channel")
    )
    for row in claimed:
        by_cell[_cell(row, channels[row.pk])].append(row)
    for cell, rows in by_cell.items():
        try:
            _measure(cell, rows, now)
        except Exception:  # one article's figures must not hold up the others
            log.exception("The effect of %s could not be counted.", cell)
    _judge([cell[0] for cell in by_cell if cell is not None], now)
    return len(claimed)


def _cell(row: Resolution, channel: str) -> Cell | None:
    if row.article_version_id is None or row.category_id is None:
        return None
    return row.article_version_id, row.category_id, channel


def _measure(cell: Cell | None, rows: Sequence[Resolution], now: datetime) -> None:
    for row in rows:
        # One that came back is due at once again, under a later epoch.
        recurrence.check(row.pk, now)
    with transaction.atomic():
        for row in rows:
            try:
                with transaction.atomic():
                    due_at = recurrence.next_check(row, now)
                    Resolution.objects.settle(row, due_at=due_at)
            except LeaseLost:
                continue
        if cell is not None:
            _recount(cell, now)


def _recount(cell: Cell, now: datetime) -> None:
    row = effects.locked(*cell)
    effects.record(row, count(cell, now), now)


def park_exhausted(now: datetime) -> int:
    """Give up what could not be counted three times; return how many.

    The next thing that happens to the resolution makes it due again.
    """
    rows: list[Resolution] = Resolution.objects.exhausted(BATCH)
    return sum(Resolution.objects.park(row, now) for row in rows)


def recount_old(now: datetime) -> int:
    """Count again what was counted a day ago and has recent cases; return how many."""
    cells = ArticleEffect.objects.filter(
        recent_decided__gt=0, computed_at__lt=now - OLD
    ).order_by("computed_at")
    keys = list(cells.values_list("version", "category", "channel")[:BATCH])
    for key in keys:
        with transaction.atomic():
            _recount(key, now)
    _judge([version for version, _category, _channel in keys], now)
    return len(keys)


def _judge(version_ids: Sequence[int], now: datetime) -> None:
    cited = Article.objects.filter(translations__versions__in=version_ids)
    for article in sorted(set(cited.values_list("pk", flat=True))):
        falling.judge(article, now)


def count(cell: Cell, now: datetime) -> Figures:
    """Count the resolutions of one cell; one query."""
    version, category, channel = cell
    return figures(
        Q(
            article_version=version,
            category=category,
            ticket__group__channel=channel,
        ),
        now,
    )


def figures(which: Q, now: datetime) -> Figures:
    """Count what came of some resolutions; one query."""
    recent = Q(resolved_at__gt=now - effects.RECENT)
    delivered = Q(verified_at__isnull=False)
    failed = Q(state=ResolutionState.INEFFECTIVE)
    held = delivered & Q(regressed_at__isnull=True)
    early = Q(regressed_at__lte=F("verified_at") + recurrence.CHECKS[0])
    counted = Resolution.objects.filter(which).aggregate(
        applied=Count("pk"),
        delivered=Count("pk", filter=delivered),
        failed=Count("pk", filter=failed),
        regressed=Count("pk", filter=delivered & Q(regressed_at__isnull=False)),
        regressed_7d=Count("pk", filter=delivered & early),
        recent_held=Count("pk", filter=recent & held),
        recent_decided=Count("pk", filter=recent & (delivered | failed)),
        median=Median(TOOK_S, filter=delivered),
    )
    median = counted.pop("median")
    # Two machines' clocks may differ by more than a quick delivery takes.
    took = None if median is None else max(0, round(median))
    return Figures(**counted, median_s=took)


def find_gaps(now: datetime) -> None:
    """Ask for an article where people resolved often enough without one.

    What was resolved before such a request was last answered counts no more.
    """
    lacking = Resolution.objects.filter(
        article_version=None,
        resolved_by__isnull=False,
        resolved_at__gt=Greatest(
            now - LACKING, Coalesce(gaps.last_answered(), now - LACKING)
        ),
    )
    counted = lacking.order_by().values_list("category").annotate(Count("pk"))
    gaps.open_tasks(dict(counted), now)
