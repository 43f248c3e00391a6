"""What did the machine think was the cause, and why?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models import FailureCategory, append_only
from triage.models.report import FailureReport


class Diagnosis(models.Model):
    """One run over one report; a second run is a second row."""

    report = models.ForeignKey(
        FailureReport,
        models.CASCADE,
        related_name="diagnoses",
        verbose_name=_("report"),
    )
    ruleset_version = models.CharField(_("rules"), max_length=20)
    evidence_digest = models.CharField(_("evidence digest"), max_length=64)
    next_check = models.CharField(_("next check"), max_length=60, blank=True)
    took_ms = models.FloatField(_("milliseconds"))
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        triggers: ClassVar = [append_only("diagnosis_append_only")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.at:%F %T}"


class Finding(models.Model):
    """One ranked cause with what speaks for and against it."""

    diagnosis = models.ForeignKey(
        Diagnosis, models.CASCADE, related_name="findings", verbose_name=_("diagnosis")
    )
    rank = models.PositiveSmallIntegerField(_("rank"))
    category = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("category")
    )
    confidence = models.FloatField(_("confidence"))
    speaks_for = models.JSONField(_("speaks for"), default=list)
    speaks_against = models.JSONField(_("speaks against"), default=list)

    class Meta:
        ordering: ClassVar = ["diagnosis", "rank"]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["diagnosis", "rank"], name="finding_rank"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1),
                name="finding_confidence",
            ),
        ]
        triggers: ClassVar = [append_only("finding_append_only")]

    def __str__(self) -> str:
        return f"{self.rank} {self.category} {self.confidence:.2f}"
