"""Which systems send messages, and with which keys may they call us?"""

import hashlib
import secrets
from datetime import datetime
from functools import partial
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.models.vocabulary import Named, known

KEY_MARK = "und"
PREFIX_LENGTH = 8
SECRET_BYTES = 32  # 43 characters of URL-safe base64


def known_zone(name: str) -> None:
    """Refuse what is no time zone of the IANA database."""
    if name not in available_timezones():
        raise ValidationError(_("Name a time zone, such as Asia/Shanghai."))


class ResendMode(models.TextChoices):
    """Who makes a send of a source that is to be made again."""

    OURS = "ours", _("We do")
    DELEGATED = "delegated", _("The source does, on our instruction")


class Source(Named):
    """A sending system and namespace of facts."""

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "src_"),
        editable=False,
    )
    default_locale = models.CharField(
        _("default language"), max_length=20, default="en"
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[known_zone],
        help_text=_("Of people whose own is not known, for quiet hours."),
    )
    limits = models.JSONField(
        _("limits"),
        default=dict,
        blank=True,
        help_text=_("Requests a minute by kind, for example {“reports”: 6000}."),
    )
    resend_mode = models.CharField(
        _("who sends again"),
        max_length=10,
        choices=ResendMode.choices,
        default=ResendMode.OURS,
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta(Named.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="source_slug"),
            known("resend_mode", ResendMode, "source_resend_mode_known"),
        ]


class Scope(models.TextChoices):
    """What a key may be used for."""

    REPORT_WRITE = "report:write", _("File reports")
    REPORT_READ = "report:read", _("Read own reports")
    MESSAGE_WRITE = "message:write", _("Register messages")
    MESSAGE_READ = "message:read", _("Read own messages")
    EVENT_WRITE = "event:write", _("Tell what became of messages")
    WEBHOOK_MANAGE = "webhook:manage", _("Manage webhooks")
    RESEND_ACK = "resend:ack", _("Take part in delegated resends")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys of sources."""

    def usable(self, now: datetime) -> "ApiKeyQuerySet":
        """Keys that are neither revoked nor expired."""
        return self.filter(revoked_at=None).filter(
            Q(expires_at=None) | Q(expires_at__gt=now)
        )


class ApiKey(models.Model):
    """Who may call for a source. Only a digest of the key is kept."""

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="keys", verbose_name=_("source")
    )
    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("prefix"), max_length=PREFIX_LENGTH)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=30, choices=Scope.choices), verbose_name=_("scopes")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["source", "name", "id"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["prefix"], name="apikey_prefix"),
            models.UniqueConstraint(fields=["digest"], name="apikey_digest"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values),
                name="apikey_scopes_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({KEY_MARK}_{self.prefix}…)"


def digest_of(key: str) -> str:
    """Digest a whole key as it is stored. A key is random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def issue_key(source: Source, name: str, scopes: list[str]) -> tuple[ApiKey, str]:
    """Make a key for a source and return its row with the key, shown this once."""
    alphabet = public_id.ALPHABET.lower()
    prefix = "".join(secrets.choice(alphabet) for _ in range(PREFIX_LENGTH))
    key = f"{KEY_MARK}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    row = ApiKey.objects.create(
        source=source, name=name, prefix=prefix, digest=digest_of(key), scopes=scopes
    )
    return row, key


class IdempotencyKey(models.Model):
    """One answer to one key, kept so that a repeated request gets it again."""

    source = models.ForeignKey(
        Source,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    route = models.CharField(_("route"), max_length=60)
    key = models.CharField(_("key"), max_length=128)
    body_digest = models.CharField(_("body digest"), max_length=64)
    response_status = models.PositiveSmallIntegerField(_("stored status"))
    response_body = models.JSONField(_("stored answer"))
    created_at = models.DateTimeField(
        _("created at"), db_default=models.functions.Now()
    )

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "route", "key"], name="idempotencykey_source_key"
            ),
            models.UniqueConstraint(
                fields=["person", "route", "key"], name="idempotencykey_person_key"
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=False, person__isnull=True)
                | Q(source__isnull=True, person__isnull=False),
                name="idempotencykey_has_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
