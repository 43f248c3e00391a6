"""Which steps do people take again and again, and which words do they write?

A macro is done by whoever runs it: each step asks what they may do on the ticket.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries import language
from deliveries.actor import Actor
from deliveries.models import FailureCategory
from knowledgebase.models import Article
from triage.models.queue import Queue
from triage.models.ticket_states import Tier, WaitingOn
from triage.models.timeline import NoteKind

TEXT_MAX = 10_000  # characters of a canned text, or of the note of a macro
MOST_WAIT_H = 24 * 90


class OfQueueQuerySet(models.QuerySet[Any]):
    """What belongs to a queue."""

    def visible_to(self, actor: Actor) -> "OfQueueQuerySet":
        """That of the queues in which the actor works."""
        return self.filter(queue__in=actor.queue_ids)

    def led_by(self, actor: Actor) -> "OfQueueQuerySet":
        """That of the queues that the actor leads."""
        return self.filter(queue__in=actor.lead_queue_ids)


class MacroQuerySet(OfQueueQuerySet):
    """Macros."""

    def with_steps(self) -> "MacroQuerySet":
        """Everything that the words of the steps say, in two queries."""
        rows = self.select_related("queue", "queue_to", "category", "solve_category")
        return rows.prefetch_related("solve_article__translations__current_version")


class OfQueue(models.Model):
    """Something with a name in two languages that the people of a queue use."""

    queue = models.ForeignKey(
        Queue, models.CASCADE, related_name="+", verbose_name=_("queue")
    )
    name = models.CharField(_("name"), max_length=60)
    name_zh_hans = models.CharField(_("name in Chinese"), max_length=60, blank=True)
    # Rises with each change, so that nobody runs or saves another one than they saw.
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )

    objects: ClassVar[Any] = OfQueueQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the reader's language, where there is one."""
        if language.reads_chinese() and self.name_zh_hans:
            return self.name_zh_hans
        return self.name


class Assignment(models.TextChoices):
    """To whom a macro gives the ticket."""

    ME = "me", _("whoever runs it")
    NOBODY = "nobody", _("nobody")


class Macro(OfQueue):
    """Steps of which each is taken at most once, always in the same order.

    Diagnosing again comes first and another queue last: the one may lead to another
    incident, the other out of sight. An empty column is a step that is not taken. What
    is solved neither waits nor moves.
    """

    diagnose = models.BooleanField(_("diagnose again"), default=False)
    assign = models.CharField(
        _("assign"), max_length=6, choices=Assignment.choices, blank=True
    )
    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cause"),
    )
    tier = models.CharField(_("tier"), max_length=2, choices=Tier.choices, blank=True)
    tier_reason = models.CharField(_("reason for the tier"), max_length=500, blank=True)
    note_kind = models.CharField(
        _("kind of note"), max_length=12, choices=NoteKind.choices, blank=True
    )
    note = models.TextField(_("note"), max_length=TEXT_MAX, blank=True)
    resend = models.BooleanField(_("send again"), default=False)
    waiting_on = models.CharField(
        _("waits for"), max_length=12, choices=WaitingOn.choices, blank=True
    )
    wait_h = models.PositiveSmallIntegerField(_("hours"), null=True, blank=True)
    queue_to = models.ForeignKey(
        Queue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to the queue"),
    )

    solve_category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("solve with the cause"),
    )
    solve_article = models.ForeignKey(
        Article,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("article that helped"),
    )
    solve_note = models.TextField(
        _("note of the resolution"), max_length=TEXT_MAX, blank=True
    )

    objects: ClassVar[Any] = MacroQuerySet.as_manager()

    class Meta(OfQueue.Meta):
        abstract = False
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "name"], name="macro_name"),
            models.CheckConstraint(condition=~Q(name=""), name="macro_has_name"),
            models.CheckConstraint(
                condition=Q(diagnose=True)
                | ~Q(assign="")
                | Q(category__isnull=False)
                | ~Q(tier="")
                | ~Q(note="")
                | Q(resend=True)
                | ~Q(waiting_on="")
                | Q(queue_to__isnull=False)
                | Q(solve_category__isnull=False),
                name="macro_has_step",
            ),
            models.CheckConstraint(
                condition=Q(solve_category__isnull=False)
                | Q(solve_article=None, solve_note=""),
                name="macro_solves_with_cause",
            ),
            models.CheckConstraint(
                condition=Q(solve_category=None) | Q(waiting_on="", queue_to=None),
                name="macro_solved_stays",
            ),
            models.CheckConstraint(
                condition=Q(tier="", tier_reason="")
                | (~Q(tier="") & Q(tier_reason__regex=r"^(.|\n){10,}$")),
                name="macro_tier_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(note="", note_kind="")
                | (~Q(note="") & Q(note_kind__in=NoteKind.values)),
                name="macro_note_has_kind",
            ),
            models.CheckConstraint(
                condition=Q(wait_h=None)
                | (~Q(waiting_on="") & Q(wait_h__range=(1, MOST_WAIT_H))),
                name="macro_waits_for_somebody",
            ),
            models.CheckConstraint(
                condition=Q(assign="") | Q(assign__in=Assignment.values),
                name="macro_assign_known",
            ),
            models.CheckConstraint(
                condition=Q(tier="") | Q(tier__in=Tier.values), name="macro_tier_known"
            ),
            models.CheckConstraint(
                condition=Q(waiting_on="") | Q(waiting_on__in=WaitingOn.values),
                name="macro_waiting_known",
            ),
        ]


class CannedText(OfQueue):
    """Words that people write often; ``{cause}`` and the like are filled in."""

    text = models.TextField(_("text"), max_length=TEXT_MAX)
    text_zh_hans = models.TextField(
        _("text in Chinese"), max_length=TEXT_MAX, blank=True
    )

    class Meta(OfQueue.Meta):
        abstract = False
        verbose_name = _("canned text")
        verbose_name_plural = _("canned texts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "name"], name="cannedtext_name"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(text=""), name="cannedtext_says_something"
            ),
        ]

    @property
    def words(self) -> str:
        """The text in the reader's language, where there is one."""
        if language.reads_chinese() and self.text_zh_hans:
            return self.text_zh_hans
        return self.text
