"""How many sends of each kind ended how, by minute, hour and day?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.provider import Provider
from deliveries.models.source import Source
from deliveries.models.vocabulary import ChannelKind, Purpose, known


class Grain(models.TextChoices):
    """How long a bucket is."""

    MINUTE = "minute", _("Minute")
    HOUR = "hour", _("Hour")
    DAY = "day", _("Day")


class OutcomeRollup(models.Model):
    """One cell: what became of the tries that ended within one bucket.

    ``delivered`` counts tries of which trusted evidence says that the message arrived.
    Charts, baselines and routing read these cells and never the tries.
    """

    bucket = models.DateTimeField(_("bucket"))
    grain = models.CharField(_("grain"), max_length=6, choices=Grain.choices)
    source = models.ForeignKey(
        Source, models.CASCADE, related_name="+", verbose_name=_("source")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    provider = models.ForeignKey(
        Provider, models.CASCADE, related_name="+", verbose_name=_("provider")
    )
    region = models.CharField(_("region"), max_length=32, blank=True)
    purpose = models.CharField(_("purpose"), max_length=14, choices=Purpose.choices)
    sends = models.PositiveIntegerField(_("sends"))
    accepted = models.PositiveIntegerField(_("accepted"))
    delivered = models.PositiveIntegerField(_("delivered"))
    failed = models.PositiveIntegerField(_("failed"))
    unknown = models.PositiveIntegerField(_("unknown"))

    class Meta:
        verbose_name = _("outcomes in a bucket")
        verbose_name_plural = _("outcomes in buckets")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "grain",
                    "bucket",
                    "source",
                    "channel",
                    "provider",
                    "region",
                    "purpose",
                ],
                name="outcomerollup_cell",
            ),
            models.CheckConstraint(
                condition=Q(
                    sends=F("accepted") + F("failed") + F("unknown"),
                ),
                name="outcomerollup_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(delivered__lte=F("sends")),
                name="outcomerollup_delivered",
            ),
            known("grain", Grain, "outcomerollup_grain_known"),
            known("channel", ChannelKind, "outcomerollup_channel_known"),
            known("purpose", Purpose, "outcomerollup_purpose_known"),
        ]

    def __str__(self) -> str:
        return f"{self.grain} {self.bucket:%F %R} {self.channel}"
