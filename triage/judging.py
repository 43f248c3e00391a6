"""How urgent is each ticket now?

Collects the facts of severity for tickets and writes the tier down; the judgement
itself is pure (``triage/severity.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Min, Q

from triage import severity, timeline
from triage.access import MACHINE
from triage.models import (
    REPORT_LIVE,
    EventKind,
    FailureReport,
    SlaClock,
    Ticket,
    Tier,
)


@dataclass(frozen=True, slots=True)
class _Unserved:
    purposes: list[str] = field(default_factory=list)
    oldest: datetime | None = None
    expiry: datetime | None = None


def judge(tickets: Sequence[Ticket], now: datetime) -> None:
    """Judge tickets whose rows the caller has locked; a changed tier is an event.

    Each ticket's ``group`` and the group's ``category`` must be fresh, for its count
    of people. The tier rises at once and falls as ``severity.settle`` says.
    """
    unserved = _unserved([ticket.group_id for ticket in tickets], now)
    moved = []
    for ticket in tickets:
        facts = _facts(ticket, unserved.get(ticket.group_id, _Unserved()))
        judged = severity.judge(facts, now=now)
        before = ticket.tier_now if ticket.tier_reasons else None
        _write(ticket, facts, judged, now)
        if before not in (None, ticket.tier_now):
            moved.append(ticket)
    if moved:
        SlaClock.objects.follow(moved, now)


def judge_groups(group_ids: Iterable[int], now: datetime) -> None:
    """Judge the live tickets of groups that lost or won people. Locks the tickets.

    The caller has locked the groups.
    """
    rows = Ticket.objects.live().select_for_update(of=("self",), no_key=True)
    found = rows.select_related("group__category").filter(group__in=set(group_ids))
    judge(list(found.order_by("pk")), now)


def _unserved(group_ids: list[int], now: datetime) -> dict[int, _Unserved]:
    rows = (
        FailureReport.objects.filter(group__in=group_ids, state__in=REPORT_LIVE)
        .order_by()
        .values_list("group_id")
        .annotate(
            purposes=ArrayAgg("purpose", distinct=True),
            oldest=Min("occurred_at"),
            expiry=Min("expires_at", filter=Q(expires_at__gt=now)),
        )
    )
    return {
        group: _Unserved(purposes, oldest, expiry)
        for group, purposes, oldest, expiry in rows
    }


def _facts(ticket: Ticket, unserved: _Unserved) -> severity.SeverityFacts:
    return severity.SeverityFacts(
        purpose=severity.strongest(unserved.purposes),
        unserved=ticket.group.unserved,
        handling_level=ticket.group.category.handling_level,
        reopenings=ticket.reopen_count,
        oldest_failure=unserved.oldest,
        soonest_expiry=unserved.expiry,
    )


def _write(
    ticket: Ticket,
    facts: severity.SeverityFacts,
    judged: severity.Severity,
    now: datetime,
) -> None:
    fresh = not ticket.tier_reasons
    previous = None if fresh else severity.Tier(ticket.tier_computed)
    settled = severity.settle(previous, ticket.tier_below_since, judged, now)
    before = ticket.tier_computed
    ticket.tier_computed = Tier(settled.tier)
    ticket.tier_score = judged.score
    ticket.tier_reasons = [reason.to_json() for reason in judged.reasons]
    ticket.tier_below_since = settled.below_since
    ticket.rejudge_at = _next(severity.rejudge_at(facts, now), settled.falls_at)
    ticket.save(
        update_fields=[
            "tier_computed",
            "tier_score",
            "tier_reasons",
            "tier_below_since",
            "rejudge_at",
        ]
    )
    if not fresh and before != ticket.tier_computed:
        timeline.add(
            ticket,
            EventKind.TIER,
            MACHINE,
            {"from": before, "to": ticket.tier_computed, "score": judged.score},
        )


def _next(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def rejudge_due(limit: int, now: datetime) -> int:
    """Judge tickets again whose tier changes by time alone; return how many.

    One short transaction per ticket; rows that somebody holds are left for the next
    round.
    """
    done = 0
    due = Ticket.objects.live().filter(rejudge_at__lte=now).order_by("rejudge_at")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            rows = Ticket.objects.select_for_update(
                of=("self",), no_key=True, skip_locked=True
            )
            ticket = rows.select_related("group__category").filter(pk=pk).first()
            if ticket is not None:
                judge([ticket], now)
                done += 1
    return done
