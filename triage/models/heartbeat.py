"""Which of the machine's own processes gave a sign of life, and when?"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Signs of life."""

    def beat(self, name: str) -> None:
        """Note that the process of this name is alive now."""
        self.update_or_create(name=name, defaults={"at": Now()})


class Heartbeat(models.Model):
    """The latest sign of life of one kind of process."""

    name = models.CharField(_("name"), max_length=40)
    at = models.DateTimeField(_("at"))

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], name="heartbeat_name"),
        ]

    def __str__(self) -> str:
        return self.name
