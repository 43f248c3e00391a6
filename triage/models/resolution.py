"""How was a ticket resolved, and which knowledge did it use?"""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import FailureCategory, known
from knowledgebase.models import ArticleVersion
from triage.models.ticket import Ticket
from triage.models.ticket_triggers import solved_has_resolution


class ResolutionState(models.TextChoices):
    """Whether the resolution held."""

    PROPOSED = "proposed", _("Proposed")
    APPLIED = "applied", _("Applied")
    EFFECTIVE = "effective", _("Effective")
    INEFFECTIVE = "ineffective", _("Ineffective")
    REGRESSED = "regressed", _("Regressed")


class ResolutionQuerySet(DueQuerySet):
    """Resolutions; ``due_at`` is when one is looked at again, and counted."""

    def end(self, state: ResolutionState, now: datetime) -> None:
        """Note that those in force did not hold; the ticket is taken up again."""
        changes: dict[str, object] = {"superseded_at": now, "state": state}
        if state == ResolutionState.REGRESSED:
            changes["regressed_at"] = Coalesce("regressed_at", Value(now))
        self.filter(superseded_at=None).touch(now, **changes)

    def touch(self, now: datetime, **changes: object) -> int:
        """Change them and have them counted; a count that is under way is void."""
        due: dict[str, object] = {"due_at": now, "epoch": F("epoch") + 1, "tries": 0}
        due["parked_at"] = None
        return self.update(**due, **changes)


class Resolution(DueRow):
    """The link from work to knowledge; its presence makes a ticket solved."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="resolutions", verbose_name=_("ticket")
    )
    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        related_name="resolutions",
        verbose_name=_("category"),
    )
    article_version = models.ForeignKey(
        ArticleVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("article version"),
    )
    note = models.TextField(_("what was done"), blank=True)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=ResolutionState.choices,
        default=ResolutionState.APPLIED,
    )
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )
    resolved_at = models.DateTimeField(
        _("resolved at"), db_default=models.functions.Now()
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    superseded_at = models.DateTimeField(_("replaced at"), null=True, blank=True)
    regressed_at = models.DateTimeField(_("came back at"), null=True, blank=True)

    objects = ResolutionQuerySet.as_manager()

    class Meta(DueRow.Meta):
        ordering: ClassVar = ["-id"]
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            # What came of one version, and what was resolved without any.
            models.Index(
                fields=["category", "article_version"], name="resolution_effect"
            ),
            # What did not hold, for those who solved it.
            models.Index(
                fields=["superseded_at"],
                name="resolution_came_undone",
                condition=Q(state__in=["ineffective", "regressed"]),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["ticket"],
                name="resolution_current",
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=False), name="resolution_needs_category"
            ),
            models.CheckConstraint(
                condition=Q(state="regressed", regressed_at__isnull=False)
                | (~Q(state="regressed") & Q(regressed_at__isnull=True)),
                name="resolution_regressed_has_time",
            ),
            known("state", ResolutionState, "resolution_state_known"),
        ]
        triggers: ClassVar = [
            solved_has_resolution(
                "OLD.ticket_id", pgtrigger.Delete | pgtrigger.UpdateOf("superseded_at")
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.category}"
