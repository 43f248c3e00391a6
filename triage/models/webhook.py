"""Who wants to be told what, and what became of each time we told them?"""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries import public_id, vault
from deliveries.actor import Actor, Role
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import Source, known

LONGEST_URL = 2000  # characters
LONGEST_DESCRIPTION = 200


class WebhookKind(models.TextChoices):
    """What a source can be told of."""

    REPORT_ACCEPTED = "report.accepted", _("A report was taken up")
    REPORT_DIAGNOSED = "report.diagnosed", _("A report was diagnosed")
    REPORT_TICKETED = "report.ticketed", _("A report went to a person")
    REPORT_RESOLVED = "report.resolved", _("A report was resolved")
    REPORT_VERIFIED = "report.verified", _("Evidence closed a report")
    REPORT_REOPENED = "report.reopened", _("A report was taken up again")
    REPORT_ANSWER_WANTED = (
        "report.answer_wanted",
        _("The reporter is asked whether it arrived"),
    )
    INCIDENT_OPENED = "incident.opened", _("An incident began")
    RESEND_REQUESTED = "resend.requested", _("You are asked to send again")
    RESEND_SETTLED = "resend.settled", _("What you were asked to send is settled")
    SUPPRESSION_ADDED = "suppression.added", _("An address must not be written to")
    SUPPRESSION_LIFTED = "suppression.lifted", _("An address may be written to again")
    ENDPOINT_TEST = "endpoint.test", _("A test")


class EndpointState(models.TextChoices):
    """Whether an endpoint is called."""

    ACTIVE = "active", _("Active")
    DISABLED = "disabled", _("Disabled")


class DisabledReason(models.TextChoices):
    """Why an endpoint is no longer called."""

    GONE = "gone", _("It answered that it is gone for good (410).")
    FAILING = "failing", _("Nothing could be delivered for five days.")
    BY_HAND = "by_hand", _("Somebody switched it off.")


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Endpoints."""

    def visible_to(self, actor: Actor) -> "EndpointQuerySet":
        """Endpoints in scope: those of the actor's own sources, all for an admin."""
        if Role.ADMIN in actor.roles:
            return self.all()
        own = actor.source_ids
        if actor.source_id is not None:
            own = own | {actor.source_id}
        return self.filter(source_id__in=own)


class WebhookEndpoint(models.Model):
    """An address of a source that is told what happens there."""

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "whe_"),
        editable=False,
    )
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="+", verbose_name=_("source")
    )
    url = models.CharField(_("address"), max_length=LONGEST_URL)
    events = ArrayField(
        models.CharField(max_length=30, choices=WebhookKind.choices),
        verbose_name=_("events"),
    )
    description = models.CharField(
        _("description"), max_length=LONGEST_DESCRIPTION, blank=True
    )
    sealed_secret = models.BinaryField(_("secret, sealed"))
    sealed_old_secret = models.BinaryField(_("old secret, sealed"), null=True)
    old_secret_until = models.DateTimeField(
        _("the old secret signs until"), null=True, blank=True
    )
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=EndpointState.choices,
        default=EndpointState.ACTIVE,
    )
    disabled_reason = models.CharField(
        _("disabled because"),
        max_length=8,
        choices=DisabledReason.choices,
        blank=True,
    )
    disabled_at = models.DateTimeField(_("disabled at"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["source", "id"]
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        indexes: ClassVar = [
            models.Index(
                fields=["source"],
                name="webhookendpoint_active",
                condition=Q(state="active"),
            ),
        ]
        constraints: ClassVar = [
            # Over http only machines of our own are called, where settings admit it.
            models.CheckConstraint(
                condition=Q(url__startswith="https://") | Q(url__startswith="http://"),
                name="webhookendpoint_url_is_http",
            ),
            models.CheckConstraint(
                condition=Q(
                    events__contained_by=WebhookKind.values, events__len__gte=1
                ),
                name="webhookendpoint_events_known",
            ),
            known("state", EndpointState, "webhookendpoint_state_known"),
            models.CheckConstraint(
                condition=Q(disabled_reason="")
                | Q(disabled_reason__in=DisabledReason.values),
                name="webhookendpoint_reason_known",
            ),
            models.CheckConstraint(
                condition=Q(state="active", disabled_at__isnull=True)
                & Q(disabled_reason="")
                | Q(state="disabled", disabled_at__isnull=False)
                & ~Q(disabled_reason=""),
                name="webhookendpoint_disabled_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    sealed_old_secret__isnull=True, old_secret_until__isnull=True
                )
                | Q(sealed_old_secret__isnull=False, old_secret_until__isnull=False),
                name="webhookendpoint_old_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def secret_context(self) -> str:
        """What binds the sealed secrets to this row."""
        return f"webhook:{self.public_id}"

    def secrets_at(self, now: datetime) -> list[str]:
        """Return the secrets that sign now, the newest first.

        Raises ``vault.Unreadable``.
        """
        sealed = [self.sealed_secret]
        if self.sealed_old_secret is not None and self.old_secret_until is not None:
            sealed += [self.sealed_old_secret] if now < self.old_secret_until else []
        return [
            vault.unseal_secret(bytes(each), self.secret_context) for each in sealed
        ]


class HookDeliveryState(models.TextChoices):
    """Where a delivery to an endpoint stands."""

    DUE = "due", _("Due")
    DELIVERED = "delivered", _("Delivered")
    DEAD = "dead", _("Given up")


class HookDeliveryQuerySet(DueQuerySet):
    """Deliveries to endpoints."""

    def visible_to(self, actor: Actor) -> "HookDeliveryQuerySet":
        """Deliveries of the endpoints in scope."""
        endpoints = WebhookEndpoint.objects.visible_to(actor)
        return self.filter(endpoint__in=endpoints)

    def failed(self) -> "HookDeliveryQuerySet":
        """Those given up, and those whose last try failed."""
        return self.filter(Q(state="dead") | Q(state="due", misses__gt=0))


class WebhookDelivery(DueRow):
    """One event for one endpoint; its body never changes, however often it is sent."""

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "whd_"),
        editable=False,
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        models.CASCADE,
        related_name="deliveries",
        verbose_name=_("endpoint"),
    )
    event_id = models.CharField(_("event id"), max_length=32, editable=False)
    kind = models.CharField(_("kind"), max_length=30, choices=WebhookKind.choices)
    subject = models.CharField(_("object"), max_length=64)
    sequence = models.PositiveIntegerField(_("sequence"))
    body = models.TextField(_("body"))
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=HookDeliveryState.choices,
        default=HookDeliveryState.DUE,
    )
    misses = models.PositiveSmallIntegerField(_("failed tries in a row"), default=0)
    log = models.JSONField(_("tries"), default=list, blank=True)
    last_status = models.PositiveSmallIntegerField(
        _("last status"), null=True, blank=True
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    objects = HookDeliveryQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(fields=["endpoint", "-id"], name="webhookdelivery_newest"),
            models.Index(fields=["subject"], name="webhookdelivery_subject"),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="webhookdelivery_once"
            ),
            known("kind", WebhookKind, "webhookdelivery_kind_known"),
            known("state", HookDeliveryState, "webhookdelivery_state_known"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(state="due"),
                name="webhookdelivery_only_due_is_sent",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=False) | ~Q(state="delivered"),
                name="webhookdelivery_delivered_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
