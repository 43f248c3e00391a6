"""Which evidence came back about a delivery?"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from deliveries.models.attempt import append_only
from deliveries.models.message import Message
from deliveries.models.provider import Provider
from deliveries.models.source import Source
from deliveries.models.vocabulary import EvidenceLevel, known


class EventKind(models.TextChoices):
    """What somebody told us about a delivery."""

    REQUESTED = "requested", _("Requested")
    ACCEPTED = "accepted", _("Accepted")
    DELIVERED = "delivered", _("Delivered")
    DEFERRED = "deferred", _("Delayed")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Complained about")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    CONFIRMED = "confirmed", _("Confirmed")


class DeliveryEvent(models.Model):
    """One piece of evidence; written once, never changed."""

    source = models.ForeignKey(
        Source,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("source"),
    )
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="events", verbose_name=_("message")
    )
    attempt_n = models.PositiveSmallIntegerField(_("attempt"), null=True, blank=True)
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # "event_once" begins with it
        verbose_name=_("provider"),
    )
    dedup_hash = models.CharField(_("deduplication hash"), max_length=64)
    kind = models.CharField(_("kind"), max_length=12, choices=EventKind.choices)
    level = models.PositiveSmallIntegerField(_("level"), choices=EvidenceLevel.choices)
    trusted = models.BooleanField(_("trusted"), default=True)
    reply_code = models.CharField(
        _("reply code"), max_length=64, blank=True, db_default=""
    )
    enhanced_code = models.CharField(
        _("enhanced code"), max_length=64, blank=True, db_default=""
    )
    answer = models.TextField(_("answer, redacted"), blank=True, db_default="")
    occurred_at = models.DateTimeField(_("occurred at"))
    received_at = models.DateTimeField(
        _("received at"), db_default=models.functions.Now()
    )

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("delivery event")
        verbose_name_plural = _("delivery events")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "dedup_hash"],
                name="event_once",
                nulls_distinct=False,
            ),
            known("kind", EventKind, "event_kind_known"),
            known("level", EvidenceLevel, "event_level_known"),
        ]
        triggers: ClassVar = [append_only("event_append_only")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind}"
