"""How was a ticket resolved, and which knowledge did it use?"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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


class Resolution(models.Model):
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

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["ticket"],
                name="resolution_current",
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=False), name="resolution_needs_category"
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
