"""What did the machine think was the cause, and why?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models import FailureCategory, append_only
from triage.models.report import FailureReport


class PlanAction(models.TextChoices):
    """What comes next; the same words as in ``triage/diagnosis/plan.py``."""

    RETRY_AT = "retry_at", _("Sends again")
    OTHER_ROUTE = "other_route", _("Sends over another route")
    OTHER_CHANNEL = "other_channel", _("Sends over another channel")
    FIX_TEMPLATE = "fix_template", _("The template is mended")
    ASK_USER = "ask_user", _("The recipient is asked")
    HUMAN = "human", _("A person looks at it")
    WAIT = "wait", _("Waits for news")
    CLOSE = "close", _("Closed")
    SUPPRESS = "suppress", _("The address is suppressed")


TIMED = (
    PlanAction.RETRY_AT,
    PlanAction.OTHER_ROUTE,
    PlanAction.OTHER_CHANNEL,
    PlanAction.WAIT,
)


class Diagnosis(models.Model):
    """One run over one report; a second run is a second row.

    ``attempt_n`` names the try that it is about, if it is about one. ``checks`` lists
    ``{code, outcome, params}``; the plan is what the machine does next. Rows from
    before plans were written have no plan.
    """

    report = models.ForeignKey(
        FailureReport,
        models.CASCADE,
        related_name="diagnoses",
        verbose_name=_("report"),
    )
    attempt_n = models.PositiveSmallIntegerField(_("attempt"), null=True, blank=True)
    ruleset_version = models.CharField(_("rules"), max_length=20)
    model_version = models.CharField(_("model"), max_length=20, blank=True)
    evidence_digest = models.CharField(_("evidence digest"), max_length=64)
    checks = models.JSONField(_("checks"), default=list, blank=True)
    next_check = models.CharField(_("next check"), max_length=60, blank=True)
    plan_action = models.CharField(
        _("plan"), max_length=14, choices=PlanAction.choices, blank=True
    )
    plan_reason = models.CharField(_("reason of the plan"), max_length=20, blank=True)
    plan_at = models.DateTimeField(_("planned for"), null=True, blank=True)
    plan_params = models.JSONField(_("figures of the plan"), default=dict, blank=True)
    took_ms = models.FloatField(_("milliseconds"))
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(plan_action__in=["", *PlanAction.values]),
                name="diagnosis_plan_action_known",
            ),
            models.CheckConstraint(
                condition=Q(plan_at__isnull=True) | Q(plan_action__in=TIMED),
                name="diagnosis_plan_at_timed",
            ),
        ]
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
