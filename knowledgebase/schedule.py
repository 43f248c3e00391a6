"""Which texts does the machine publish, or call out of date, by the clock alone?"""

import logging
from datetime import datetime

from django.db import transaction

from deliveries.leases import LeaseLost
from knowledgebase import history, reviewing
from knowledgebase.models import (
    ArticleAct,
    ArticleTranslation,
    TranslationState,
)

log = logging.getLogger(__name__)

BATCH = 50


def publish_due(now: datetime) -> int:
    """Publish the texts that were approved for a time that has come; return how many.

    What three workers could not publish is parked, and its history says so.
    """
    published = 0
    for claimed in ArticleTranslation.objects.each_due(BATCH):
        try:
            published += _publish(claimed, now)
        except LeaseLost:
            log.warning("Article text %d is published by another worker.", claimed.pk)
        except Exception:  # the edge of a worker: the row comes back after its lease
            log.exception("Article text %d could not be published.", claimed.pk)
    for row in ArticleTranslation.objects.exhausted(BATCH):
        with transaction.atomic():
            if ArticleTranslation.objects.park(row, now):
                history.add(row, ArticleAct.GIVEN_UP, None)
    return published


def _publish(claimed: ArticleTranslation, now: datetime) -> bool:
    with transaction.atomic():
        rows = ArticleTranslation.objects.select_for_update(of=("self",))
        row = rows.select_related("current_version").get(pk=claimed.pk)
        if row.epoch != claimed.epoch:
            raise LeaseLost(f"ArticleTranslation {claimed.pk}")
        version = row.current_version
        # Taken back, written anew or archived since: then it is no longer planned.
        if row.publish_at is None or version is None:
            return False
        reviewing.publish(row, version, None, now)
    return True


def mark_overdue(now: datetime) -> int:
    """Mark published texts as stale whose review is overdue; return how many."""
    overdue = ArticleTranslation.objects.filter(
        state=TranslationState.PUBLISHED, article__review_by__lt=now.date()
    )
    marked = 0
    for pk in overdue.order_by("pk").values_list("pk", flat=True)[:BATCH]:
        marked += reviewing.overdue(pk, now)
    return marked
