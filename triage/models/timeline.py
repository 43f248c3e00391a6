"""What happened to a ticket, in order, and what did people write about it?"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models import append_only, known
from triage.models.selection import BulkAction
from triage.models.ticket import Ticket


class EventKind(models.TextChoices):
    """What can happen to a ticket."""

    OPENED = "opened", _("opened")
    JOINED = "joined", _("reports joined")
    TIER = "tier", _("tier changed")
    ASSIGNED = "assigned", _("taken")
    HANDED_OVER = "handed_over", _("handed over")
    NOTED = "noted", _("noted")
    RETRIED = "retried", _("sent again")
    REPAIR_ENDED = "repair_ended", _("repair ended")
    UNCLEAR = "unclear", _("outcome unclear")
    SOLVED = "solved", _("solved")
    VERIFIED = "verified", _("verified")
    REOPENED = "reopened", _("reopened")
    PARKED = "parked", _("parked")
    UNPARKED = "unparked", _("no longer parked")
    REDIAGNOSED = "rediagnosed", _("diagnosed again")
    TIER_SET = "tier_set", _("tier set")
    WAITING = "waiting", _("waiting changed")
    WOKEN = "woken", _("woken")
    CATEGORY = "category", _("cause named")
    UNDONE = "undone", _("undone")
    SETTLED = "settled", _("settled")
    REROUTED = "rerouted", _("sent over another channel")
    ANSWERED = "answered", _("answered by the reporter")
    BREACHED = "breached", _("promise overdue")
    ESCALATED = "escalated", _("escalated")
    RESEND = "resend", _("bulk resend")
    MACRO = "macro", _("macro run")
    ATTACHED = "attached", _("file attached")
    MERGED = "merged", _("merged")
    ABSORBED = "absorbed", _("took another in")
    SPLIT = "split", _("reports split off")
    PARTED = "parted", _("reports went back")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    MUTED = "muted", _("muted")
    UNMUTED = "unmuted", _("no longer muted")
    REVEALED = "revealed", _("recipient looked at")
    REPLIED = "replied", _("answered")
    CAME_BACK = "came_back", _("came back")


class TicketEvent(models.Model):
    """One line of the timeline, which is the audit: append-only, without gaps."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="events", verbose_name=_("ticket")
    )
    seq = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=14, choices=EventKind.choices)
    actor_kind = models.CharField(_("actor kind"), max_length=10)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    change = models.JSONField(_("change"), default=dict)
    inverse = models.JSONField(_("inverse"), null=True, blank=True)
    bulk_action = models.ForeignKey(
        BulkAction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("part of"),
        db_index=False,
    )
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())

    class Meta:
        ordering: ClassVar = ["ticket", "seq"]
        verbose_name = _("ticket event")
        verbose_name_plural = _("ticket events")
        indexes: ClassVar = [
            models.Index(
                fields=["actor", "-id"],
                name="ticketevent_undoable",
                condition=Q(inverse__isnull=False),
            ),
            models.Index(
                fields=["bulk_action", "ticket"],
                name="ticketevent_of_bulk",
                condition=Q(bulk_action__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "seq"], name="ticketevent_seq"),
            known("kind", EventKind, "ticketevent_kind_known"),
            models.CheckConstraint(
                condition=Q(actor_kind__in=["public", "client", "person", "machine"]),
                name="ticketevent_actor_kind_known",
            ),
        ]
        triggers: ClassVar = [append_only("ticketevent_append_only")]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.seq} {self.kind}"

    @property
    def is_undoable(self) -> bool:
        """Whether it says what would put everything back."""
        return self.inverse is not None and "was" in self.inverse


class NoteKind(models.TextChoices):
    """Whether a sentence is seen, guessed or settled."""

    OBSERVATION = "observation", _("seen")
    HYPOTHESIS = "hypothesis", _("guessed")
    DECISION = "decision", _("decided")


class Note(models.Model):
    """What somebody wrote down about a ticket."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="notes", verbose_name=_("ticket")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=NoteKind.choices)
    body = models.TextField(_("text"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    # Ids of people who are called by @name; each has a line in their inbox.
    mentions = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        verbose_name=_("mentions"),
    )
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())

    class Meta:
        ordering: ClassVar = ["ticket", "id"]
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints: ClassVar = [known("kind", NoteKind, "note_kind_known")]

    def __str__(self) -> str:
        return self.body[:60]
