"""Which tries were made to deliver a message?"""

from collections.abc import Sequence
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries.leases import DueQuerySet, DueRow
from deliveries.models.category import FailureCategory
from deliveries.models.message import Message
from deliveries.models.provider import Route
from deliveries.models.recipient import Address
from deliveries.models.resend_item import ResendItem
from deliveries.models.source import Source
from deliveries.models.vocabulary import ChannelKind, known

# Only pruning may touch sealed history, under a setting local to its transaction.
APPEND_ONLY = """
IF current_setting('undelivered.pruning', true) = 'on' THEN
    RETURN COALESCE(NEW, OLD);
END IF;
RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
"""


# What is told later may be filled in once; all else stays. Columns that the database
# itself makes are not there yet when the trigger looks.
FILLED_ONCE = """
IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - '{{{later}}}'::text[]
    = to_jsonb(OLD) - '{{{later}}}'::text[] AND {unfilled} THEN
    RETURN NEW;
END IF;
"""


def append_only(
    name: str, *, once: Sequence[str] = (), made: Sequence[str] = ()
) -> pgtrigger.Trigger:
    """Declare the trigger that refuses UPDATE and DELETE on a table.

    Columns ``once`` may be changed from NULL to a value; ``made`` are generated ones.
    """
    func = APPEND_ONLY
    if once:
        unfilled = " AND ".join(
            f"(OLD.{each} IS NULL OR OLD.{each} = NEW.{each})" for each in once
        )
        func = FILLED_ONCE.format(later=",".join((*once, *made)), unfilled=unfilled)
        func += APPEND_ONLY
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=func,
    )


class AttemptCause(models.TextChoices):
    """Who wanted this try."""

    INITIAL = "initial", _("First send")
    AUTO = "auto", _("The machine")
    AGENT = "agent", _("An agent")
    BULK = "bulk", _("A bulk resend")


class Outcome(models.TextChoices):
    """How a try ended; ``unclear`` means that a person must settle it."""

    PLANNED = "planned", _("Planned")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    UNCLEAR = "unclear", _("Unclear")
    CANCELLED = "cancelled", _("Cancelled")


RUNNING = (Outcome.PLANNED, Outcome.SENDING)
SETTLED = (Outcome.ACCEPTED, Outcome.REFUSED)


class Settler(models.TextChoices):
    """Who said what became of a try that had ended unclear."""

    EVENT = "event", _("An event")
    LOOK_UP = "look_up", _("The provider, when it was asked")
    PERSON = "person", _("A person")
    SOURCE = "source", _("The sending system")


class DeliveryAttempt(DueRow):
    """One try. Written before the call, so that a crash loses nothing.

    A try that ended unclear and can be asked about is due again, for the question.
    ``settled_by`` says who settled one; code and answer stay those of the call.
    """

    # Each version of a row enters every index that there is, and a try has three: no
    # foreign key here has one of its own that "attempt_n" or a partial one makes good,
    # or that serves nothing but the deletion of a source or route.
    source = models.ForeignKey(
        Source,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("source"),
    )
    message = models.ForeignKey(
        Message,
        models.CASCADE,
        related_name="attempts",
        db_index=False,
        verbose_name=_("message"),
    )
    n = models.PositiveSmallIntegerField(_("number"))
    route = models.ForeignKey(
        Route,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("route"),
    )
    # Where the try goes if not to the message's own address; see ``aiming.py``.
    channel = models.CharField(
        _("other channel"),
        max_length=10,
        choices=ChannelKind.choices,
        blank=True,
        db_default="",
    )
    address = models.ForeignKey(
        Address,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # most tries have none; see the partial index
        verbose_name=_("other address"),
    )
    cause = models.CharField(_("cause"), max_length=10, choices=AttemptCause.choices)
    resend_item = models.ForeignKey(
        ResendItem,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # most tries have none; see the partial index
        verbose_name=_("message of a bulk resend"),
    )
    idempotency_key = models.CharField(_("idempotency key"), max_length=60)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.PLANNED
    )
    planned_at = models.DateTimeField(
        _("planned at"), db_default=models.functions.Now()
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    settled_by = models.CharField(
        _("settled by"),
        max_length=8,
        choices=Settler.choices,
        blank=True,
        db_default="",
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    reply_code = models.CharField(_("reply code"), max_length=64, blank=True)
    enhanced_code = models.CharField(_("enhanced code"), max_length=64, blank=True)
    raw_answer = models.TextField(_("answer, redacted"), blank=True)
    provider_ref = models.CharField(
        _("the provider’s reference"), max_length=200, blank=True, db_default=""
    )
    retry_after_s = models.PositiveIntegerField(
        _("retry after, seconds"), null=True, blank=True
    )
    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # what was taken has none; see the partial index
        verbose_name=_("category"),
    )

    objects = DueQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["message", "n"]
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(
                fields=["finished_at"],
                name="attempt_finished",
                condition=Q(finished_at__isnull=False),
            ),
            models.Index(
                fields=["resend_item"],
                name="attempt_resend_item",
                condition=Q(resend_item__isnull=False),
            ),
            models.Index(
                fields=["address"],
                name="attempt_other_address",
                condition=Q(address__isnull=False),
            ),
            models.Index(
                fields=["category"],
                name="attempt_category",
                condition=Q(category__isnull=False),
            ),
            models.Index(
                fields=["provider_ref"],
                name="attempt_provider_ref",
                condition=~Q(provider_ref=""),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(fields=["message", "n"], name="attempt_n"),
            models.UniqueConstraint(
                fields=["message"],
                name="attempt_one_running",
                condition=Q(outcome__in=RUNNING),
            ),
            models.UniqueConstraint(
                fields=["idempotency_key", "route"],
                name="attempt_key",
                condition=~Q(outcome="cancelled"),
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True)
                | Q(finished_at__isnull=True)
                | Q(started_at__lte=F("finished_at")),
                name="attempt_times_ordered",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, outcome__in=RUNNING)
                | (Q(finished_at__isnull=False) & ~Q(outcome__in=RUNNING)),
                name="attempt_finished_iff_over",
            ),
            known("outcome", Outcome, "attempt_outcome_known"),
            models.CheckConstraint(
                condition=Q(settled_by="", settled_at__isnull=True)
                | Q(
                    settled_by__in=Settler.values,
                    settled_at__isnull=False,
                    outcome__in=SETTLED,
                ),
                name="attempt_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=ChannelKind.values),
                name="attempt_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(address__isnull=True) | ~Q(channel=""),
                name="attempt_elsewhere_has_channel",
            ),
            known("cause", AttemptCause, "attempt_cause_known"),
            models.CheckConstraint(
                condition=Q(resend_item__isnull=True) | Q(cause="bulk"),
                name="attempt_of_a_resend_is_bulk",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.n}"
