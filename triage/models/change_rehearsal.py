"""What would a change of routing, promises or hours have meant, and who asked?"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import known


class ChangeKind(models.TextChoices):
    """What is meant to be changed."""

    ROUTING = "routing", _("Routing")
    PROMISES = "promises", _("Promises")
    HOURS = "hours", _("Working hours")


class ChangeRehearsalState(models.TextChoices):
    """Where a rehearsal of a change stands."""

    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


REHEARSING = (ChangeRehearsalState.QUEUED, ChangeRehearsalState.RUNNING)


class ChangeRehearsalQuerySet(DueQuerySet):
    """Rehearsals of changes. A write of a job names the epoch of its claim."""

    def visible_to(self, actor: Actor) -> "ChangeRehearsalQuerySet":
        """One's own; the pages that show them ask for the right to change besides."""
        if actor.person_id is None:
            return self.none()
        return self.filter(asked_by=actor.person_id)

    def unfinished(self) -> "ChangeRehearsalQuerySet":
        """Those that wait or run."""
        return self.filter(state__in=REHEARSING)


class ChangeRehearsal(DueRow):
    """What one person tries out on one page, counted over stored tickets.

    ``target`` is the id of the rule, queue or calendar, none for a new rule. ``said``
    is what the form said, ``before`` and ``after`` the rules as values; ``digest`` is
    of all of them, so that a result is shown as long as it is about what would be
    saved. A new attempt takes the row over, and the epoch with it.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=ChangeKind.choices)
    target = models.BigIntegerField(_("about"), null=True, blank=True)
    verb = models.CharField(_("action"), max_length=8, blank=True)
    said = models.JSONField(_("what the form said"), default=dict, blank=True)
    before = models.JSONField(_("rules that hold"), default=dict, blank=True)
    after = models.JSONField(_("rules that are meant"), default=dict, blank=True)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    state = models.CharField(
        _("state"),
        max_length=7,
        choices=ChangeRehearsalState.choices,
        default=ChangeRehearsalState.QUEUED,
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    total = models.PositiveIntegerField(_("tickets to examine"), default=0)
    examined = models.PositiveIntegerField(_("examined"), default=0)
    result = models.JSONField(_("result"), default=dict, blank=True)

    objects: Any = ChangeRehearsalQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("rehearsal of a change")
        verbose_name_plural = _("rehearsals of changes")
        indexes: ClassVar = [*DueRow.Meta.indexes]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["asked_by", "kind", "target", "verb"],
                name="changerehearsal_one_a_page",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state__in=("queued", "running"), ended_at__isnull=True)
                | (~Q(state__in=("queued", "running")) & Q(ended_at__isnull=False)),
                name="changerehearsal_ended",
            ),
            models.CheckConstraint(
                condition=Q(examined__lte=F("total")), name="changerehearsal_examined"
            ),
            models.CheckConstraint(
                condition=Q(verb="") | Q(kind="routing", target__isnull=False),
                name="changerehearsal_verb_of_rule",
            ),
            known("kind", ChangeKind, "changerehearsal_kind_known"),
            known("state", ChangeRehearsalState, "changerehearsal_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target or ''} {self.state}"

    @property
    def is_working(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in REHEARSING
