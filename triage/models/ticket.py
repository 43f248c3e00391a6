"""What has a person to do about an incident, and who decided what?"""

from functools import partial
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.actor import Actor, Role
from deliveries.models import ChannelKind, FailureCategory, Route, known
from triage.models.group import FailureGroup, next_number
from triage.models.queue import Escalation, Queue
from triage.models.ticket_indexes import INDEXES
from triage.models.ticket_states import (
    LIVE,
    TicketState,
    Tier,
    WaitingOn,
)
from triage.models.ticket_triggers import (
    FAMILY_FOLLOWS_CAUSE,
    FOLLOWS_GROUP,
    TAKES_FROM_GROUP,
    solved_has_resolution,
)


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Tickets, by intention."""

    def visible_to(self, actor: Actor) -> "TicketQuerySet":
        """Tickets in the actor's scope; nothing for everybody else."""
        if actor.sees_everything:
            return self.all()
        scope = Q(pk__in=[])
        if actor.queue_ids:
            scope |= Q(queue_id__in=actor.queue_ids)
        if Role.EDITOR in actor.roles:
            resolved = self.model.objects.filter(
                pk=OuterRef("pk"), resolutions__isnull=False
            )
            scope |= Q(Exists(resolved))
        return self.filter(scope)

    def live(self) -> "TicketQuerySet":
        """Tickets whose work is not proven done."""
        return self.filter(state__in=LIVE)

    def page(
        self, limit: int, tier: str = "", number: int = 0, *, backwards: bool = False
    ) -> list[int]:
        """The numbers of up to ``limit`` tickets beyond one in the list's order.

        Without one, from the beginning. First the rest of its tier, then other tiers:
        each is a range of the index, wherever in the list it lies.
        """
        if not tier:
            return list(
                self.most_urgent_first().values_list("number", flat=True)[:limit]
            )
        if backwards:
            same = self.filter(tier=tier, number__gt=number).order_by("number")
            others = self.filter(tier__lt=tier).order_by("-tier", "number")
        else:
            same = self.filter(tier=tier, number__lt=number).order_by("-number")
            others = self.filter(tier__gt=tier).most_urgent_first()
        found = list(same.values_list("number", flat=True)[:limit])
        if len(found) < limit:
            left = limit - len(found)
            found += others.values_list("number", flat=True)[:left]
        return found

    def most_urgent_first(self) -> "TicketQuerySet":
        """The order of every list of tickets."""
        return self.order_by("tier", "-number")

    def with_everything_for_list(self) -> "TicketQuerySet":
        """What a row of a ticket list shows.

        In one query, and one more for what few tickets have: planning more joins takes
        longer than reading the rows.
        """
        return self.select_related(
            "group__category", "group__source", "queue", "assignee"
        ).prefetch_related("category_override", "parked_by_breaker__provider")


class Ticket(models.Model):
    """The unit of human work. Its terms for the search are in no field."""

    number = models.BigIntegerField(
        _("number"),
        unique=True,
        db_default=next_number("ticket_number"),
        editable=False,
    )
    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "tkt_"),
        editable=False,
    )
    group = models.ForeignKey(
        FailureGroup, models.PROTECT, related_name="tickets", verbose_name=_("group")
    )
    queue = models.ForeignKey(
        Queue, models.PROTECT, related_name="tickets", verbose_name=_("queue")
    )
    # Of the group and the named cause; see the triggers below.
    channel = models.CharField(
        _("channel"),
        max_length=10,
        choices=ChannelKind.choices,
        db_default="",
        editable=False,
    )
    family = models.CharField(
        _("cause family"), max_length=30, db_default="", editable=False
    )
    about = models.CharField(
        _("words of the group"), max_length=400, db_default="", editable=False
    )
    state = models.CharField(
        _("state"), max_length=18, choices=TicketState.choices, default=TicketState.NEW
    )
    waiting_on = models.CharField(
        _("waiting on"), max_length=12, choices=WaitingOn.choices, blank=True
    )
    wait_until = models.DateTimeField(_("waits until"), null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("assignee"),
    )
    tier_computed = models.CharField(
        _("tier, computed"), max_length=2, choices=Tier.choices, default=Tier.S4
    )
    tier_score = models.PositiveSmallIntegerField(_("score"), default=0)
    tier_reasons = models.JSONField(_("reasons"), default=list)
    tier_below_since = models.DateTimeField(
        _("lower tier since"), null=True, blank=True
    )
    rejudge_at = models.DateTimeField(_("to be judged again at"), null=True, blank=True)
    tier_override = models.CharField(
        _("tier, overridden"), max_length=2, choices=Tier.choices, blank=True
    )
    tier_override_reason = models.CharField(
        _("reason for the override"), max_length=500, blank=True
    )
    tier = models.GeneratedField(
        expression=models.Case(
            models.When(tier_override="", then=F("tier_computed")),
            default=F("tier_override"),
        ),
        output_field=models.CharField(max_length=2, choices=Tier.choices),
        db_persist=True,
        verbose_name=_("tier"),
    )
    category_override = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cause, named by a person"),
    )
    escalation = models.PositiveSmallIntegerField(
        _("escalated"), choices=Escalation.choices, default=Escalation.NONE
    )
    reopen_count = models.PositiveSmallIntegerField(_("reopened"), default=0)
    parked_by_breaker = models.ForeignKey(
        Route,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("parked by the breaker of"),
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    last_seq = models.PositiveIntegerField(_("last event number"), default=0)
    opened_at = models.DateTimeField(_("opened at"), db_default=models.functions.Now())
    solved_at = models.DateTimeField(_("solved at"), null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-number"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes: ClassVar = INDEXES
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "queue"],
                name="ticket_one_live_per_group_queue",
                condition=Q(state__in=LIVE),
            ),
            models.CheckConstraint(
                condition=(Q(state="waiting") & ~Q(waiting_on=""))
                | (~Q(state="waiting") & Q(waiting_on="")),
                name="ticket_waiting_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(wait_until__isnull=True) | Q(state="waiting"),
                name="ticket_wait_ends_waiting",
            ),
            models.CheckConstraint(
                condition=Q(tier_override="")
                | Q(tier_override_reason__regex=r"^(.|\n){10,}$"),
                name="ticket_override_has_reason",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="merged", merged_into__isnull=False)
                    & ~Q(merged_into=F("id"))
                )
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="ticket_merged_points",
            ),
            known("state", TicketState, "ticket_state_known"),
            known("channel", ChannelKind, "ticket_channel_known"),
            known("tier_computed", Tier, "ticket_tier_known"),
            known("escalation", Escalation, "ticket_escalation_known"),
            models.CheckConstraint(
                condition=Q(tier_override="") | Q(tier_override__in=Tier.values),
                name="ticket_tier_override_known",
            ),
            models.CheckConstraint(
                condition=Q(waiting_on="") | Q(waiting_on__in=WaitingOn.values),
                name="ticket_waiting_on_known",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="ticket_takes_from_group",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=TAKES_FROM_GROUP,
            ),
            pgtrigger.Trigger(
                name="ticket_family_follows_cause",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("category_override_id"),
                condition=pgtrigger.Q(
                    old__category_override__df=pgtrigger.F("new__category_override")
                ),
                func=FAMILY_FOLLOWS_CAUSE,
            ),
            pgtrigger.Trigger(
                name="ticket_follows_group",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("group_id"),
                condition=pgtrigger.Q(old__group__df=pgtrigger.F("new__group")),
                func=FOLLOWS_GROUP,
            ),
            solved_has_resolution(
                "NEW.id", pgtrigger.Insert | pgtrigger.UpdateOf("state")
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def cause(self) -> FailureCategory:
        """The cause that a person named, else the one that was diagnosed."""
        return self.category_override or self.group.category

    @property
    def tier_now(self) -> str:
        """The tier as the columns that make it stand, saved or not."""
        return self.tier_override or self.tier_computed

    @property
    def is_live(self) -> bool:
        """Whether the work is not proven done."""
        return self.state in LIVE
