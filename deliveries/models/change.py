"""What changed among the facts that work above may depend on?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.leases import DueQuerySet, DueRow
from deliveries.models.message import Message
from deliveries.models.source import Source
from deliveries.models.vocabulary import known


class ChangeKind(models.TextChoices):
    """The kinds of change that the layers above are told of."""

    ATTEMPT_FINISHED = "attempt_finished", _("Attempt finished")
    EVIDENCE = "evidence", _("New evidence")
    SILENT = "silent", _("No evidence in time")
    SUPPRESSION = "suppression", _("Suppression changed")
    BREAKER = "breaker", _("Route interrupted or in use again")
    RESEND_REQUESTED = "resend_requested", _("Source asked to send again")
    RESEND_STEP = "resend_step", _("Bulk resend went on")


# What belongs to no one source.
OF_NO_SOURCE = (ChangeKind.BREAKER, ChangeKind.RESEND_STEP)


class FactChange(DueRow):
    """One change, written in the transaction of its cause and claimed from above."""

    kind = models.CharField(_("kind"), max_length=20, choices=ChangeKind.choices)
    source = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("source"),
    )
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, verbose_name=_("message")
    )
    attempt_n = models.PositiveSmallIntegerField(_("attempt"), null=True, blank=True)
    subject_id = models.BigIntegerField(_("subject"), null=True, blank=True)
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())

    objects = DueQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("fact change")
        verbose_name_plural = _("fact changes")
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            known("kind", ChangeKind, "factchange_kind_known"),
            # A route serves every source, and a bulk resend may be about several.
            models.CheckConstraint(
                condition=Q(source__isnull=False) | Q(kind__in=OF_NO_SOURCE),
                name="factchange_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"
