"""Did the failure come back after its resolution was proven?

Looked at 7 and 30 days after the proof. People who were hit again and have a ticket
are worked for there, and both tickets say so; where the machine mended it time and
again, the old ticket opens by itself, since its cause was never removed.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from triage import grouping, judging, tickets, timeline
from triage.access import MACHINE
from triage.models import (
    ASIDE,
    LIVE,
    EventKind,
    FailureReport,
    GroupAlias,
    Resolution,
    ResolutionState,
    Ticket,
    TicketState,
)

CHECKS = (timedelta(days=7), timedelta(days=30))


def next_check(resolution: Resolution, now: datetime) -> datetime | None:
    """When a proven resolution is looked at again; None when it is left alone."""
    proven = resolution.verified_at
    if proven is None or resolution.state != ResolutionState.EFFECTIVE:
        return None
    return next((proven + days for days in CHECKS if proven + days > now), None)


def check(pk: int, now: datetime) -> bool:
    """Look whether a proven resolution held so far; return whether it did not.

    Reopens its ticket or tells of the one that has taken over.
    """
    with transaction.atomic():
        ticket = _locked(pk)
        row = Resolution.objects.select_related("category").get(pk=pk)
        if row.verified_at is None or row.state != ResolutionState.EFFECTIVE:
            return False
        if now < row.verified_at + CHECKS[0] or ticket.state != TicketState.VERIFIED:
            return False
        again = _reports_since(row, ticket)
        came = again.order_by("received_at").first()
        if came is None or not _counts(again, ticket):
            return False
        _regress(row, ticket, again, came, now)
    return True


def _locked(pk: int) -> Ticket:
    # The order of every other use case: the group, its ticket, what hangs on it.
    ticket = Ticket.objects.get(resolutions=pk)
    grouping.lock([ticket.group_id])
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("group__category", "queue").get(pk=ticket.pk)


def _reports_since(row: Resolution, ticket: Ticket) -> QuerySet[FailureReport]:
    aliases = GroupAlias.objects.live().filter(digest=ticket.group.digest)
    merged = Q(group__in=aliases.values("group"), fingerprint=ticket.group.digest)
    proven = row.verified_at
    assert proven is not None  # noqa: S101  the caller has looked
    since = FailureReport.objects.filter(Q(group=ticket.group_id) | merged)
    until = proven + CHECKS[-1]
    since = since.filter(received_at__gt=proven, received_at__lte=until)
    return since.exclude(state__in=ASIDE).exclude(ticket=ticket)


def _counts(again: QuerySet[FailureReport], ticket: Ticket) -> bool:
    """Once is enough where people had to work; the machine may mend it now and then."""
    if again.filter(ticket__isnull=False).exists():
        return True
    return again.count() >= ticket.reports.exclude(state__in=ASIDE).count()


def _regress(
    row: Resolution,
    ticket: Ticket,
    again: QuerySet[FailureReport],
    came: FailureReport,
    now: datetime,
) -> None:
    other = Ticket.objects.filter(pk__in=again.values("ticket")).order_by("-pk").first()
    change: dict[str, object] = {
        "reports": again.count(),
        "days": max(1, (came.received_at - (row.verified_at or now)).days),
    }
    rows = Resolution.objects.filter(pk=row.pk)
    rows.touch(now, state=ResolutionState.REGRESSED, regressed_at=came.received_at)
    if other is None:
        timeline.add(ticket, EventKind.CAME_BACK, MACHINE, change)
        tickets.take_up_again(ticket, MACHINE, "recurrence", now)
        judging.judge([ticket], now)
        return
    timeline.add(
        ticket, EventKind.CAME_BACK, MACHINE, {**change, "ticket": other.number}
    )
    if other.state in LIVE and other.pk != ticket.pk:
        rows_of = Ticket.objects.select_for_update(of=("self",), no_key=True)
        other = rows_of.get(pk=other.pk)
        said = {**change, "before": ticket.number}
        timeline.add(other, EventKind.CAME_BACK, MACHINE, said)
