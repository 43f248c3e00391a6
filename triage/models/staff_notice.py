"""What should a person of the desk hear about, and have they read it?"""

from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import ResendOperation, known
from knowledgebase.models import ArticleEvent, TrainingItem
from triage.models.change_rehearsal import ChangeRehearsal
from triage.models.export import Export
from triage.models.rehearsal import RuleRehearsal
from triage.models.reveal import Reveal
from triage.models.selection import BulkAction
from triage.models.ticket import Ticket
from triage.models.timeline import Note


class StaffNoticeKind(models.TextChoices):
    """Why somebody hears about something."""

    ASSIGNED = "assigned", _("Given to you")
    MENTIONED = "mentioned", _("You are mentioned")
    BREACH_SOON = "breach_soon", _("A promise is due soon")
    APPROVAL_WAITS = "approval_waits", _("An approval waits")
    JOB_DONE = "job_done", _("A job is done")
    JOB_FAILED = "job_failed", _("A job has failed")
    WATCHED = "watched", _("A ticket you watch")
    REVEALED = "revealed", _("Somebody looked at a personal value")
    TRAINING_DUE = "training_due", _("Training is due soon")
    TRAINING_LATE = "training_late", _("Training is overdue")
    ARTICLE_STALE = "article_stale", _("Your article is out of date")


OF_JOBS = (StaffNoticeKind.JOB_DONE, StaffNoticeKind.JOB_FAILED)
# A line is about one of these.
SUBJECTS = (
    "ticket",
    "resend",
    "bulk_action",
    "export",
    "rehearsal",
    "change",
    "reveal",
    "training_item",
    "article_event",
)


def _about(name: str) -> Q:
    """Whether a line is about this and nothing else."""
    return Q(**{f"{each}__isnull": each != name for each in SUBJECTS})


class StaffNoticeQuerySet(DueQuerySet):
    """Notices to people of the desk; ``due_at`` is when one goes out by e-mail."""

    def visible_to(self, actor: Actor) -> "StaffNoticeQuerySet":
        """One's own; nobody reads another person's."""
        if actor.person_id is None:
            return self.none()
        return self.filter(person=actor.person_id)

    def unread(self) -> "StaffNoticeQuerySet":
        """Those that were not read yet."""
        return self.filter(read_at__isnull=True)

    def with_everything_for_list(self) -> "StaffNoticeQuerySet":
        """What a line of the inbox says."""
        return self.select_related(
            "ticket__group__category",
            "ticket__category_override",
            "note",
            "resend",
            "bulk_action",
            "export",
            "rehearsal__rule",
            "change",
            "reveal",
            "training_item__article_version__translation__published_version",
            "training_item__category",
            "article_event__article",
            "article_event__version",
            "actor",
        ).defer("article_event__version__body")


class StaffNotice(DueRow):
    """One line of somebody's inbox, about one ticket, bulk resend, job, look or text.

    ``dedup_key`` names the occasion, so that nobody hears of it twice. ``until`` is
    the time that a promise is due.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="staff_notices",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=14, choices=StaffNoticeKind.choices)
    ticket = models.ForeignKey(
        Ticket,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ticket"),
    )
    note = models.ForeignKey(
        Note,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("note"),
    )
    resend = models.ForeignKey(
        ResendOperation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bulk resend"),
    )
    bulk_action = models.ForeignKey(
        BulkAction,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bulk action"),
    )
    export = models.ForeignKey(
        Export,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("export"),
    )
    rehearsal = models.ForeignKey(
        RuleRehearsal,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rule rehearsal"),
    )
    change = models.ForeignKey(
        ChangeRehearsal,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rehearsal of a change"),
    )
    reveal = models.ForeignKey(
        Reveal,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reveal"),
    )
    training_item = models.ForeignKey(
        TrainingItem,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("training item"),
    )
    article_event = models.ForeignKey(
        ArticleEvent,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("article event"),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("caused by"),
    )
    until = models.DateTimeField(_("due"), null=True, blank=True)
    dedup_key = models.CharField(_("occasion"), max_length=80)
    at = models.DateTimeField(_("at"), db_default=Now())
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    objects: Any = StaffNoticeQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("staff notice")
        verbose_name_plural = _("staff notices")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(fields=["person", "-id"], name="staffnotice_of_person"),
            models.Index(
                fields=["person"],
                name="staffnotice_unread",
                condition=Q(read_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["person", "dedup_key"], name="staffnotice_once"
            ),
            models.CheckConstraint(
                condition=reduce(or_, map(_about, SUBJECTS)),
                name="staffnotice_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(note=None) | Q(ticket__isnull=False),
                name="staffnotice_note_of_ticket",
            ),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(mailed_at=None),
                name="staffnotice_mailed_once",
            ),
            known("kind", StaffNoticeKind, "staffnotice_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.kind} {self.dedup_key}"
