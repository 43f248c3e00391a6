"""Which lists did people take along as a file, and where is it?"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import known
from triage.models.selection import Selection


class ExportState(models.TextChoices):
    """Where an export stands."""

    PENDING = "pending", _("Waiting for a worker")
    WRITING = "writing", _("Being written")
    DONE = "done", _("Ready")
    REMOVED = "removed", _("Removed")
    FAILED = "failed", _("Failed")


EXPORTING = (ExportState.PENDING, ExportState.WRITING)


class ExportFormat(models.TextChoices):
    """As what a list is written."""

    CSV = "csv", _("CSV, for spreadsheets")
    NDJSON = "ndjson", _("NDJSON, for programs")
    HTML = "html", _("Pages, to print or keep as PDF")


class ExportQuerySet(DueQuerySet):
    """Exports. A write of a job names the epoch of its claim."""

    def visible_to(self, actor: Actor) -> "ExportQuerySet":
        """One's own, as long as one may export every queue in them."""
        if actor.person_id is None:
            return self.none()
        mine = self.filter(requested_by=actor.person_id)
        if actor.sees_everything:
            return mine
        return mine.filter(queue_ids__contained_by=sorted(actor.lead_queue_ids))

    def unfinished(self) -> "ExportQuerySet":
        """Those that wait or are written."""
        return self.filter(state__in=EXPORTING)


class Export(DueRow):
    """The tickets of one selection as a file, kept for a day behind the same rights.

    The file lies in parts, so that no more than one of them is ever in memory; the row
    stays when it is removed and says who took what along. ``size`` is in bytes.
    """

    selection = models.ForeignKey(
        Selection,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="exports",
        verbose_name=_("selection"),
    )
    query = models.CharField(_("query"), max_length=2_000, blank=True)
    queue_ids = ArrayField(
        models.BigIntegerField(), verbose_name=_("queues"), default=list
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    format = models.CharField(
        _("format"),
        max_length=6,
        choices=ExportFormat.choices,
        default=ExportFormat.CSV,
    )
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=ExportState.choices,
        default=ExportState.PENDING,
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    expected = models.PositiveIntegerField(_("rows"))
    written = models.PositiveIntegerField(_("rows written"), default=0)
    size = models.PositiveBigIntegerField(
        _("size of the file"), null=True, blank=True, editable=False
    )

    objects: Any = ExportQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(fields=["requested_by", "-id"], name="export_by_person"),
            models.Index(
                fields=["ended_at"],
                name="export_removal",
                condition=Q(size__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state="done", size__isnull=False)
                | (~Q(state="done") & Q(size__isnull=True)),
                name="export_done_has_file",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "writing"), ended_at__isnull=True)
                | (~Q(state__in=("pending", "writing")) & Q(ended_at__isnull=False)),
                name="export_ended",
            ),
            models.CheckConstraint(
                condition=Q(written__lte=F("expected")), name="export_written_expected"
            ),
            known("state", ExportState, "export_state_known"),
            known("format", ExportFormat, "export_format_known"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def is_working(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in EXPORTING


class ExportPart(models.Model):
    """A piece of the file of an export; all of them in their order are the file.

    ``content`` is UTF-8, compressed by gzip. The database gives it to no list.
    """

    export = models.ForeignKey(
        Export, models.CASCADE, related_name="parts", verbose_name=_("export")
    )
    number = models.PositiveIntegerField(_("part"))
    content = models.BinaryField(_("file"), editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["export", "number"], name="exportpart_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.number}"
