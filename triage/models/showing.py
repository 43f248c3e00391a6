"""To whom was a tip shown, and did a report of theirs follow?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import ChannelKind, FailureCategory, Source, known
from knowledgebase.models import ArticleVersion
from triage.models.report import FailureReport


class AfterTip(models.TextChoices):
    """What came after a tip; the first two spared a report."""

    HELPED = "helped", _("They say that it helped")
    NO_REPORT = "no_report", _("No report followed")
    REPORTED = "reported", _("They reported it all the same")


SPARED = (AfterTip.HELPED, AfterTip.NO_REPORT)


class TipShowing(DueRow):
    """One text, shown to one person on one day; due when the hour after it is over.

    ``person`` is the pseudonym of whoever saw it, or the id of the report whose page
    they opened. ``report`` is that report; without one they had not reported anything.
    """

    version = models.ForeignKey(
        ArticleVersion, models.CASCADE, related_name="+", verbose_name=_("version")
    )
    category = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("cause")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    source = models.ForeignKey(
        Source, models.CASCADE, related_name="+", verbose_name=_("source")
    )
    person = models.CharField(_("person, by pseudonym"), max_length=32)
    report = models.ForeignKey(
        FailureReport,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("report"),
    )
    day = models.DateField(_("day, UTC"))
    shown_at = models.DateTimeField(_("shown at"), db_default=Now())
    after = models.CharField(
        _("what came after"), max_length=9, choices=AfterTip.choices, blank=True
    )

    objects = DueQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("shown tip")
        verbose_name_plural = _("shown tips")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(
                fields=["version", "category", "channel"], name="tipshowing_cell"
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["version", "source", "person", "day"],
                name="tipshowing_once_a_day",
            ),
            known("channel", ChannelKind, "tipshowing_channel_known"),
            models.CheckConstraint(
                condition=Q(after="") | Q(after__in=AfterTip.values),
                name="tipshowing_after_known",
            ),
            models.CheckConstraint(condition=~Q(person=""), name="tipshowing_person"),
            # What nobody will look at again has an outcome, or was given up.
            models.CheckConstraint(
                condition=Q(after="", due_at__isnull=False)
                | Q(after="", parked_at__isnull=False)
                | (~Q(after="") & Q(due_at__isnull=True)),
                name="tipshowing_due_until_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.day} {self.after}"
