"""Which tries were handed to the sending system, and what has it said about them?"""

from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models.attempt import DeliveryAttempt
from deliveries.models.source import ApiKey, Source
from deliveries.models.vocabulary import known

MOST_ASKS = 3  # how often one send is asked for, always with the same generation


class DelegatedState(models.TextChoices):
    """Where a send that somebody else makes stands."""

    REQUESTED = "requested", _("Requested")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    SETTLED = "settled", _("Settled")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")


DELEGATED_OPEN = (DelegatedState.REQUESTED, DelegatedState.ACKNOWLEDGED)


class DelegatedCode(models.TextChoices):
    """Why a send that somebody else was to make failed."""

    UNACKNOWLEDGED = "unacknowledged", _("The sending system did not react.")
    DECLINED = "declined", _("The sending system declined.")
    NOT_ALLOWED = "not_allowed", _("It was no longer allowed.")
    CRASHED = "crashed", _("Following it up failed.")


class DelegatedSend(DueRow):
    """One try that a source makes on our instruction; one row for each attempt.

    ``due_at`` is when its silence says something: ``ack_by`` until it is acknowledged,
    ``lease_until`` afterwards.
    """

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "rsi_"),
        editable=False,
    )
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="+", verbose_name=_("source")
    )
    attempt = models.OneToOneField(
        DeliveryAttempt,
        models.CASCADE,
        related_name="delegated",
        verbose_name=_("attempt"),
    )
    generation = models.PositiveIntegerField(_("generation"))
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=DelegatedState.choices,
        default=DelegatedState.REQUESTED,
    )
    code = models.CharField(
        _("code"), max_length=16, choices=DelegatedCode.choices, blank=True
    )
    asks = models.PositiveSmallIntegerField(_("asked so often"), default=1)
    requested_at = models.DateTimeField(_("requested at"))
    ack_by = models.DateTimeField(_("acknowledge by"))
    acked_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acked_by = models.ForeignKey(
        ApiKey,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)

    objects = DueQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("delegated send")
        verbose_name_plural = _("delegated sends")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(
                fields=["source", "id"],
                name="delegatedsend_claimable",
                condition=Q(state="requested"),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            known("state", DelegatedState, "delegatedsend_state_known"),
            models.CheckConstraint(
                condition=Q(code="") | Q(code__in=DelegatedCode.values),
                name="delegatedsend_code_known",
            ),
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(code="")
                | ~Q(state="failed") & Q(code=""),
                name="delegatedsend_failed_has_code",
            ),
            models.CheckConstraint(
                condition=Q(acked_at__isnull=True, lease_until__isnull=True)
                | Q(acked_at__isnull=False, lease_until__isnull=False),
                name="delegatedsend_ack_takes_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(acked_at__isnull=False),
                name="delegatedsend_acknowledged_has_ack",
            ),
            models.CheckConstraint(
                condition=Q(asks__gte=1, asks__lte=MOST_ASKS),
                name="delegatedsend_asks_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
