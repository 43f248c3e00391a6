"""Who has taken note of an incident, and until when may it stay quiet?

Muting stops notices and alerts, never the counting. It holds for whatever is merged
in, and ends by itself: at its time, at its count, and always when it gets worse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import grouping, timeline
from triage.access import MACHINE
from triage.incidents.finding import find, live_tickets, merges_into, permit
from triage.models import (
    EventKind,
    FailureGroup,
    FailureReport,
    GroupState,
    Reason,
    Ticket,
    TicketEvent,
)
from triage.tickets import Invalid, acting

HOUR = timedelta(hours=1)
WORSE = 2  # times as many reports an hour as when it was muted
LEAST = 5  # reports an hour below which it is not worse
# A state that a person who takes note ends.
UNNOTICED = (GroupState.NEW, GroupState.REGRESSED)
MUTE = ("muted_at", "muted_by_id", "mute_until", "mute_reports", "mute_rate")


@dataclass(frozen=True, slots=True)
class Mute:
    """Until when: a time, or that many more reports; without both until it is worse."""

    until: datetime | None = None
    more: int | None = None


def per_hour(group: FailureGroup, now: datetime) -> int:
    """Count the reports of the last hour."""
    rows = FailureReport.objects.filter(group=group, received_at__gt=now - HOUR)
    return rows.count()


def acknowledge(number: int, actor: Actor, now: datetime) -> FailureGroup:
    """Take note of an incident; raises what :func:`merging.merge` raises."""

    def take_note(group: FailureGroup) -> tuple[EventKind, dict[str, Any], Any]:
        if group.state not in UNNOTICED:
            raise Invalid("acknowledge", acting.in_words(Reason.SAME))
        before = {"state": group.state}
        group.state = GroupState.ACTIVE
        group.acknowledged_at, group.acknowledged_by_id = now, actor.person_id
        group.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
        return EventKind.ACKNOWLEDGED, before, None

    return _decide(number, actor, "group.acknowledge", take_note)


def mute(number: int, actor: Actor, how: Mute, now: datetime) -> FailureGroup:
    """Keep an incident quiet; raises what :func:`merging.merge` raises."""
    if how.until is not None and how.until <= now:
        raise Invalid("until", _("Choose a time that is still to come."))

    def keep_quiet(group: FailureGroup) -> tuple[EventKind, dict[str, Any], Any]:
        before = _to_json(group)
        group.muted_at, group.muted_by_id = now, actor.person_id
        group.mute_until = how.until
        group.mute_reports = None if how.more is None else group.reports + how.more
        group.mute_rate = max(LEAST, WORSE * per_hour(group, now))
        group.save(update_fields=[name.removesuffix("_id") for name in MUTE])
        became = _to_json(group)
        return EventKind.MUTED, became, {"mute": before, "muted": became}

    return _decide(number, actor, "group.mute", keep_quiet)


def unmute(number: int, actor: Actor, now: datetime) -> FailureGroup:
    """End a mute before its time; raises what :func:`merging.merge` raises."""

    def end(group: FailureGroup) -> tuple[EventKind, dict[str, Any], Any]:
        if group.muted_at is None:
            raise Invalid("mute", acting.in_words(Reason.SAME))
        before = _to_json(group)
        _restore(group, {})
        return EventKind.UNMUTED, {}, {"mute": before, "muted": _to_json(group)}

    return _decide(number, actor, "group.mute", end)


def _decide(
    number: int,
    actor: Actor,
    action: str,
    change: Callable[[FailureGroup], tuple[EventKind, dict[str, Any], Any]],
) -> FailureGroup:
    """Change an incident and write it on each of its live tickets."""
    with transaction.atomic():
        (group,) = grouping.lock([find(number, actor).pk])
        if merges_into(group) is not None:
            raise Invalid("into", _("This incident is merged. Decide about that one."))
        tickets = live_tickets([group])
        permit(actor, action, tickets)
        kind, said, inverse = change(group)
        for ticket in tickets:
            timeline.add(ticket, kind, actor, {**said, "incident": number}, inverse)
    return group


def _to_json(group: FailureGroup) -> dict[str, Any]:
    found = {name: getattr(group, name) for name in MUTE}
    return {
        name: each.isoformat() if isinstance(each, datetime) else each
        for name, each in found.items()
    }


def _restore(group: FailureGroup, stored: dict[str, Any]) -> None:
    for name in MUTE:
        value = stored.get(name)
        setattr(group, name, parse_datetime(value) if isinstance(value, str) else value)
    group.save(update_fields=[name.removesuffix("_id") for name in MUTE])


def undo_mute(event: TicketEvent, actor: Actor, now: datetime) -> None:
    """Put back how quiet it was, if nobody has changed that since."""
    inverse = event.inverse or {}
    number = event.change["incident"]

    def put_back(group: FailureGroup) -> tuple[EventKind, dict[str, Any], Any]:
        if _to_json(group) != inverse["muted"]:
            raise Invalid("undo", acting.in_words(Reason.CHANGED))
        former = inverse["mute"]
        until = parse_datetime(former["mute_until"] or "")
        over = until is not None and until <= now
        _restore(group, {} if over else former)
        became = _to_json(group)
        kind = EventKind.MUTED if group.muted_at else EventKind.UNMUTED
        return kind, became if group.muted_at else {}, None

    with transaction.atomic():
        _decide(number, actor, "group.mute", put_back)
        rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
        said = {"kind": event.kind, "seq": event.seq}
        timeline.add(rows.get(pk=event.ticket_id), EventKind.UNDONE, actor, said)


def carry_mute(source: FailureGroup, target: FailureGroup) -> bool:
    """Let a merge not lift a mute; true if the target got it. Both are locked."""
    if source.muted_at is None or target.muted_at is not None:
        return False
    _restore(target, _to_json(source))
    return True


def end_carried_mute(home: FailureGroup, end: FailureGroup) -> None:
    """Take back what a merge brought along, unless it was changed since."""
    if _to_json(home) == _to_json(end):
        _restore(end, {})


def wake_due(now: datetime) -> int:
    """End the mutes whose time, count or rate is reached; return how many."""
    woken = 0
    rows = FailureGroup.objects.standing().filter(muted_at__isnull=False)
    for group in rows.order_by("muted_at").iterator():
        if _is_over(group, now):
            woken += _wake(group.pk, now)
    FailureGroup.objects.filter(muted_at__isnull=False, mute_until__lte=now).exclude(
        pk__in=rows.values("pk")
    ).update(**dict.fromkeys(MUTE, None))
    return woken


def _is_over(group: FailureGroup, now: datetime) -> bool:
    if group.mute_until is not None and group.mute_until <= now:
        return True
    if group.mute_reports is not None and group.reports >= group.mute_reports:
        return True
    return group.mute_rate is not None and per_hour(group, now) >= group.mute_rate


def _wake(pk: int, now: datetime) -> int:
    with transaction.atomic():
        (group,) = grouping.lock([pk])
        if group.muted_at is None or not _is_over(group, now):
            return 0
        _restore(group, {})
        for ticket in live_tickets([group]):
            said = {"incident": group.number}
            timeline.add(ticket, EventKind.UNMUTED, MACHINE, said)
    return 1
