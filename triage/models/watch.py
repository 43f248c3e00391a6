"""Who wants to hear of a ticket that they do not hold?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from triage.models.ticket import Ticket


class Watch(models.Model):
    """A person hears of what is decided about a ticket.

    ``seen_seq`` is the event up to which they have heard.
    """

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="watches", verbose_name=_("ticket")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    seen_seq = models.PositiveIntegerField(_("heard up to"), default=0)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["ticket", "person"]
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "person"], name="watch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.ticket}"
