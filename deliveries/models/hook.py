"""Where may providers tell us what became of a message, and what came of it?"""

import json
import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries import vault
from deliveries.models.provider import Provider
from deliveries.models.source import Source, digest_of
from deliveries.models.vocabulary import known

TOKEN_BYTES = 16  # 128 random bits, 22 characters of URL-safe base64
MOST_SECRETS = 2  # live at once, while a secret is rotated


class Dialect(models.TextChoices):
    """Whose words a receipt uses; ``receipts/dialects.json`` explains each."""

    ALIYUN_SMS = "aliyun_sms", _("Alibaba Cloud SMS")
    BREVO = "brevo", "Brevo"
    JPUSH = "jpush", "JPush"
    MAIL = "mail", _("Returned mail (MIME)")
    MAILERSEND = "mailersend", "MailerSend"
    MAILGUN = "mailgun", "Mailgun"
    MAILJET = "mailjet", "Mailjet"
    MANDRILL = "mandrill", "Mandrill"
    POSTMARK = "postmark", "Postmark"
    RESEND = "resend", "Resend"
    SENDGRID = "sendgrid", "SendGrid"
    SES = "ses", "Amazon SES"
    SPARKPOST = "sparkpost", "SparkPost"
    STANDARD = "standard", "Standard Webhooks"
    TENCENT_SMS = "tencent_sms", _("Tencent Cloud SMS")
    TWILIO = "twilio", _("Twilio, or compatible")
    VONAGE = "vonage", "Vonage"
    WHATSAPP = "whatsapp", "WhatsApp Cloud API"


class Scheme(models.TextChoices):
    """How whoever posts proves who they are."""

    BASIC = "basic", _("User and password (HTTP Basic)")
    BEARER = "bearer", _("Bearer token")
    BODY_HMAC = "body_hmac", _("HMAC-SHA256 of the body")
    HUB = "hub", "X-Hub-Signature-256"
    MAILGUN = "mailgun", _("Mailgun signature")
    MANDRILL = "mandrill", _("Mandrill signature")
    NONE = "none", _("Not at all: evidence of little worth")
    SENDGRID = "sendgrid", _("SendGrid public key")
    SNS = "sns", _("Amazon SNS signature; the secret is the topic’s ARN")
    STANDARD = "standard", "Standard Webhooks"
    TWILIO = "twilio", _("Twilio signature")
    VONAGE = "vonage", _("Vonage signed token")


class HookEndpoint(models.Model):
    """One address at which one account of a provider may report.

    The token in the address is shown once; only its digest is kept. With a source,
    receipts can be about messages of that source alone, and may name them by the
    source's own id.
    """

    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="hooks",
        verbose_name=_("provider"),
    )
    source = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source"),
    )
    dialect = models.CharField(_("dialect"), max_length=12, choices=Dialect.choices)
    scheme = models.CharField(_("proof"), max_length=10, choices=Scheme.choices)
    token_digest = models.CharField(_("token digest"), max_length=64, editable=False)
    sealed_secrets = models.BinaryField(
        _("sealed secrets"), null=True, blank=True, editable=False
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("receipt address")
        verbose_name_plural = _("receipt addresses")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_digest"], name="hookendpoint_token"),
            known("dialect", Dialect, "hookendpoint_dialect_known"),
            known("scheme", Scheme, "hookendpoint_scheme_known"),
            models.CheckConstraint(
                condition=Q(provider__isnull=False) | Q(dialect="mail"),
                name="hookendpoint_has_provider",
            ),
            models.CheckConstraint(
                condition=Q(scheme="none") | Q(sealed_secrets__isnull=False),
                name="hookendpoint_has_secret",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_dialect_display()}"

    @property
    def name(self) -> str:
        """What stands before the token in the address."""
        return self.provider.slug if self.provider else Dialect.MAIL.value

    @property
    def trusted(self) -> bool:
        """Whether what comes in here has been proven to come from the provider."""
        return self.scheme != Scheme.NONE

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that are live; never shown. Raises ``vault.Unreadable``."""
        if not self.sealed_secrets:
            return ()
        sealed = bytes(self.sealed_secrets)
        text = vault.unseal_secret(sealed, f"hook:{self.token_digest}")
        return tuple(str(each) for each in json.loads(text))

    def seal(self, live: list[str]) -> None:
        """Take in the secrets that are live; the row still has to be saved."""
        text = json.dumps(live[:MOST_SECRETS], ensure_ascii=False)
        self.sealed_secrets = vault.seal_secret(text, f"hook:{self.token_digest}")

    def issue_token(self) -> str:
        """Give the row a new token and return it, this once. Seal secrets after it."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.token_digest = digest_of(token)
        return token


class Fate(models.TextChoices):
    """What became of something that came in."""

    TAKEN = "taken", _("Taken in")
    KNOWN = "known", _("Known already")
    FOREIGN = "foreign", _("About no message of ours")
    PARKED = "parked", _("Not readable, kept for people")
    REFUSED = "refused", _("Refused")


class HookCount(models.Model):
    """How much of a kind came in on a day.

    Without an endpoint it came by an unknown token, or from a mailbox.
    """

    endpoint = models.ForeignKey(
        HookEndpoint,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="counts",
        verbose_name=_("receipt address"),
    )
    day = models.DateField(_("day"))
    fate = models.CharField(_("fate"), max_length=8, choices=Fate.choices)
    count = models.PositiveBigIntegerField(_("count"), default=0)

    class Meta:
        ordering: ClassVar = ["-day", "endpoint", "fate"]
        verbose_name = _("receipt count")
        verbose_name_plural = _("receipt counts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "day", "fate"],
                name="hookcount_once",
                nulls_distinct=False,
            ),
            known("fate", Fate, "hookcount_fate_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.fate} {self.count}"


class ParkedReceipt(models.Model):
    """What came from a provider and could not be read, redacted, for people."""

    endpoint = models.ForeignKey(
        HookEndpoint,
        models.CASCADE,
        related_name="parked",
        verbose_name=_("receipt address"),
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    why = models.CharField(_("why"), max_length=200)
    body = models.TextField(_("body, redacted"))
    received_at = models.DateTimeField(
        _("received at"), db_default=models.functions.Now()
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("parked receipt")
        verbose_name_plural = _("parked receipts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "digest"], name="parkedreceipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.digest[:8]}"
