"""What is one person good at, how much do they take, and are they there?"""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import known
from triage.models.ticket import Ticket

CAPACITY = 10  # open tickets that one person can hold in mind
MOST_CAPACITY = 200


class AgentProfile(models.Model):
    """How work is offered to a person; without a row, as to anybody.

    Skills are ``channel:…`` and ``family:…``: ways to deliver and families of causes.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="agent_profile",
        verbose_name=_("person"),
    )
    skills = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        verbose_name=_("skills"),
    )
    capacity = models.PositiveSmallIntegerField(_("capacity"), default=CAPACITY)
    away_until = models.DateTimeField(_("away until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["person"]
        verbose_name = _("agent profile")
        verbose_name_plural = _("agent profiles")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(capacity__lte=MOST_CAPACITY), name="agentprofile_capacity"
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)

    def is_away(self, now: datetime) -> bool:
        """Whether nothing is offered to them at present."""
        return self.away_until is not None and self.away_until > now

    def skilled_in(self, kind: str) -> list[str]:
        """Their skills of a kind: channels or families."""
        prefix = f"{kind}:"
        return [
            each.removeprefix(prefix) for each in self.skills if each.startswith(prefix)
        ]


class DeclineReason(models.TextChoices):
    """Why somebody leaves a ticket that was offered to others."""

    SKILL = "skill", _("I do not know this well enough")
    TIME = "time", _("I have no time for it now")
    TRIED = "tried", _("I have tried and could not help")
    INVOLVED = "involved", _("I know the people involved")


class Decline(models.Model):
    """A ticket that a person was offered and left, and why: the newest time counts."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="declines", verbose_name=_("ticket")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    reason = models.CharField(_("reason"), max_length=10, choices=DeclineReason.choices)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["-at"]
        verbose_name = _("declined offer")
        verbose_name_plural = _("declined offers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "person"], name="decline_once"),
            known("reason", DeclineReason, "decline_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.person} {self.reason}"
