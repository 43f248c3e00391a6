"""What are reporters told, each once, and by which link do they look it up?

A Reply is what an agent writes once. A Notice is one update for one reporter, due
until it was handed over to be sent; a Carrier is the message that took it there.
"""

from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import Message, known
from triage.models.report import FailureReport
from triage.models.ticket import Ticket
from triage.models.timeline import TicketEvent


class NoticeKind(models.TextChoices):
    """What a reporter is told."""

    SOLVED = "solved", _("The cause is mended")
    REOPENED = "reopened", _("It is taken up again")
    ANSWER_WANTED = "answer_wanted", _("Did it arrive?")
    REPLY = "reply", _("An answer")


class NoticeState(models.TextChoices):
    """Where a notice stands; ``sent`` was handed over to be sent."""

    DUE = "due", _("Due")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("Left out")
    DEAD = "dead", _("Failed")


class Skipped(models.TextChoices):
    """Why a notice was left out."""

    NO_CHANNEL = "no_channel", _("there is no other channel that works")
    SOURCE_TELLS = "source_tells", _("the sending system tells its people itself")
    OVERTAKEN = "overtaken", _("there was news before it left")
    UNDONE = "undone", _("it was taken back")
    CLOSED = "closed", _("the report was closed")


class Reply(models.Model):
    """What an agent wrote to every reporter of a ticket, by language.

    One to a whole incident is a row on each of its tickets; all but the first are
    ``part_of`` that one, and are taken back with it.
    """

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="replies", verbose_name=_("ticket")
    )
    texts = models.JSONField(_("texts by language"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    part_of = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("part of"),
        editable=False,
    )
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())
    undo_until = models.DateTimeField(_("can be taken back until"))
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["ticket", "id"]
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(texts={}), name="reply_has_words"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(undone_at__lte=F("undo_until")),
                name="reply_undone_in_time",
            ),
            models.CheckConstraint(
                condition=Q(part_of__isnull=True) | ~Q(part_of=F("id")),
                name="reply_part_of_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.pk}"


class Notice(DueRow):
    """One update for one reporter."""

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "ntc_"),
        editable=False,
    )
    report = models.ForeignKey(
        FailureReport,
        models.CASCADE,
        related_name="notices",
        verbose_name=_("failure report"),
    )
    event = models.ForeignKey(
        TicketEvent,
        models.CASCADE,
        related_name="notices",
        verbose_name=_("ticket event"),
    )
    kind = models.CharField(_("kind"), max_length=14, choices=NoticeKind.choices)
    reply = models.ForeignKey(
        Reply,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("reply"),
    )
    locale = models.CharField(_("language"), max_length=10)
    dedup_key = models.CharField(_("deduplication key"), max_length=80)
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=NoticeState.choices,
        default=NoticeState.DUE,
    )
    skipped = models.CharField(
        _("left out because"), max_length=14, choices=Skipped.choices, blank=True
    )
    planned_at = models.DateTimeField(
        _("planned at"), db_default=models.functions.Now()
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = DueQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(fields=["dedup_key"], name="notice_once"),
            known("kind", NoticeKind, "notice_kind_known"),
            known("state", NoticeState, "notice_state_known"),
            models.CheckConstraint(
                condition=(Q(state="skipped") & Q(skipped__in=Skipped.values))
                | (~Q(state="skipped") & Q(skipped="")),
                name="notice_skipped_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(kind="reply", reply__isnull=False)
                | (~Q(kind="reply") & Q(reply__isnull=True)),
                name="notice_of_a_reply",
            ),
            models.CheckConstraint(
                condition=Q(state="due") | Q(due_at__isnull=True),
                name="notice_over_not_due",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class Carrier(models.Model):
    """The message that carries a notice; it is never itself reported or noticed."""

    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="carriers", verbose_name=_("notice")
    )
    message = models.OneToOneField(
        Message, models.CASCADE, related_name="+", verbose_name=_("message")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("carrier of a notice")
        verbose_name_plural = _("carriers of notices")

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.message_id}"


class StatusLink(models.Model):
    """A link by which a reporter opens one report without logging in."""

    report = models.ForeignKey(
        FailureReport,
        models.CASCADE,
        related_name="status_links",
        verbose_name=_("failure report"),
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    created_at = models.DateTimeField(
        _("created at"), db_default=models.functions.Now()
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("status link")
        verbose_name_plural = _("status links")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="statuslink_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.pk}"


class LinkBudget(models.Model):
    """How often one link, or one network, was used to change something in an hour."""

    key = models.CharField(_("key"), max_length=64)
    hour = models.DateTimeField(_("hour"))
    used = models.PositiveIntegerField(_("used"))

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("budget of a link")
        verbose_name_plural = _("budgets of links")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "hour"], name="linkbudget_key_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.used}"
