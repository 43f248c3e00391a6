"""What would other promises have meant in the last days, and how are they changed?

A rehearsal counts every ticket of a queue anew, under the promises that hold and under
those that are meant to. Saving changes what is promised from then on; a clock that runs
keeps its target.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
    ClockKind,
    Holiday,
    Promises,
    Queue,
    SlaClock,
    SlaPolicy,
    Ticket,
    Tier,
)
from triage.tickets import Forbidden, Invalid

LOOK_BACK = timedelta(days=7)
MOST_TICKETS = 2_000  # of each queue, the newest; a page says so where there were more
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


@dataclass(frozen=True, slots=True)
class OfKind:
    """What a change would have meant for one kind of promise, in tickets.

    ``late_before`` and ``late_after`` count those not kept in time; ``made`` and
    ``dropped`` are promises that only one side makes.
    """

    kind: str
    earlier: int
    later: int
    made: int
    dropped: int
    late_before: int
    late_after: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a change would have meant; ``earlier`` and ``later`` count tickets."""

    examined: int
    capped: bool
    earlier: int
    later: int
    kinds: tuple[OfKind, ...]


def rehearse(
    queues: Sequence[Queue], before: Promises, after: Promises, now: datetime
) -> Rehearsed:
    """Count the tickets of the last week anew, with their present tiers.

    A ticket counts as earlier if any of its promises would have been due earlier, and
    as later if none would and any would have been later.
    """
    examined: list[tuple[int, int, str, datetime]] = []
    capped = False
    for queue in queues:
        rows = Ticket.objects.filter(queue=queue, opened_at__gte=now - LOOK_BACK)
        newest = rows.order_by("-pk").values_list("pk", "queue", "tier", "opened_at")
        found = list(newest[: MOST_TICKETS + 1])
        capped = capped or len(found) > MOST_TICKETS
        examined += found[:MOST_TICKETS]
    met = _first_met([row[0] for row in examined])
    tallies: dict[str, Counter[str]] = {kind: Counter() for kind in ClockKind.values}
    earlier = later = 0
    for pk, queue_id, tier, opened in examined:
        moves = set()
        for kind, tally in tallies.items():
            was = before.due(queue_id, tier, kind, opened)
            would = after.due(queue_id, tier, kind, opened)
            move = _move(was, would)
            moves.add(move)
            kept = met.get((pk, kind), now)
            tally[move] += 1
            tally["late_before"] += was is not None and kept > was
            tally["late_after"] += would is not None and kept > would
        earlier += "earlier" in moves
        later += "later" in moves and "earlier" not in moves
    return Rehearsed(len(examined), capped, earlier, later, _of_kinds(tallies))


def _move(was: datetime | None, would: datetime | None) -> str:
    if was == would:
        return "same"
    if was is None:
        return "made"
    if would is None:
        return "dropped"
    return "earlier" if would < was else "later"


def _of_kinds(tallies: Mapping[str, Counter[str]]) -> tuple[OfKind, ...]:
    names = ("earlier", "later", "made", "dropped", "late_before", "late_after")
    return tuple(
        OfKind(kind, *(tally[name] for name in names))
        for kind, tally in tallies.items()
    )


def _first_met(tickets: Sequence[int]) -> dict[tuple[int, str], datetime]:
    rows = SlaClock.objects.filter(ticket__in=tickets, met_at__isnull=False)
    newest_first = rows.order_by("-cycle").values_list("ticket", "kind", "met_at")
    return {(ticket, kind): met for ticket, kind, met in newest_first}


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
