"""Who carries messages, and in which order are they tried?"""

import json
from datetime import datetime
from typing import ClassVar

from django.core.validators import URLValidator
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
    """How the provider is spoken to: a row of ``channels/providers.json``."""

    WEBHOOK = "webhook", _("Webhook (HTTP POST)")
    SMTP = "smtp", _("Mail relay (SMTP)")
    TWILIO = "twilio", _("Twilio, or compatible")
    ALIYUN_SMS = "aliyun_sms", _("Alibaba Cloud SMS")
    TENCENT_SMS = "tencent_sms", _("Tencent Cloud SMS")
    SMS_HTTP = "sms_http", _("Text-message gateway over HTTP")
    FCM = "fcm", _("Firebase Cloud Messaging")
    APNS = "apns", _("Apple Push Notification service")
    WEB_PUSH = "web_push", _("Web Push")
    JPUSH = "jpush", _("JPush")
    WHATSAPP = "whatsapp", _("WhatsApp Cloud API")
    TELEGRAM = "telegram", _("Telegram bot")
    SLACK = "slack", _("Slack")
    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk robot")
    FEISHU = "feishu", _("Feishu or Lark bot")
    LINE = "line", _("LINE")
    OAUTH2 = "oauth2", _("Social network (OAuth 2.0)")


class Provider(Named):
    """A carrier of messages over one channel."""

    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    adapter = models.CharField(_("adapter"), max_length=20, choices=Adapter.choices)
    address = models.CharField(
        _("address"),
        max_length=500,
        blank=True,  # where the address of each message says it
        validators=[URLValidator(schemes=["https", "http", "smtp", "smtps"])],
    )
    # What is no secret: sender, account, template. The adapter says which names.
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    sealed_settings = models.BinaryField(
        _("sealed credentials"), null=True, blank=True, editable=False
    )
    credentials_set_at = models.DateTimeField(
        _("credentials set at"), null=True, blank=True, editable=False
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
            models.CheckConstraint(
                condition=Q(sealed_settings__isnull=False)
                | Q(credentials_set_at__isnull=True),
                name="provider_set_at_has_credentials",
            ),
        ]

    def seal(self, credentials: dict[str, str], at: datetime) -> None:
        """Take in new credentials by name; the row still has to be saved."""
        text = json.dumps(credentials, ensure_ascii=False, sort_keys=True)
        self.sealed_settings = vault.seal_secret(text, f"provider:{self.slug}")
        self.credentials_set_at = at

    @property
    def credentials(self) -> dict[str, str]:
        """The credentials by name, to send with; never shown to anybody.

        Raises ``vault.Unreadable``. What was sealed as a bare text is the ``token``.
        """
        if not self.sealed_settings:
            return {}
        sealed = bytes(self.sealed_settings)
        text = vault.unseal_secret(sealed, f"provider:{self.slug}")
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            return {"token": text}
        return {str(name): str(value) for name, value in found.items()}

    @property
    def secret(self) -> str:
        """The provider's bearer token, or nothing; never shown to anybody."""
        return self.credentials.get("token", "")


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
