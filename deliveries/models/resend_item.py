"""Which message of a bulk resend stands where, and why is one left out?

The database refuses an item that comes after the freezing, and a second outstanding
item for one message.
"""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.category import FailureCategory
from deliveries.models.message import Message
from deliveries.models.resend import ResendOperation
from deliveries.models.resend_states import (
    ITEM_TRANSITIONS,
    OUTSTANDING,
    Exclusion,
    I,
    ItemState,
)
from deliveries.models.vocabulary import known


class ResendItemQuerySet(models.QuerySet["ResendItem"]):
    """Messages of bulk resends."""

    def outstanding(self) -> "ResendItemQuerySet":
        """Items that hold their message against any other resend."""
        return self.filter(state__in=OUTSTANDING)

    def last_ended(self, operation_id: int, window: int) -> tuple[int, int]:
        """Count the messages of an operation whose tries ended last.

        Returns how many there are, at most ``window``, and how many of them went
        wrong.
        """
        rows = self.filter(operation=operation_id, finished_at__isnull=False)
        rows = rows.exclude(state__in=(I.CANCELLED, I.EXCLUDED))
        last = rows.order_by("-finished_at")[:window]
        states = list(last.values_list("state", flat=True))
        return len(states), sum(state in (I.FAILED, I.UNKNOWN) for state in states)

    def move(self, item: "ResendItem", to: ItemState, **changes: object) -> bool:
        """Move an item and both counters of its operation, in the open transaction.

        Says whether this call did. Its message is locked before it, its operation
        after it; whoever keeps this order waits for nobody in a circle.
        """
        sources = [each for each, to_ in ITEM_TRANSITIONS.items() if to in to_]
        row = self.select_for_update().filter(pk=item.pk).first()
        if row is None or row.state not in sources:
            return False
        self.filter(pk=item.pk).update(state=to, **changes)
        before, after = f"n_{row.state}", f"n_{to}"
        ResendOperation.objects.filter(pk=row.operation_id).update(
            **{before: F(before) - 1, after: F(after) + 1}
        )
        return True


class ResendItem(models.Model):
    """One message in a bulk resend; one that is left out says why."""

    operation = models.ForeignKey(
        ResendOperation,
        models.CASCADE,
        related_name="items",
        verbose_name=_("bulk resend"),
    )
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="resends", verbose_name=_("message")
    )
    cause = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cause"),
    )
    state = models.CharField(_("state"), max_length=10, choices=I.choices)
    exclusion = models.CharField(
        _("left out because"), max_length=20, choices=Exclusion.choices, blank=True
    )
    unclear = models.BooleanField(_("was unclear before"), default=False)
    duplicate_risk = models.FloatField(_("duplicate risk"), null=True, blank=True)
    generation = models.PositiveIntegerField(_("generation"), null=True, blank=True)
    attempt_n = models.PositiveSmallIntegerField(_("attempt"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ResendItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("message of a bulk resend")
        verbose_name_plural = _("messages of bulk resends")
        indexes: ClassVar = [
            models.Index(fields=["operation", "state"], name="resenditem_state"),
            models.Index(
                fields=["operation", "-finished_at"],
                name="resenditem_finished",
                condition=Q(finished_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operation", "message"], name="resenditem_message"
            ),
            models.UniqueConstraint(
                fields=["message"],
                name="resenditem_one_outstanding",
                condition=Q(state__in=OUTSTANDING),
            ),
            models.CheckConstraint(
                condition=(Q(state="excluded") & ~Q(exclusion=""))
                | (~Q(state="excluded") & Q(exclusion="")),
                name="resenditem_excluded_has_code",
            ),
            models.CheckConstraint(
                condition=Q(exclusion="") | Q(exclusion__in=Exclusion.values),
                name="resenditem_exclusion_known",
            ),
            models.CheckConstraint(
                condition=Q(duplicate_risk__isnull=True)
                | Q(duplicate_risk__range=(0, 1)),
                name="resenditem_risk",
            ),
            known("state", I, "resenditem_state_known"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="resenditem_frozen_set",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("operation_id"),
                func="""
                IF EXISTS (
                    SELECT FROM deliveries_resendoperation
                    WHERE id = NEW.operation_id AND frozen_at IS NOT NULL
                ) THEN
                    RAISE EXCEPTION 'the set of a resend is frozen'
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.operation_id}/{self.pk}"
