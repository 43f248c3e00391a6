"""Which failures have one cause, and how many people does it leave unserved?"""

from typing import ClassVar

from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _

from deliveries.models import ChannelKind, FailureCategory, Source, known


def next_number(sequence: str) -> Func:
    """The next short number for people; sequences are made by the first migration."""
    return Func(
        Value(sequence), function="nextval", output_field=models.BigIntegerField()
    )


class GroupState(models.TextChoices):
    """Where an incident stands."""

    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    MITIGATED = "mitigated", _("Mitigated")
    RESOLVED = "resolved", _("Resolved")
    REGRESSED = "regressed", _("Regressed")


class FailureGroup(models.Model):
    """One cause, many reports. Counters are exact and raised once per batch."""

    number = models.BigIntegerField(
        _("number"), unique=True, db_default=next_number("group_number"), editable=False
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    fingerprint = models.JSONField(_("fingerprint"), editable=False)
    category = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("cause")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    provider = models.CharField(_("provider"), max_length=64, blank=True)
    region = models.CharField(_("region"), max_length=32, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, verbose_name=_("source")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=GroupState.choices, default=GroupState.NEW
    )
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    reports = models.PositiveIntegerField(_("reports"), default=0)
    recipients = models.PositiveIntegerField(_("people"), default=0)
    unserved = models.PositiveIntegerField(_("people unserved"), default=0)

    class Meta:
        ordering: ClassVar = ["-number"]
        verbose_name = _("failure group")
        verbose_name_plural = _("failure groups")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="group_digest"),
            known("channel", ChannelKind, "group_channel_known"),
            known("state", GroupState, "group_state_known"),
            models.CheckConstraint(
                condition=Q(unserved__lte=models.F("recipients")),
                name="group_unserved_within_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class GroupRecipient(models.Model):
    """A person counted once in a group, served or not."""

    digest = models.CharField(_("digest"), max_length=64)
    pseudonym = models.CharField(_("pseudonym"), max_length=32)
    served_at = models.DateTimeField(_("served at"), null=True, blank=True)

    class Meta:
        verbose_name = _("person in a group")
        verbose_name_plural = _("people in groups")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest", "pseudonym"], name="grouprecipient_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.pseudonym[:8]}"
