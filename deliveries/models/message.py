"""What should one person have received, and how far did it get?"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.models.category import FailureCategory
from deliveries.models.provider import Provider
from deliveries.models.recipient import Address, Recipient
from deliveries.models.source import Source
from deliveries.models.vocabulary import ChannelKind, EvidenceLevel, Purpose, known


class MessageState(models.TextChoices):
    """Where a message stands."""

    QUEUED = "queued", _("Queued")
    HELD = "held", _("Held")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", _("Accepted")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    RETRY_WAIT = "retry_wait", _("Waiting to be sent again")
    UNKNOWN = "unknown", _("Unknown")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


S = MessageState
TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    S.QUEUED: frozenset({S.SENDING, S.HELD, S.CANCELLED, S.EXPIRED}),
    S.HELD: frozenset({S.QUEUED, S.CANCELLED, S.EXPIRED}),
    # Back to waiting: the provider was asked, and never had it.
    S.SENDING: frozenset({S.ACCEPTED, S.DELIVERED, S.FAILED, S.UNKNOWN, S.RETRY_WAIT}),
    S.ACCEPTED: frozenset({S.DELIVERED, S.FAILED, S.UNKNOWN}),
    S.FAILED: frozenset({S.RETRY_WAIT, S.DELIVERED, S.EXPIRED, S.CANCELLED}),
    S.RETRY_WAIT: frozenset(
        {S.SENDING, S.HELD, S.DELIVERED, S.EXPIRED, S.CANCELLED, S.FAILED}
    ),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.DELIVERED, S.FAILED, S.RETRY_WAIT}),
    S.EXPIRED: frozenset({S.DELIVERED}),
    S.CANCELLED: frozenset({S.DELIVERED}),
    S.DELIVERED: frozenset(),
}

# How long silence after the last attempt is still no answer.
VERIFY_WITHIN: dict[str, timedelta] = {
    ChannelKind.WEBHOOK: timedelta(minutes=1),
    ChannelKind.PUSH: timedelta(minutes=10),
    ChannelKind.CHAT: timedelta(minutes=10),
    ChannelKind.SMS: timedelta(minutes=30),
    ChannelKind.SOCIAL: timedelta(hours=1),
    ChannelKind.EMAIL: timedelta(hours=24),
}


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def move(self, message_id: int, to: MessageState, **changes: object) -> bool:
        """Move one message if its state allows it; say whether this call did."""
        sources = [state for state, targets in TRANSITIONS.items() if to in targets]
        rows = self.filter(pk=message_id, state__in=sources)
        return bool(rows.update(state=to, **changes))

    def put_back(self, ids: Collection[int], to: MessageState) -> int:
        """Put messages back to where they stood before calls that were never made.

        No transition: nothing has happened to them. Says how many it did.
        """
        rows = self.filter(pk__in=ids, state=MessageState.SENDING)
        return rows.update(state=to) if ids else 0

    def silent(self, now: datetime) -> "MessageQuerySet":
        """Messages whose evidence did not come before ``verify_by``."""
        return self.filter(verify_by__lte=now)


class Message(models.Model):
    """One thing one person should have received."""

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "msg_"),
        editable=False,
    )
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="messages", verbose_name=_("source")
    )
    external_id = models.CharField(_("the source’s id"), max_length=200)
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, blank=True, verbose_name=_("recipient")
    )
    address = models.ForeignKey(
        Address, models.SET_NULL, null=True, blank=True, verbose_name=_("address")
    )
    # What it says, sealed with the person's key; see ``deliveries/contents.py``.
    sealed_content = models.BinaryField(
        _("sealed content"), null=True, blank=True, editable=False
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    purpose = models.CharField(_("purpose"), max_length=14, choices=Purpose.choices)
    region = models.CharField(_("region"), max_length=32, blank=True)
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        null=True,
        blank=True,
        # It is set when a message is sent: with an index the row would move, and enter
        # all the others anew, those of the search among them.
        db_index=False,
        verbose_name=_("provider"),
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    supersedes = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("replaces"),
    )
    state = models.CharField(_("state"), max_length=12, choices=MessageState.choices)
    hold = models.CharField(_("held because"), max_length=20, blank=True)
    evidence_level = models.PositiveSmallIntegerField(
        _("evidence"), choices=EvidenceLevel.choices, default=EvidenceLevel.NONE
    )
    needed_level = models.PositiveSmallIntegerField(
        _("needed evidence"), choices=EvidenceLevel.choices
    )
    verify_by = models.DateTimeField(_("verify by"), null=True, blank=True)
    recovered_late = models.BooleanField(_("arrived late"), db_default=False)
    contradicted_at = models.DateTimeField(_("contradicted at"), null=True, blank=True)
    complained_at = models.DateTimeField(_("complained at"), null=True, blank=True)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_outcome = models.CharField(_("last outcome"), max_length=12, blank=True)
    last_category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("last cause"),
    )
    generation = models.PositiveIntegerField(_("generation"), default=0)
    created_at = models.DateTimeField(
        _("created at"), db_default=models.functions.Now()
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes: ClassVar = [
            models.Index(
                fields=["verify_by"],
                name="message_verify_by",
                condition=Q(verify_by__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="message_external_id"
            ),
            known("state", MessageState, "message_state_known"),
            known("channel", ChannelKind, "message_channel_known"),
            known("purpose", Purpose, "message_purpose_known"),
            models.CheckConstraint(
                condition=Q(evidence_level__range=(0, 4), needed_level__range=(0, 4)),
                name="message_levels_in_range",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(evidence_level__gte=3),
                name="message_delivered_has_evidence",
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")),
                name="message_not_self_superseding",
            ),
            models.CheckConstraint(
                condition=(Q(state="held") & ~Q(hold=""))
                | (~Q(state="held") & Q(hold="")),
                name="message_held_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def proven(self) -> bool:
        """Whether the evidence reaches what the purpose needs, and nothing denies it.

        Acceptance may be all that is needed; a bounce takes it back all the same.
        """
        denied = self.state == MessageState.FAILED or self.contradicted_at is not None
        return self.evidence_level >= self.needed_level and not denied
