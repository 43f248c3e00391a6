"""What do queues promise, and when is it due?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models import known
from triage import clocks
from triage.models.queue import Queue
from triage.models.ticket_states import Tier

MOST_MINUTES = 90 * clocks.DAY_MIN  # a promise beyond a quarter of a year is none


class ClockKind(models.TextChoices):
    """What is promised."""

    FIRST_RESPONSE = clocks.Kind.FIRST_RESPONSE.value, _("First response")
    NEXT_UPDATE = clocks.Kind.NEXT_UPDATE.value, _("Next update")
    TIME_TO_VERIFIED = clocks.Kind.TIME_TO_VERIFIED.value, _("Arrival proven")


def _target(label: Any) -> Any:
    return models.PositiveIntegerField(label, null=True, blank=True)


def _sensible(field: str) -> Q:
    unset = Q(**{f"{field}__isnull": True})
    return unset | Q(**{f"{field}__gte": 1, f"{field}__lte": MOST_MINUTES})


class SlaPolicy(models.Model):
    """What one queue promises at one tier, in minutes of working time.

    Without a row the defaults of ``triage/clocks.py`` hold; an empty target is no
    promise.
    """

    queue = models.ForeignKey(
        Queue, models.CASCADE, related_name="policies", verbose_name=_("queue")
    )
    tier = models.CharField(_("tier"), max_length=2, choices=Tier.choices)
    first_response_min = _target(_("first response, min"))
    next_update_min = _target(_("next update, min"))
    time_to_verified_min = _target(_("arrival proven, min"))
    around_the_clock = models.BooleanField(_("around the clock"), default=False)

    class Meta:
        ordering: ClassVar = ["queue", "tier"]
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "tier"], name="slapolicy_tier"),
            known("tier", Tier, "slapolicy_tier_known"),
            models.CheckConstraint(
                condition=_sensible("first_response_min")
                & _sensible("next_update_min")
                & _sensible("time_to_verified_min"),
                name="slapolicy_targets_sensible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.tier}"

    @property
    def targets(self) -> clocks.Targets:
        """What it promises, as a value."""
        minutes = {kind: getattr(self, f"{kind}_min") for kind in clocks.Kind}
        return clocks.Targets(minutes, around_the_clock=self.around_the_clock)


class Promises:
    """What queues promise, as values: by queue and tier, and by whose hours."""

    def __init__(
        self,
        own: Mapping[tuple[int, str], clocks.Targets],
        calendars: Mapping[int, clocks.Calendar],
    ) -> None:
        self._own = own
        self._calendars = calendars

    @classmethod
    def of(cls, queue_ids: Iterable[int]) -> "Promises":
        """Read them once for a batch: two queries, four with calendars."""
        wanted = set(queue_ids)
        policies = SlaPolicy.objects.filter(queue__in=wanted)
        queues = Queue.objects.filter(pk__in=wanted, calendar__isnull=False)
        with_hours = queues.select_related("calendar").prefetch_related(
            "calendar__hours", "calendar__holidays"
        )
        return cls(
            {(row.queue_id, row.tier): row.targets for row in policies},
            {
                queue.pk: queue.calendar.as_calendar()
                for queue in with_hours
                if queue.calendar is not None
            },
        )

    def targets(self, queue_id: int, tier: str) -> clocks.Targets:
        """What a queue promises at a tier, its own or the default."""
        return self._own.get((queue_id, tier)) or clocks.DEFAULTS[tier]

    def has_own(self, queue_id: int, tier: str) -> bool:
        """Whether a queue promises something of its own at a tier."""
        return (queue_id, tier) in self._own

    def hours(self, queue_id: int) -> clocks.Calendar | None:
        """By whose hours a queue counts; None for a queue that never closes."""
        return self._calendars.get(queue_id)

    def calendar(self, queue_id: int, tier: str) -> clocks.Calendar:
        """By which time it is counted; a queue without a calendar never closes."""
        if self.targets(queue_id, tier).around_the_clock:
            return clocks.AROUND_THE_CLOCK
        return self._calendars.get(queue_id, clocks.AROUND_THE_CLOCK)

    def due(
        self, queue_id: int, tier: str, kind: str, start: datetime
    ) -> datetime | None:
        """When a promise is due that begins at ``start``; None if none is made."""
        minutes = self.targets(queue_id, tier).minutes.get(clocks.Kind(kind))
        if minutes is None:
            return None
        return self.after(queue_id, tier, start, timedelta(minutes=minutes))

    def after(
        self, queue_id: int, tier: str, start: datetime, amount: timedelta
    ) -> datetime:
        """When an amount of working time has passed in a queue.

        A calendar that is closed for good must not hold up a ticket: then every
        minute counts.
        """
        try:
            return clocks.deadline(start, amount, self.calendar(queue_id, tier))
        except clocks.NeverOpen:
            return start + amount

    def left(
        self, queue_id: int, tier: str, start: datetime, end: datetime
    ) -> timedelta:
        """How much working time lies between two moments in a queue."""
        return clocks.worked(start, end, self.calendar(queue_id, tier))
