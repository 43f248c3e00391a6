"""What becomes of work that failed three times without a result?

It is parked, out of the way of the rest, and a person gets a ticket.
"""

import logging
from datetime import datetime

from django.db import transaction

from deliveries import taxonomy
from deliveries.models import FactChange, FailureCategory
from triage import consequences, grouping, notices, tickets, unreported
from triage.models import REPORT_LIVE, EventKind, FailureReport, ReportState

log = logging.getLogger(__name__)

BATCH = 50


def park_exhausted(now: datetime) -> int:
    """Park reports and fact changes whose tries are used up; return how many."""
    parked = 0
    for row in (
        *FailureReport.objects.exhausted(BATCH),
        *FactChange.objects.exhausted(BATCH),
    ):
        try:
            with transaction.atomic():
                parked += _park(row, now)
        except Exception:  # what cannot even be parked must not hold up the rest
            log.exception("%s %s could not be parked.", type(row).__name__, row.pk)
    return parked


def _park(row: FailureReport | FactChange, now: datetime) -> bool:
    if isinstance(row, FailureReport):
        return _park_report(row, now)
    return _park_change(row, now)


def _park_report(report: FailureReport, now: datetime) -> bool:
    if not FailureReport.objects.park(report, now):
        return False
    rows = FailureReport.objects.select_for_update(of=("self",))
    fresh = rows.select_related("source").get(pk=report.pk)
    if fresh.group_id is None:
        fresh.category = FailureCategory.objects.get(slug=taxonomy.UNKNOWN)
        grouping.join([fresh])
    if fresh.state == ReportState.RECEIVED:
        fresh.state = ReportState.DIAGNOSED
    fresh.save(update_fields=["category", "fingerprint", "group", "state"])
    tickets.open_or_join([fresh], now)
    return True


def _park_change(change: FactChange, now: datetime) -> bool:
    if not FactChange.objects.park(change, now):
        return False
    message, n = change.message, change.attempt_n
    if message is None or notices.follow(change, now):
        return True
    live = FailureReport.objects.filter(message=message, state__in=REPORT_LIVE)
    reports = list(live.filter(group__isnull=False).order_by("pk"))
    grouping.lock([each.group_id for each in reports if each.group_id is not None])
    told: dict[str, object] = {"silent": True} if n is None else {"attempt": n}
    consequences.to_people(reports, EventKind.UNCLEAR, told, now)
    if n is not None and not live.exists():
        attempt = message.attempts.select_related("route__provider").get(n=n)
        unreported.file_attempt(message, attempt, now)
    return True
