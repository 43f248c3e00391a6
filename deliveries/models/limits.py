"""How often, and at which hours, may a person be written to?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.source import Source
from deliveries.models.vocabulary import ChannelKind, Purpose, known


class FrequencyCap(models.Model):
    """At most so many sends to one address within a window of time."""

    source = models.ForeignKey(
        Source, models.CASCADE, related_name="caps", verbose_name=_("source")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    purpose = models.CharField(_("purpose"), max_length=14, choices=Purpose.choices)
    window_s = models.PositiveIntegerField(_("window, seconds"))
    max_sends = models.PositiveIntegerField(_("sends in a window"))

    class Meta:
        ordering: ClassVar = ["source", "channel", "purpose", "window_s"]
        verbose_name = _("frequency cap")
        verbose_name_plural = _("frequency caps")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "channel", "purpose", "window_s"],
                name="frequencycap_once",
            ),
            models.CheckConstraint(
                condition=Q(window_s__gte=1) & Q(max_sends__gte=1),
                name="frequencycap_positive",
            ),
            known("channel", ChannelKind, "frequencycap_channel_known"),
            known("purpose", Purpose, "frequencycap_purpose_known"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} {self.max_sends}/{self.window_s} s"


class CapUse(models.Model):
    """How much of a cap one address has used in one window."""

    cap = models.ForeignKey(
        FrequencyCap, models.CASCADE, related_name="uses", verbose_name=_("cap")
    )
    pseudonym = models.CharField(_("pseudonym"), max_length=32)
    window_start = models.DateTimeField(_("window from"))
    used = models.PositiveIntegerField(_("used"), default=0)

    class Meta:
        verbose_name = _("use of a cap")
        verbose_name_plural = _("uses of caps")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cap", "pseudonym", "window_start"], name="capuse_window"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cap_id} {self.pseudonym[:8]}… {self.used}"


class QuietHours(models.Model):
    """Hours in which nobody is written to, in the time zone of the person.

    ``starts`` after ``ends`` spans midnight.
    """

    source = models.ForeignKey(
        Source, models.CASCADE, related_name="quiet_hours", verbose_name=_("source")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    purpose = models.CharField(_("purpose"), max_length=14, choices=Purpose.choices)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))

    class Meta:
        ordering: ClassVar = ["source", "channel", "purpose", "starts"]
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "channel", "purpose", "starts"],
                name="quiethours_once",
            ),
            models.CheckConstraint(
                condition=~Q(starts=F("ends")), name="quiethours_not_empty"
            ),
            known("channel", ChannelKind, "quiethours_channel_known"),
            known("purpose", Purpose, "quiethours_purpose_known"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} {self.starts}–{self.ends}"
