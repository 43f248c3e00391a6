"""What would a taught rule have changed, had it been live before?"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import known
from triage.models.rule import DiagnosisRule

DAYS = (1, 7, 30)
GOOD_FOR = timedelta(days=7)  # after which the past that was asked is another one
# A job says that it lives after every chunk, which takes seconds.
LEASE = timedelta(seconds=60)
MAX_TRIES = 3


class RehearsalState(models.TextChoices):
    """Where a rehearsal stands."""

    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Stopped")


UNFINISHED = (RehearsalState.QUEUED, RehearsalState.RUNNING)


class RuleRehearsalQuerySet(models.QuerySet["RuleRehearsal"]):
    """Rehearsals. A write of a job names the epoch of its claim."""

    def unfinished(self) -> "RuleRehearsalQuerySet":
        """Those that wait or run."""
        return self.filter(state__in=UNFINISHED)

    def claim(self, pk: int, now: datetime) -> "RuleRehearsal | None":
        """Take a rehearsal up, unless another job lives on it or it is over."""
        free = Q(state=RehearsalState.QUEUED) | Q(
            state=RehearsalState.RUNNING, alive_at__lt=now - LEASE
        )
        taken = self.filter(free, pk=pk, tries__lt=MAX_TRIES).update(
            state=RehearsalState.RUNNING,
            epoch=F("epoch") + 1,
            tries=F("tries") + 1,
            alive_at=now,
            **dict.fromkeys(("examined", "would", "good", "bad", "resent"), 0),
        )
        if not taken:
            return None
        return self.select_related("rule__category").get(pk=pk)

    def record(self, row: "RuleRehearsal", **changes: object) -> bool:
        """Write what a job has found; false if it lost its claim or was stopped."""
        held = self.filter(pk=row.pk, epoch=row.epoch, state=RehearsalState.RUNNING)
        return bool(held.update(**changes))


class RuleRehearsal(models.Model):
    """One run of one version of a rule over stored reports, with its result.

    A job that a person started and watches (architecture: RQ), so progress, result
    and end are columns of its own.
    """

    rule = models.ForeignKey(
        DiagnosisRule,
        models.PROTECT,
        related_name="rehearsals",
        verbose_name=_("rule"),
    )
    days = models.PositiveSmallIntegerField(
        _("days"), choices=[(day, str(day)) for day in DAYS]
    )
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=RehearsalState.choices,
        default=RehearsalState.QUEUED,
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    alive_at = models.DateTimeField(_("alive at"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    epoch = models.PositiveIntegerField(_("epoch"), default=0, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    total = models.PositiveIntegerField(_("reports to examine"), default=0)
    examined = models.PositiveIntegerField(_("examined"), default=0)
    would = models.PositiveIntegerField(_("would have changed"), default=0)
    good = models.PositiveIntegerField(_("agreed with a person"), default=0)
    bad = models.PositiveIntegerField(_("differed from a person"), default=0)
    resent = models.PositiveIntegerField(_("newly resent at once"), default=0)
    result = models.JSONField(_("result"), default=dict, blank=True)
    fault = models.CharField(_("what went wrong"), max_length=40, blank=True)

    objects = RuleRehearsalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("rule rehearsal")
        verbose_name_plural = _("rule rehearsals")
        indexes: ClassVar = [
            models.Index(
                fields=["alive_at"],
                name="rulerehearsal_unfinished",
                condition=Q(state__in=UNFINISHED),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule"],
                name="rulerehearsal_one_running",
                condition=Q(state__in=UNFINISHED),
            ),
            models.CheckConstraint(
                condition=Q(would__lte=F("examined"))
                & Q(would__gte=F("good") + F("bad"))
                & Q(resent__lte=F("would")),
                name="rulerehearsal_counts",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED, ended_at__isnull=True)
                | (~Q(state__in=UNFINISHED) & Q(ended_at__isnull=False)),
                name="rulerehearsal_ended",
            ),
            models.CheckConstraint(
                condition=Q(state="failed") | Q(fault=""), name="rulerehearsal_fault"
            ),
            models.CheckConstraint(
                condition=Q(days__in=DAYS), name="rulerehearsal_days_known"
            ),
            known("state", RehearsalState, "rulerehearsal_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.days} d {self.state}"

    @property
    def is_running(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in UNFINISHED

    def holds(self, now: datetime) -> bool:
        """Whether a rule may be switched on after it."""
        done = self.state == RehearsalState.DONE and self.ended_at is not None
        return done and self.ended_at >= now - GOOD_FOR  # type: ignore[operator]  # done
