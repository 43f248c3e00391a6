"""What becomes of work that failed three times without a result?

It is parked, out of the way of the rest, and a person gets a ticket.
"""

from datetime import datetime

from django.db import transaction

from deliveries import taxonomy
from deliveries.models import FactChange, FailureCategory
from triage import grouping, tickets
from triage.models import REPORT_LIVE, FailureReport, ReportState

BATCH = 50


def park_exhausted(now: datetime) -> int:
    """Park reports and fact changes whose tries are used up; return how many."""
    parked = 0
    for report in FailureReport.objects.exhausted(BATCH):
        with transaction.atomic():
            parked += _park_report(report, now)
    for change in FactChange.objects.exhausted(BATCH):
        with transaction.atomic():
            parked += _park_change(change, now)
    return parked


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
    reports = FailureReport.objects.filter(
        message=change.message_id, state__in=REPORT_LIVE, group__isnull=False
    )
    tickets.open_or_join(
        [each for each in reports if each.state != ReportState.TICKETED], now
    )
    return True
