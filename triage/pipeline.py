"""What happens to a failure, from the report to the ticket? Read this first.

1. ``intake``     somebody files a failure; the row is due at once
2. ``diagnosis``  evidence is collected once, pure judges weigh it
3. ``grouping``   failures of one cause join one group
4. ``repair``     the machine mends what the category allows
5. ``tickets``    the rest becomes work for people, with a tier and its reasons
6. ``repair``     follows up what the facts report: proven, used up, unclear
7. ``resolution`` a person resolves; evidence verifies

Every step is a transaction over rows that are due; losing the broker costs delay.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from deliveries import registering
from deliveries.leases import may_be_more
from deliveries.models import MessageState
from triage import diagnosis, grouping, judging, repair, tickets, webhooks
from triage.models import FailureReport, Origin, ReportState, Symptom, WebhookKind

log = logging.getLogger(__name__)
# What says that a message did not arrive; the others say how it did.
FAILED = (Symptom.NOT_RECEIVED, Symptom.FAILED_ERROR, Symptom.BLOCKED)
TURN = timedelta(seconds=60)  # under the soft time limit of a task
BATCH = 200  # one transaction: large enough to share locks, short enough to hold them


def drain(clock: Callable[[], datetime]) -> None:
    """Digest until a batch is not full, or until others should have a turn.

    What became due meanwhile has rung its own bell; waiting for it makes few large
    batches out of many small ones.
    """
    begun = clock()
    while may_be_more(_digest_batch(clock(), BATCH), BATCH):
        if clock() - begun >= TURN:
            return


def digest_due(now: datetime, limit: int = BATCH) -> int:
    """Claim reports that are due and take each as far as the machine can."""
    return len(_digest_batch(now, limit))


def _digest_batch(now: datetime, limit: int) -> list[FailureReport]:
    claimed: list[FailureReport] = FailureReport.objects.claim(limit)
    try:
        with transaction.atomic():
            digest(claimed, now)
    except Exception:  # one poisoned report must not hold up its batch
        log.exception("A batch of %d reports failed; going one by one.", len(claimed))
        for report in claimed:
            _digest_alone(report, now)
    return claimed


def _digest_alone(report: FailureReport, now: datetime) -> None:
    try:
        with transaction.atomic():
            digest([report], now)
    except Exception:  # its lease ends by itself; after three tries it is parked
        log.exception("Report %s could not be digested.", report.public_id)


def digest(claimed: Sequence[FailureReport], now: datetime) -> None:
    """Diagnose, group, and mend or hand over. Needs an open transaction."""
    reports = _still_held(claimed)
    fresh = [each for each in reports if each.state == ReportState.RECEIVED]
    waited = [each for each in reports if each.state == ReportState.REPAIRING]
    for report in reports:
        report.due_at = None  # whatever became of it meanwhile; a step sets it anew
    new = [each.pk for each in fresh]
    webhooks.emit_reports(WebhookKind.REPORT_ACCEPTED, new)
    taken_back = _taken_back(fresh)
    plans = diagnosis.diagnose(fresh, now)
    diagnosis.give_up_waiting(waited, now)
    grouping.join([*fresh, *waited])
    registering.failed(taken_back)
    for_people = [*repair.begin(fresh, plans, now), *waited]
    _save(reports)
    webhooks.emit_reports(WebhookKind.REPORT_DIAGNOSED, new)
    tickets.open_or_join(for_people, now)
    closed = [each for each in fresh if each.state in grouping.SERVED]
    grouping.serve(closed, now)
    proven = [each.pk for each in closed if each.state == ReportState.VERIFIED]
    webhooks.emit_reports(WebhookKind.REPORT_VERIFIED, proven)
    mending = [each for each in fresh if each.state == ReportState.REPAIRING]
    judging.judge_groups([each.group_id for each in mending if each.group_id], now)


def _taken_back(reports: Sequence[FailureReport]) -> list[int]:
    """Take messages for failed that only their source, which reports them, has sent.

    The rows follow after the groups are locked, the order of everybody else.
    """
    found = []
    for report in reports:
        message = report.message
        if message is None or report.symptom not in FAILED:
            continue
        if report.origin == Origin.MACHINE:
            continue  # what we file ourselves is not the word of its source
        if registering.rests_on_its_source(message):
            message.state = MessageState.FAILED
            found.append(message.pk)
    return found


def _still_held(claimed: Sequence[FailureReport]) -> list[FailureReport]:
    """Lock the claimed rows and drop those that another worker has claimed since."""
    epochs = {report.pk: report.epoch for report in claimed}
    rows = FailureReport.objects.select_for_update(of=("self",)).select_related(
        "source", "message__address", "message__provider", "recipient"
    )
    held = rows.filter(pk__in=epochs).order_by("pk")
    return [report for report in held if report.epoch == epochs[report.pk]]


def _save(reports: Sequence[FailureReport]) -> None:
    """Write back what the steps decided, in one statement.

    The rows exist and are locked, so that every one of them takes the conflict's
    path; Django's ``bulk_update`` builds a CASE of every row and column instead, which
    costs more than the diagnosis.
    """
    for report in reports:
        report.tries = 0
    FailureReport.objects.bulk_create(
        reports,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["state", "category", "fingerprint", "group", "due_at", "tries"],
    )
