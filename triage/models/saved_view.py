"""Which lists of tickets do people come back to?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from triage.models.queue import Queue
from triage.models.selection import QUERY_MAX


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views."""

    def visible_to(self, actor: Actor) -> "SavedViewQuerySet":
        """One's own, and those that are shared with one of one's queues."""
        if actor.person_id is None:
            return self.none()
        shared = Q(shared_with__in=actor.queue_ids)
        return self.filter(Q(owner=actor.person_id) | shared)


class SavedView(models.Model):
    """A name for the query string of a list; private, or shared with a queue."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
    )
    queue = models.ForeignKey(
        Queue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue of the list"),
    )
    query = models.CharField(_("query"), max_length=QUERY_MAX, blank=True)
    shared_with = models.ForeignKey(
        Queue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="views",
        verbose_name=_("shared with"),
    )
    made_at = models.DateTimeField(_("made at"), db_default=Now())

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="savedview_name_of_owner"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="savedview_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
