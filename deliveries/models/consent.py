"""To whom must we not send, and who has agreed to be written to?"""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.category import FailureCategory
from deliveries.models.recipient import Address
from deliveries.models.source import Source
from deliveries.models.vocabulary import ChannelKind, Purpose, known


class ConsentState(models.TextChoices):
    """What a person has said about being written to."""

    PENDING = "pending", _("Asked")
    CONFIRMED = "confirmed", _("Given")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Never answered")


class ConsentOrigin(models.TextChoices):
    """Where a consent came from."""

    PERSON = "person", _("The person's own click")
    IMPORT = "import", _("An import with proof")
    CLIENT = "client", _("The source")


class Consent(models.Model):
    """Whether one address may be written to for one purpose, with its proof."""

    address = models.ForeignKey(
        Address, models.CASCADE, related_name="consents", verbose_name=_("address")
    )
    purpose = models.CharField(_("purpose"), max_length=14, choices=Purpose.choices)
    state = models.CharField(_("state"), max_length=9, choices=ConsentState.choices)
    origin = models.CharField(_("origin"), max_length=6, choices=ConsentOrigin.choices)
    proof = models.JSONField(_("proof"), null=True, blank=True)
    requested_at = models.DateTimeField(
        _("asked at"), db_default=models.functions.Now()
    )
    confirmed_at = models.DateTimeField(_("given at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    token_digest = models.CharField(
        _("token digest"), max_length=64, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["address", "purpose"],
                name="consent_current",
                condition=~Q(state="lapsed"),
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | Q(proof__isnull=False, confirmed_at__isnull=False),
                name="consent_confirmed_has_proof",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(withdrawn_at__isnull=False),
                name="consent_withdrawn_has_time",
            ),
            known("purpose", Purpose, "consent_purpose_known"),
            known("state", ConsentState, "consent_state_known"),
            known("origin", ConsentOrigin, "consent_origin_known"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class SuppressionOrigin(models.TextChoices):
    """Who asked for it."""

    EVENT = "event", _("An event")
    AGENT = "agent", _("An agent")
    CLIENT = "client", _("The source")


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    """Orders not to send."""

    def active(self, now: datetime) -> "SuppressionQuerySet":
        """Those neither lifted nor lapsed."""
        return self.filter(lifted_at=None).filter(Q(until=None) | Q(until__gt=now))


class Suppression(models.Model):
    """“Do not send” to one address, by pseudonym, with a reason and an end."""

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="suppressions", verbose_name=_("source")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    pseudonym = models.CharField(_("pseudonym"), max_length=32)
    purpose = models.CharField(
        _("purpose"), max_length=14, choices=Purpose.choices, null=True, blank=True
    )
    category = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("category")
    )
    origin = models.CharField(
        _("origin"), max_length=10, choices=SuppressionOrigin.choices
    )
    since = models.DateTimeField(_("since"), db_default=models.functions.Now())
    until = models.DateTimeField(_("until"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lift_reason = models.CharField(_("reason for lifting"), max_length=500, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "channel", "pseudonym", "purpose"],
                name="suppression_active",
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True)
                | (Q(lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="suppression_lift_complete",
            ),
            known("channel", ChannelKind, "suppression_channel_known"),
            models.CheckConstraint(
                condition=Q(purpose__isnull=True) | Q(purpose__in=Purpose.values),
                name="suppression_purpose_known",
            ),
            known("origin", SuppressionOrigin, "suppression_origin_known"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pseudonym[:8]}…"
