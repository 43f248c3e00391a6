"""Who has something to learn from what happened?

Two things teach: an article that somebody worked by is published anew, and a ticket
that somebody solved is taken up again. Each makes one item for each person, however
often the machine looks.
"""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from deliveries.leases import LeaseLost
from knowledgebase import training, training_modules
from knowledgebase.models import (
    ArticleVersion,
    Publication,
    TrainingCause,
    TrainingItem,
)
from knowledgebase.training import Reopened
from triage.models import Resolution, ResolutionState

log = logging.getLogger(__name__)

BATCH = 50
LOOK_BACK = timedelta(days=7)


def follow_publications(now: datetime) -> int:
    """Ask the readers of earlier texts to read the new ones; return how many texts."""
    claimed: list[Publication] = Publication.objects.claim(BATCH)
    for row in claimed:
        try:
            _follow(row, now)
        except LeaseLost:
            log.warning("Publication %d is followed by another worker.", row.pk)
        except Exception:  # the edge of a worker: the row comes back after its lease
            log.exception("The readers of publication %d could not be told.", row.pk)
    for row in Publication.objects.exhausted(BATCH):
        Publication.objects.park(row, now)
    return len(claimed)


def _follow(row: Publication, now: datetime) -> None:
    with transaction.atomic():
        Publication.objects.settle(row)
        version = ArticleVersion.objects.select_related("translation").get(
            pk=row.version_id
        )
        if version.translation.published_version_id == version.pk:
            training.tell_readers(version, readers(version), now)
            training_modules.follow(version, now)


def readers(version: ArticleVersion) -> dict[int, int]:
    """Who knew an earlier text of the same language, and the newest they knew.

    Those who cited it in a resolution, or have understood it; by person, of those who
    still work here.
    """
    cited = Resolution.objects.filter(
        article_version__translation=version.translation_id,
        article_version__number__lt=version.number,
        resolved_by__isnull=False,
    ).order_by("article_version__number")
    knew = dict(cited.values_list("resolved_by", "article_version"))
    for person, understood in training.understood_before(version).items():
        # Ids of one language's texts rise with their numbers.
        knew[person] = max(understood, knew.get(person, 0))
    active = User.objects.filter(pk__in=knew, is_active=True)
    return {pk: knew[pk] for pk in active.values_list("pk", flat=True)}


def follow_reopened(now: datetime) -> int:
    """Ask people to read up on causes of which their own resolution did not hold.

    Once a resolution; not while they have the cause to read, nor for what came before
    they last understood it. Returns how many resolutions were found.
    """
    undone = Resolution.objects.filter(
        state__in=[ResolutionState.INEFFECTIVE, ResolutionState.REGRESSED],
        superseded_at__gt=now - LOOK_BACK,
        resolved_by__is_active=True,
    ).annotate(occasion=Concat(Value("resolution:"), Cast("pk", CharField())))
    covered = TrainingItem.objects.filter(
        Q(occasion=OuterRef("occasion"))
        | Q(understood_at__isnull=True)
        | Q(understood_at__gte=OuterRef("superseded_at")),
        person=OuterRef("resolved_by"),
        cause=TrainingCause.OWN_REOPENED,
        category=OuterRef("category"),
    )
    rows = undone.filter(~Exists(covered)).order_by("pk")
    found = rows.values_list("resolved_by", "category", "occasion")[:BATCH]
    reopened = [Reopened(*each) for each in found]
    training.tell_of_reopened(reopened, now)
    return len(reopened)
