"""What is a queue meant to promise, by whose hours, and how is that changed?

Saving changes what is promised from then on; a clock that runs keeps its target.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import clocks
from triage.access import Refused, may
from triage.clocks import Calendar, Opening, Targets
from triage.models import (
    BusinessCalendar,
    BusinessHours,
    Holiday,
    Promises,
    Queue,
    SlaPolicy,
    Tier,
)
from triage.tickets import Forbidden, Invalid

LEAST_OPEN_MIN = 60  # in a week; with less a promise of five days takes years


@dataclass(frozen=True, slots=True)
class Terms:
    """What a queue is meant to promise, and when its burn calls for help."""

    targets: Mapping[str, Targets]
    calendar: BusinessCalendar | None
    escalate_at: int | None
    escalate_again_at: int | None


@dataclass(frozen=True, slots=True)
class Hours:
    """When people are meant to work."""

    name: str
    name_zh_hans: str
    zone: str
    openings: Sequence[Opening]
    holidays: Mapping[date, str] = field(default_factory=dict)

    def as_calendar(self) -> Calendar:
        """The value that deadlines are counted with."""
        return Calendar(
            ZoneInfo(self.zone), tuple(self.openings), frozenset(self.holidays)
        )


def intended(queue: Queue, terms: Terms) -> Promises:
    """What a queue would promise under new terms."""
    own = {(queue.pk, tier): targets for tier, targets in terms.targets.items()}
    calendar = terms.calendar
    return Promises(own, {queue.pk: calendar.as_calendar()} if calendar else {})


def with_hours(queues: Sequence[Queue], hours: Hours) -> Promises:
    """What queues would promise by other hours."""
    ids = [queue.pk for queue in queues]
    policies = SlaPolicy.objects.filter(queue__in=ids)
    own = {(row.queue_id, row.tier): row.targets for row in policies}
    return Promises(own, dict.fromkeys(ids, hours.as_calendar()))


# --- saving ---------------------------------------------------------------------------


def change(queue: Queue, actor: Actor, terms: Terms) -> None:
    """Let a queue promise something else from now on.

    Raises :class:`Forbidden` out of the actor's scope. What equals the default is not
    stored, so that it follows the default.
    """
    person = _allowed(actor, [queue])
    with transaction.atomic():
        row = Queue.objects.select_for_update().get(pk=queue.pk)
        row.calendar = terms.calendar
        row.escalate_at = terms.escalate_at
        row.escalate_again_at = terms.escalate_again_at
        row.save(update_fields=["calendar", "escalate_at", "escalate_again_at"])
        for tier in Tier.values:
            _store(row, tier, terms.targets[tier])
        _note(person, row, "SLA policy")


def _store(queue: Queue, tier: str, targets: Targets) -> None:
    if targets == clocks.DEFAULTS[tier]:
        SlaPolicy.objects.filter(queue=queue, tier=tier).delete()
        return
    minutes = {f"{kind}_min": targets.minutes.get(kind) for kind in clocks.Kind}
    values = {**minutes, "around_the_clock": targets.around_the_clock}
    SlaPolicy.objects.update_or_create(queue=queue, tier=tier, defaults=values)


def write_calendar(
    calendar: BusinessCalendar | None, actor: Actor, hours: Hours
) -> BusinessCalendar:
    """Write a calendar whole: a new one, or in place of what it said.

    Raises :class:`Invalid` for openings that overlap or hardly exist, and
    :class:`Forbidden` where it belongs to queues of others.
    """
    person = _allowed(actor, list(calendar.queues.all()) if calendar else [])
    check(hours)
    with transaction.atomic():
        row = calendar or BusinessCalendar(slug=_free_slug(hours.name))
        row.name, row.name_zh_hans, row.zone = (
            hours.name,
            hours.name_zh_hans,
            hours.zone,
        )
        row.save()
        row.hours.all().delete()
        row.holidays.all().delete()
        BusinessHours.objects.bulk_create(
            BusinessHours(
                calendar=row,
                weekday=each.weekday,
                opens_min=each.opens_min,
                closes_min=each.closes_min,
            )
            for each in hours.openings
        )
        Holiday.objects.bulk_create(
            Holiday(calendar=row, day=day, name=name)
            for day, name in hours.holidays.items()
        )
        _note(person, row, "business hours")
    return row


def check(hours: Hours) -> None:
    """Raise :class:`Invalid` for hours by which nothing can be counted."""
    twice = clocks.overlap(list(hours.openings))
    if twice is not None:
        raise Invalid(f"day_{twice[0].weekday}", _("These openings overlap."))
    minutes = sum(each.closes_min - each.opens_min for each in hours.openings)
    if minutes < LEAST_OPEN_MIN:
        raise Invalid("day_0", _("A week needs at least an hour of work."))


def _free_slug(name: str) -> str:
    stem = slugify(name)[:50] or "calendar"
    taken = set(
        BusinessCalendar.objects.filter(slug__startswith=stem).values_list(
            "slug", flat=True
        )
    )
    names = (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)


def _allowed(actor: Actor, queues: Sequence[Queue]) -> int:
    """The person behind an actor who manages these queues; raises Forbidden."""
    if isinstance(may(actor, "sla.manage"), Refused) or actor.person_id is None:
        raise Forbidden("not_allowed")
    led = Queue.objects.led_by(actor).values_list("pk", flat=True)
    if {queue.pk for queue in queues} - set(led):
        raise Forbidden("not_own")
    return actor.person_id


def _note(person: int, row: Queue | BusinessCalendar, part: str) -> None:
    """Write it into the history of the admin site, which names parts when read."""
    said = [{"changed": {"fields": [part]}}]
    LogEntry.objects.log_actions(person, [row], CHANGE, said, single_object=True)
