"""What did a program write down while a delivery failed?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import known
from triage.models.report import FailureReport


class LogKind(models.TextChoices):
    """Where a log comes from."""

    CLIENT = "client", _("Client")
    SMTP = "smtp", _("SMTP")
    HTTP = "http", _("HTTP")
    PROVIDER = "provider", _("Provider")
    SYSTEM = "system", _("System")


LOG_BYTES = 256 * 1024


class LogBundle(models.Model):
    """A bounded, typed log, redacted before it is stored."""

    report = models.ForeignKey(
        FailureReport, models.CASCADE, related_name="logs", verbose_name=_("report")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LogKind.choices)
    text = models.TextField(_("text, redacted"))
    size = models.PositiveIntegerField(_("size, bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    redactions = models.JSONField(_("redactions"), default=dict)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["report", "id"]
        verbose_name = _("log bundle")
        verbose_name_plural = _("log bundles")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(size__lte=LOG_BYTES), name="logbundle_size"
            ),
            known("kind", LogKind, "logbundle_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.kind}"
