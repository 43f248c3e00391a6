"""Which messages does somebody want sent again, and how far has that come?

An operation is a frozen set of items, and its counters always add up to that set.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries import stopping
from deliveries.actor import Actor
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models.resend_states import (
    BEGUN,
    OVER,
    TRANSITIONS,
    Fault,
    I,
    ResendState,
    S,
)
from deliveries.models.source import Source
from deliveries.models.vocabulary import known

CANARY = 20  # messages that go first, before anything else may
RATE_PER_S = 5.0
MOST_STEP = 1_000
MOST_RATE = 100.0


class ResendQuerySet(DueQuerySet):
    """Bulk resends."""

    def visible_to(self, actor: Actor) -> "ResendQuerySet":
        """Operations of whose messages the actor may see every one."""
        if actor.sees_everything:
            return self
        return self.filter(queue_ids__contained_by=sorted(actor.queue_ids))

    def waiting(self) -> "ResendQuerySet":
        """Plans that a second person has to agree to."""
        return self.filter(state=ResendState.PLANNED, needs_second_person=True)

    def move(self, pk: int, to: ResendState, **changes: object) -> bool:
        """Move one operation if its state allows it; say whether this call did."""
        sources = [state for state, targets in TRANSITIONS.items() if to in targets]
        rows = self.filter(pk=pk, state__in=sources)
        return bool(rows.update(state=to, **changes))


class ResendOperation(DueRow):
    """A bulk resend: what was asked, what it came to, and how far it is."""

    number = models.BigIntegerField(
        _("number"),
        unique=True,
        db_default=Func(
            Value("resend_number"),
            function="nextval",
            output_field=models.BigIntegerField(),
        ),
        editable=False,
    )
    source = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source"),
        help_text=_("Nothing when messages of several are in it."),
    )
    # Plain numbers of the work above: through which queues its messages are seen.
    queue_ids = ArrayField(models.BigIntegerField(), verbose_name=_("queues"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    query = models.JSONField(_("query"), default=dict)
    # Ids of messages by the cause they failed for; emptied when the set is frozen.
    selection = models.JSONField(_("selection"), default=dict, editable=False)
    remedy = models.CharField(_("remedy"), max_length=24, blank=True)
    patch = models.JSONField(_("edit before sending"), default=dict, blank=True)
    with_unclear = models.BooleanField(_("also unclear ones"), default=False)
    canary_size = models.PositiveSmallIntegerField(_("canary"), default=CANARY)
    ramp = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("ramp"))
    rate_per_s = models.FloatField(_("at most, a second"), default=RATE_PER_S)
    abort_percent = models.PositiveSmallIntegerField(
        _("stops above, percent"), default=stopping.PERCENT
    )
    abort_window = models.PositiveSmallIntegerField(
        _("of the last"), default=stopping.WINDOW
    )
    resend_limit = models.PositiveIntegerField(_("creator’s own amount"))
    needs_second_person = models.BooleanField(_("needs a second person"), default=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=S.choices, default=S.DRAFT
    )
    fault = models.CharField(
        _("why it stopped"), max_length=16, choices=Fault.choices, blank=True
    )
    plan = models.JSONField(_("plan"), default=dict, editable=False)
    matched = models.PositiveIntegerField(_("messages that match"), default=0)
    frozen_count = models.PositiveIntegerField(_("judged"), default=0)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)
    alive_at = models.DateTimeField(_("planning since"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(_("step"), default=0)
    step_left = models.PositiveIntegerField(_("left of the step"), default=0)
    tokens = models.FloatField(_("tokens"), default=0, editable=False)
    refilled_at = models.DateTimeField(_("refilled at"), null=True, editable=False)
    n_planned = models.PositiveIntegerField(I.PLANNED.label, default=0)
    n_claimed = models.PositiveIntegerField(I.CLAIMED.label, default=0)
    n_sent = models.PositiveIntegerField(I.SENT.label, default=0)
    n_delivered = models.PositiveIntegerField(I.DELIVERED.label, default=0)
    n_failed = models.PositiveIntegerField(I.FAILED.label, default=0)
    n_unknown = models.PositiveIntegerField(I.UNKNOWN.label, default=0)
    n_cancelled = models.PositiveIntegerField(I.CANCELLED.label, default=0)
    n_excluded = models.PositiveIntegerField(I.EXCLUDED.label, default=0)

    objects = ResendQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-number"]
        verbose_name = _("bulk resend")
        verbose_name_plural = _("bulk resends")
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            known("state", S, "resendoperation_state_known"),
            models.CheckConstraint(
                condition=Q(queue_ids__len__gte=1), name="resendoperation_has_scope"
            ),
            models.CheckConstraint(
                condition=Q(fault="") | Q(fault__in=Fault.values),
                name="resendoperation_fault_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", *BEGUN])
                | Q(needs_second_person=False)
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("created_by"))),
                name="resendoperation_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | Q(frozen_at__isnull=False),
                name="resendoperation_frozen",
            ),
            models.CheckConstraint(
                condition=Q(
                    frozen_count=F("n_planned")
                    + F("n_claimed")
                    + F("n_sent")
                    + F("n_delivered")
                    + F("n_failed")
                    + F("n_unknown")
                    + F("n_cancelled")
                    + F("n_excluded")
                ),
                name="resendoperation_counts_add_up",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=OVER) & Q(ended_at__isnull=False))
                | (~Q(state__in=OVER) & Q(ended_at__isnull=True)),
                name="resendoperation_ended",
            ),
            models.CheckConstraint(
                condition=Q(canary_size__range=(1, MOST_STEP))
                & Q(ramp__len__gte=1)
                & Q(rate_per_s__gt=0, rate_per_s__lte=MOST_RATE),
                name="resendoperation_pace",
            ),
            models.CheckConstraint(
                condition=Q(
                    abort_percent__range=(0, stopping.MOST_PERCENT),
                    abort_window__range=(
                        stopping.LEAST_WINDOW,
                        stopping.MOST_WINDOW,
                    ),
                ),
                name="resendoperation_abort",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def rule(self) -> stopping.Rule:
        """When it stops by itself."""
        return stopping.Rule(self.abort_percent, self.abort_window)

    @property
    def will_send(self) -> int:
        """How many messages of the frozen set are, or were, to be sent."""
        return self.frozen_count - self.n_excluded

    @property
    def waits_for_second_person(self) -> bool:
        """Whether somebody else than its creator has to agree before it may start."""
        return self.state == ResendState.PLANNED and self.needs_second_person

    @property
    def is_over(self) -> bool:
        """Whether nothing more is sent."""
        return self.state in OVER
