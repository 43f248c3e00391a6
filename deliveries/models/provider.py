"""Who carries messages, and in which order are they tried?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries import vault
from deliveries.models.vocabulary import ChannelKind, EvidenceLevel, Named, known


class Dedup(models.TextChoices):
    """What the provider offers against a second copy after a crash."""

    KEY = "key", _("Honours an idempotency key")
    LOOKUP = "lookup", _("Can be asked")
    NONE = "none", _("Neither")


class Adapter(models.TextChoices):
    """The code that talks to the provider."""

    WEBHOOK = "webhook", _("Webhook (HTTP POST)")


class Provider(Named):
    """A carrier of messages over one channel."""

    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    adapter = models.CharField(_("adapter"), max_length=20, choices=Adapter.choices)
    address = models.URLField(_("address"), max_length=500)
    sealed_settings = models.BinaryField(
        _("sealed settings"), null=True, blank=True, editable=False
    )
    dedup = models.CharField(_("deduplication"), max_length=10, choices=Dedup.choices)
    attainable_level = models.PositiveSmallIntegerField(
        _("attainable evidence"),
        choices=EvidenceLevel.choices,
        default=EvidenceLevel.DELIVERED,
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta(Named.Meta):
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="provider_slug"),
            known("channel", ChannelKind, "provider_channel_known"),
            known("adapter", Adapter, "provider_adapter_known"),
            known("dedup", Dedup, "provider_dedup_known"),
            known("attainable_level", EvidenceLevel, "provider_level_known"),
        ]

    @property
    def secret(self) -> str:
        """The provider's bearer token, or nothing; never shown to anybody."""
        if not self.sealed_settings:
            return ""
        return vault.unseal_secret(bytes(self.sealed_settings), f"provider:{self.slug}")


class RouteQuerySet(models.QuerySet["Route"]):
    """Ways to send over a channel."""

    def usable(self, channel: str, region: str) -> "RouteQuerySet":
        """Enabled routes for a channel and region, the preferred one first."""
        return (
            self.filter(enabled=True, provider__enabled=True, channel=channel)
            .filter(Q(region=region) | Q(region=""))
            .select_related("provider")
            .order_by("position", "id")
        )


class Route(models.Model):
    """One provider for a channel in a region; an empty region serves every region."""

    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    region = models.CharField(_("region"), max_length=32, blank=True)
    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="routes", verbose_name=_("provider")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=100,
        help_text=_("Among routes of one position; 0 keeps a route for emergencies."),
    )
    rate_per_s = models.PositiveIntegerField(
        _("sends a second"),
        null=True,
        blank=True,
        help_text=_("What the provider allows; retries may use a fifth of it."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    objects = RouteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["channel", "region", "position", "id"]
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "region", "provider"], name="route_once"
            ),
            known("channel", ChannelKind, "route_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.provider}"
