"""Who did what to a bulk resend, and when?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models.attempt import append_only
from deliveries.models.resend import ResendOperation
from deliveries.models.resend_states import ResendState
from deliveries.models.vocabulary import known


class ResendEvent(models.Model):
    """One step of an operation; nobody as the person means the machine."""

    operation = models.ForeignKey(
        ResendOperation,
        models.CASCADE,
        related_name="events",
        verbose_name=_("bulk resend"),
    )
    state = models.CharField(_("state"), max_length=10, choices=ResendState.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    at = models.DateTimeField(_("at"), db_default=Now())
    # What a person gave as the reason, such as for refusing a plan.
    reason = models.CharField(_("reason"), max_length=500, blank=True, db_default="")

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("step of a bulk resend")
        verbose_name_plural = _("steps of bulk resends")
        constraints: ClassVar = [
            known("state", ResendState, "resendevent_state_known"),
        ]
        triggers: ClassVar = [append_only("resendevent_append_only")]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.state}"
