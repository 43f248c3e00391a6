"""Which files belong to a ticket?"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from deliveries.models import known
from triage.models.ticket import Ticket

MOST_BYTES = 10 * 1024 * 1024
NAME_MAX = 120  # characters


class MediaType(models.TextChoices):
    """What a file may be, by what it begins with; nothing that a browser runs."""

    PNG = "image/png", _("PNG image")
    JPEG = "image/jpeg", _("JPEG image")
    GIF = "image/gif", _("GIF image")
    WEBP = "image/webp", _("WebP image")
    PDF = "application/pdf", _("PDF document")
    TEXT = "text/plain", _("Plain text")


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Files."""

    def visible_to(self, actor: Actor) -> "AttachmentQuerySet":
        """Those of tickets in scope."""
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))

    def listed(self) -> "AttachmentQuerySet":
        """Without the bytes, which only a download reads."""
        return self.defer("content").select_related("added_by")


class Attachment(models.Model):
    """A file at a ticket, kept in the database, given out as a download alone."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="attachments", verbose_name=_("ticket")
    )
    name = models.CharField(_("name"), max_length=NAME_MAX)
    media_type = models.CharField(_("kind"), max_length=20, choices=MediaType.choices)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    content = models.BinaryField(_("content"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("added by"),
    )
    at = models.DateTimeField(_("at"), db_default=Now())

    objects: Any = AttachmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["ticket", "id"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["ticket", "sha256"], name="attachment_once"
            ),
            models.CheckConstraint(
                condition=Q(size__range=(1, MOST_BYTES)), name="attachment_size"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="attachment_has_name"),
            known("media_type", MediaType, "attachment_media_type_known"),
        ]

    def __str__(self) -> str:
        return self.name
