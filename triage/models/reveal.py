"""Who has looked at a personal value in plain text, and why?"""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now, Trim
from django.utils.translation import gettext_lazy as _

from deliveries.models import append_only, known

REASON_LEAST = 10  # characters; fewer say nothing
REASON_MOST = 500


class RevealField(models.TextChoices):
    """What was looked at. One row is one field of one object."""

    RECIPIENT = "recipient", _("Recipient of a message")


class RevealAlarm(models.TextChoices):
    """Why auditors and leads should look at a reveal."""

    BREAK_GLASS = "break_glass", _("By an admin, in an emergency")
    MANY = "many", _("More than is usual within an hour")


class Reveal(models.Model):
    """One look, written down before the value is unsealed; never changed.

    ``object_id`` is the public id of what was looked at: the row outlives it.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("person"),
    )
    object_id = models.CharField(_("object"), max_length=32, db_index=True)
    field = models.CharField(_("field"), max_length=16, choices=RevealField.choices)
    reason = models.CharField(
        _("reason"),
        max_length=REASON_MOST,
        validators=[MinLengthValidator(REASON_LEAST)],
    )
    alarm = models.CharField(
        _("alarm"), max_length=12, choices=RevealAlarm.choices, blank=True
    )
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        indexes: ClassVar = [
            models.Index(fields=["person", "-at"], name="reveal_of_person"),
        ]
        constraints: ClassVar = [
            known("field", RevealField, "reveal_field_known"),
            models.CheckConstraint(
                condition=Q(alarm="") | Q(alarm__in=RevealAlarm.values),
                name="reveal_alarm_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    models.lookups.GreaterThanOrEqual(
                        Length(Trim("reason")), REASON_LEAST
                    )
                ),
                name="reveal_has_reason",
            ),
        ]
        triggers: ClassVar = [append_only("reveal_append_only")]

    def __str__(self) -> str:
        return f"{self.object_id} {self.field}"
