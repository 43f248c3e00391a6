"""What did one shift give the next, and in which words?"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from triage.models.queue import Queue
from triage.models.selection import BulkAction
from triage.models.ticket import Ticket

LINE_MAX = 300  # characters; what is longer is a note
FRESH = timedelta(hours=16)  # the last shift: one night, or one long day


class HandoverQuerySet(models.QuerySet["Handover"]):
    """Handovers."""

    def received_by(self, actor: Actor, now: datetime) -> "HandoverQuerySet":
        """Those of the last shift to the actor or one of their queues."""
        mine = Q(to_person=actor.person_id) | Q(to_queue__in=actor.queue_ids)
        fresh = self.filter(mine, at__gt=now - FRESH)
        return fresh.exclude(given_by=actor.person_id)


class Handover(models.Model):
    """Tickets that one person gave to another, or to a queue, in one go.

    The bulk action says what became of each; it is also what undoes the handover.
    """

    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("given by"),
    )
    to_person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to person"),
    )
    to_queue = models.ForeignKey(
        Queue,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to queue"),
    )
    action = models.OneToOneField(
        BulkAction,
        models.PROTECT,
        related_name="handover",
        verbose_name=_("bulk action"),
    )
    at = models.DateTimeField(_("at"), db_default=Now())

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        indexes: ClassVar = [
            models.Index(fields=["to_person", "at"], name="handover_to_person"),
            models.Index(fields=["to_queue", "at"], name="handover_to_queue"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_person__isnull=False, to_queue__isnull=True)
                | Q(to_person__isnull=True, to_queue__isnull=False),
                name="handover_has_one_receiver",
            ),
            models.CheckConstraint(
                condition=Q(to_person__isnull=True) | ~Q(to_person=F("given_by")),
                name="handover_not_to_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_by} → {self.to_person or self.to_queue}"


class HandoverLine(models.Model):
    """Where one ticket stood when it was handed over."""

    handover = models.ForeignKey(
        Handover, models.CASCADE, related_name="lines", verbose_name=_("handover")
    )
    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="+", verbose_name=_("ticket")
    )
    line = models.CharField(_("where it stands"), max_length=LINE_MAX, blank=True)

    class Meta:
        ordering: ClassVar = ["handover", "id"]
        verbose_name = _("line of a handover")
        verbose_name_plural = _("lines of handovers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handover", "ticket"], name="handoverline_once"
            )
        ]

    def __str__(self) -> str:
        return self.line[:60]
