"""How well does a route work at the moment, and who has closed it?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.provider import Route
from deliveries.models.vocabulary import known


class BreakerState(models.TextChoices):
    """Whether sends may pass; the words are those of the breaker of a circuit."""

    CLOSED = "closed", _("In use")
    OPEN = "open", _("Interrupted")
    HALF_OPEN = "half_open", _("Being tried")


class RouteHealth(models.Model):
    """The breaker of one route, shared by all workers; one update for each chunk.

    ``requests`` and ``failures`` count since ``window_start``; while the breaker is
    half open they count its probes. ``tokens`` is what the budget of retries holds.
    """

    route = models.OneToOneField(
        Route, models.CASCADE, related_name="health", verbose_name=_("route")
    )
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=BreakerState.choices,
        default=BreakerState.CLOSED,
    )
    window_start = models.DateTimeField(_("counting since"))
    requests = models.PositiveIntegerField(_("requests"), default=0)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    opened_at = models.DateTimeField(_("interrupted since"), null=True, blank=True)
    probes_left = models.PositiveSmallIntegerField(_("probes left"), default=0)
    tokens = models.FloatField(_("retries in the budget"), default=0)
    refilled_at = models.DateTimeField(_("budget refilled at"), null=True, blank=True)
    forced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("interrupted by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    changed_at = models.DateTimeField(
        _("changed at"), db_default=models.functions.Now()
    )

    class Meta:
        verbose_name = _("health of a route")
        verbose_name_plural = _("health of routes")
        constraints: ClassVar = [
            known("state", BreakerState, "routehealth_state_known"),
            models.CheckConstraint(
                condition=Q(failures__lte=models.F("requests")),
                name="routehealth_counts",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", opened_at__isnull=True)
                | (~Q(state="closed") & Q(opened_at__isnull=False)),
                name="routehealth_opened_iff_not_closed",
            ),
            models.CheckConstraint(
                condition=Q(forced_by__isnull=True) | (Q(state="open") & ~Q(reason="")),
                name="routehealth_forced_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route_id} {self.state}"
