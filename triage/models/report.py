"""What did somebody tell us about a failed delivery?"""

from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.actor import Actor
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import (
    Address,
    ChannelKind,
    FailureCategory,
    Message,
    Purpose,
    Recipient,
    Source,
    known,
)
from triage.models.group import FailureGroup
from triage.models.ticket import Ticket


class Origin(models.TextChoices):
    """Who filed it."""

    CLIENT = "client", _("The sending system")
    END_USER = "end_user", _("An end user")
    MACHINE = "machine", _("The machine")
    AGENT = "agent", _("An agent")
    COMMUNITY = "community", _("The community")
    IMPORT = "import", _("An import")


class Symptom(models.TextChoices):
    """What the reporter sees."""

    NOT_RECEIVED = "not_received", _("Not received")
    FAILED_ERROR = "failed_error", _("Failed with an error")
    DELAYED = "delayed", _("Delayed")
    WRONG_CONTENT = "wrong_content", _("Wrong content")
    DUPLICATE = "duplicate", _("Received twice")
    BLOCKED = "blocked", _("Blocked")
    OTHER = "other", _("Something else")


class ReportState(models.TextChoices):
    """Where a report stands."""

    RECEIVED = "received", _("Received")
    DIAGNOSED = "diagnosed", _("Diagnosed")
    REPAIRING = "repairing", _("Being repaired")
    TICKETED = "ticketed", _("With an agent")
    RESOLVED = "resolved", _("Resolved")
    VERIFIED = "verified", _("Verified")
    CLOSED_UNVERIFIED = "closed_unverified", _("Closed, not verified")
    DUPLICATE = "duplicate", _("Duplicate")
    REJECTED = "rejected", _("Not a failure")
    WITHDRAWN = "withdrawn", _("Withdrawn")


R = ReportState
TRANSITIONS: dict[ReportState, frozenset[ReportState]] = {
    R.RECEIVED: frozenset({R.DIAGNOSED, R.DUPLICATE, R.REJECTED, R.WITHDRAWN}),
    R.DIAGNOSED: frozenset(
        {R.REPAIRING, R.TICKETED, R.VERIFIED, R.REJECTED, R.WITHDRAWN}
    ),
    R.REPAIRING: frozenset({R.RESOLVED, R.TICKETED, R.WITHDRAWN}),
    R.TICKETED: frozenset({R.RESOLVED, R.VERIFIED, R.WITHDRAWN}),
    R.RESOLVED: frozenset({R.VERIFIED, R.CLOSED_UNVERIFIED, R.TICKETED, R.WITHDRAWN}),
    R.VERIFIED: frozenset({R.TICKETED, R.DUPLICATE}),
    R.CLOSED_UNVERIFIED: frozenset({R.TICKETED, R.DUPLICATE}),
    R.DUPLICATE: frozenset(),
    R.REJECTED: frozenset(),
    R.WITHDRAWN: frozenset(),
}
LIVE = (R.RECEIVED, R.DIAGNOSED, R.REPAIRING, R.TICKETED, R.RESOLVED)
# Reports that no longer ask for anything, nor count towards their ticket.
ASIDE = (R.DUPLICATE, R.REJECTED, R.WITHDRAWN)


class ReportQuerySet(DueQuerySet):
    """Failure reports."""

    def visible_to(self, actor: Actor) -> "ReportQuerySet":
        """Reports in scope: a client's source, a link's report, staff by queues."""
        if actor.sees_everything:
            return self.all()
        scope = Q(pk__in=[])
        if actor.source_id is not None:
            scope |= Q(source_id=actor.source_id)
        if actor.report_id is not None:
            scope |= Q(pk=actor.report_id)
        if actor.queue_ids:
            scope |= Q(ticket__queue_id__in=actor.queue_ids)
        return self.filter(scope)

    def move(self, ids: list[int], to: ReportState, **changes: object) -> int:
        """Move the reports whose state allows it; return how many this call moved."""
        sources = [state for state, targets in TRANSITIONS.items() if to in targets]
        return self.filter(pk__in=ids, state__in=sources).update(state=to, **changes)


class FailureReport(DueRow):
    """The entry point. It may exist without a known message."""

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "rep_"),
        editable=False,
    )
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="+", verbose_name=_("source")
    )
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices)
    client_report_id = models.CharField(
        _("the client’s id"), max_length=128, null=True, blank=True
    )
    body_digest = models.CharField(
        _("body digest"), max_length=64, blank=True, editable=False
    )
    message = models.ForeignKey(
        Message,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("message"),
    )
    recipient = models.ForeignKey(
        Recipient,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recipient"),
    )
    reporter_pseudonym = models.CharField(
        _("reporter pseudonym"), max_length=32, blank=True, editable=False
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    purpose = models.CharField(_("purpose"), max_length=14, choices=Purpose.choices)
    symptom = models.CharField(_("symptom"), max_length=14, choices=Symptom.choices)
    provider = models.CharField(_("provider"), max_length=64, blank=True)
    provider_code = models.CharField(_("provider’s code"), max_length=64, blank=True)
    enhanced_code = models.CharField(_("enhanced code"), max_length=64, blank=True)
    provider_answer = models.TextField(_("answer, redacted"), blank=True)
    detail = models.TextField(_("the person’s words, redacted"), blank=True)
    template = models.JSONField(_("template"), null=True, blank=True)
    region = models.CharField(_("region"), max_length=32, blank=True)
    locale = models.CharField(_("language"), max_length=20, blank=True)
    client = models.JSONField(_("client"), null=True, blank=True)
    attempts = models.JSONField(
        _("the source’s own attempts"), default=list, blank=True
    )
    meta = models.JSONField(_("free data"), default=dict, blank=True)
    consent_to_logs = models.BooleanField(_("logs may be kept"), default=True)
    contact_address = models.ForeignKey(
        Address,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact address"),
    )
    sanitized = models.BooleanField(_("sanitised"), default=False)
    clock_suspect = models.BooleanField(_("clock suspect"), default=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    state = models.CharField(
        _("state"),
        max_length=18,
        choices=ReportState.choices,
        default=ReportState.RECEIVED,
    )
    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    fingerprint = models.CharField(
        _("fingerprint"), max_length=64, blank=True, editable=False
    )
    group = models.ForeignKey(
        FailureGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("group"),
    )
    split_group = models.ForeignKey(
        FailureGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("split off to"),
        db_index=False,
    )
    ticket = models.ForeignKey(
        Ticket,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("ticket"),
    )
    duplicate_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duplicates",
        verbose_name=_("duplicate of"),
    )

    objects = ReportQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("failure report")
        verbose_name_plural = _("failure reports")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            # Who else fails there now? Asked for every batch of the diagnosis.
            models.Index(
                fields=["provider", "channel", "region", "received_at"],
                name="report_of_provider",
                condition=~Q(provider=""),
            ),
            models.Index(
                fields=["split_group"],
                name="report_split_off",
                condition=Q(split_group__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["source", "client_report_id"],
                name="report_source_ref",
                condition=Q(client_report_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["message", "reporter_pseudonym"],
                name="report_one_open_per_reporter",
                condition=Q(state__in=LIVE),
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="duplicate", duplicate_of__isnull=False)
                    & ~Q(duplicate_of=F("id"))
                )
                | (~Q(state="duplicate") & Q(duplicate_of__isnull=True)),
                name="report_duplicate_points",
            ),
            known("origin", Origin, "report_origin_known"),
            known("channel", ChannelKind, "report_channel_known"),
            known("purpose", Purpose, "report_purpose_known"),
            known("symptom", Symptom, "report_symptom_known"),
            known("state", ReportState, "report_state_known"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def person(self) -> str:
        """By which name the reporter is counted once; unknown people count each."""
        return self.reporter_pseudonym or f"report-{self.pk}"[:32]
