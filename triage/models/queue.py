"""Where does work lie, who may see it, and which rule puts it there?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries import language
from deliveries.actor import Actor, Role
from deliveries.models import ChannelKind, FailureCategory, Source
from deliveries.models.vocabulary import Named, known
from triage.models.calendar import BusinessCalendar

GENERAL = "general"
# People still unserved × minutes since it began: a hundred people for half an hour call
# for somebody who decides, ten times as much for everybody.
ESCALATE_AT, ESCALATE_AGAIN_AT = 3_000, 30_000


class Escalation(models.IntegerChoices):
    """How far the burn of a ticket has called for more people."""

    NONE = 0, _("Not escalated")
    FIRST = 1, _("Escalated")
    AGAIN = 2, _("Escalated again")


class QueueQuerySet(models.QuerySet["Queue"]):
    """Queues."""

    def visible_to(self, actor: Actor) -> "QueueQuerySet":
        """Queues of which the actor is a member; every one for who sees all."""
        if actor.sees_everything:
            return self.all()
        return self.filter(pk__in=actor.queue_ids)

    def named(self, slug: str) -> "Queue | None":
        """The queue that a slug names; none for what is no slug."""
        # The database holds no NUL, and refuses to be asked for one.
        return None if "\0" in slug else self.filter(slug=slug).first()

    def led_by(self, actor: Actor) -> "QueueQuerySet":
        """Queues that the actor manages: a lead's own, every one for an admin."""
        if Role.ADMIN in actor.roles:
            return self.all()
        return self.filter(pk__in=actor.lead_queue_ids)


class Queue(Named):
    """A pile of tickets that one group of people works."""

    name_zh_hans = models.CharField(_("name in Chinese"), max_length=120, blank=True)

    calendar = models.ForeignKey(
        BusinessCalendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="queues",
        verbose_name=_("business calendar"),
        help_text=_("Without one, every hour is a working hour."),
    )
    escalate_at = models.PositiveIntegerField(
        _("escalate at"), null=True, blank=True, default=ESCALATE_AT
    )
    escalate_again_at = models.PositiveIntegerField(
        _("escalate again at"), null=True, blank=True, default=ESCALATE_AGAIN_AT
    )

    objects = QueueQuerySet.as_manager()

    class Meta(Named.Meta):
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="queue_slug"),
            models.CheckConstraint(
                condition=Q(escalate_again_at__isnull=True)
                | Q(
                    escalate_at__isnull=False,
                    escalate_again_at__gt=F("escalate_at"),
                ),
                name="queue_escalation_ordered",
            ),
            models.CheckConstraint(
                condition=Q(escalate_at__isnull=True) | Q(escalate_at__gte=1),
                name="queue_escalation_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the active language, where there is one."""
        if language.reads_chinese() and self.name_zh_hans:
            return self.name_zh_hans
        return self.name


class MemberRole(models.TextChoices):
    """What a person does in a queue or for a source."""

    AGENT = "agent", _("Agent")
    SPECIALIST = "specialist", _("Specialist")
    LEAD = "lead", _("Team lead")
    SENDER = "sender", _("Person of a source")


class Membership(models.Model):
    """A person's place in a queue, or in a source."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="memberships",
        verbose_name=_("person"),
    )
    queue = models.ForeignKey(
        Queue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("queue"),
    )
    source = models.ForeignKey(
        Source,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source"),
    )
    role = models.CharField(_("role"), max_length=12, choices=MemberRole.choices)

    class Meta:
        ordering: ClassVar = ["queue", "person"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "queue", "source", "role"],
                name="membership_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(queue__isnull=False, source__isnull=True)
                | Q(queue__isnull=True, source__isnull=False),
                name="membership_subject",
            ),
            models.CheckConstraint(
                condition=Q(
                    queue__isnull=False, role__in=["agent", "specialist", "lead"]
                )
                | Q(source__isnull=False, role="sender"),
                name="membership_role_fits_subject",
            ),
            known("role", MemberRole, "membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_role_display()}"


class RoutingRule(models.Model):
    """The first rule whose every filled condition matches gives the queue."""

    position = models.PositiveSmallIntegerField(_("position"), default=1)
    channel = models.CharField(
        _("channel"), max_length=10, choices=ChannelKind.choices, blank=True
    )
    family = models.CharField(_("cause family"), max_length=30, blank=True)
    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cause"),
    )
    provider = models.CharField(_("provider"), max_length=64, blank=True)
    region = models.CharField(_("region"), max_length=32, blank=True)
    source = models.ForeignKey(
        Source,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source"),
    )
    queue = models.ForeignKey(
        Queue, models.CASCADE, related_name="rules", verbose_name=_("queue")
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=ChannelKind.values),
                name="routingrule_channel_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} → {self.queue}"
