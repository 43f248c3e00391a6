"""What does the machine mend by itself, and what became of it?

It sends again only what the category's retry class allows, never past the gate; what
is used up, refused or unclear goes to people. What the facts report arrives as
``FactChange`` rows, each claimed once.
"""

import logging
import random
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from deliveries import retry, routing, sending, suppressions, taxonomy
from deliveries.leases import LeaseLost
from deliveries.models import (
    VERIFY_WITHIN,
    AttemptCause,
    ChangeKind,
    DeliveryAttempt,
    DeliveryEvent,
    FactChange,
    FailureCategory,
    Message,
    Outcome,
    RepairPolicy,
    SuppressionOrigin,
)
from deliveries.models import EventKind as Happened
from triage import (
    diagnosis,
    grouping,
    outcomes,
    parking,
    unreported,
)
from triage.models import (
    REPORT_LIVE,
    EventKind,
    FailureReport,
    ReportState,
)

log = logging.getLogger(__name__)

BATCH = 100
NOTICE = "notice"  # the family of what is no failure
# The jitter of a retry protects nothing that a stranger could profit from guessing.
_rng = random.Random()  # noqa: S311


def begin(reports: Sequence[FailureReport], now: datetime) -> list[FailureReport]:
    """Take the first step the category's policy names; return who needs people.

    Sets ``state`` and ``due_at`` on each report without saving it.
    """
    for_people = []
    for report in reports:
        report.state, report.due_at = ReportState.DIAGNOSED, None
        if not _first_step(report, now):
            for_people.append(report)
    return for_people


def _first_step(report: FailureReport, now: datetime) -> bool:
    """Do what the machine may; false hands the report to people."""
    category = report.category
    if category is None:
        return False
    message = report.message
    if message is not None and message.proven:
        report.state = ReportState.VERIFIED
        return True
    match category.repair_policy:
        case RepairPolicy.CLOSE:
            proven = category.slug == "notice.delivered"
            report.state = ReportState.VERIFIED if proven else ReportState.REJECTED
            return True
        case RepairPolicy.WAIT:
            report.state = ReportState.REPAIRING
            report.due_at = now + VERIFY_WITHIN[report.channel]
            return True
        case RepairPolicy.SUPPRESS_RECIPIENT:
            _suppress(report, category)
            return False
        case RepairPolicy.RETRY_BACKOFF | RepairPolicy.FAILOVER:
            if message is not None and _plan_next(message, category, now):
                report.state = ReportState.REPAIRING
                return True
            return False
        case _:
            return False


def _suppress(report: FailureReport, category: FailureCategory) -> None:
    message = report.message
    vouched = unreported.is_vouched_for(report)
    if vouched and message is not None and message.address is not None:
        suppressions.suppress(
            message.address, category=category, origin=SuppressionOrigin.EVENT
        )


def _plan_next(message: Message, category: FailureCategory, now: datetime) -> bool:
    """Plan the machine's next try if policy, gate and route allow one."""
    tried = message.attempts.filter(cause=AttemptCause.AUTO)
    last = message.attempts.order_by("-n").first()
    policy = retry.RetryPolicy.for_category(
        taxonomy.RetryClass(category.retry_class),
        taxonomy.RepairPolicy(category.repair_policy),
    )
    decision = retry.decide(
        policy,
        tries_made=tried.exclude(outcome=Outcome.CANCELLED).count() + 1,
        now=now,
        retry_after_s=last.retry_after_s if last else None,
        expires_at=message.expires_at,
        rng=_rng,
    )
    if decision is None:
        return False
    # Before a try of our own, the provider that failed is the one the source named.
    failed = last.route.provider_id if last else message.provider_id
    other = decision.reason is retry.RetryReason.OTHER_ROUTE
    route = routing.next_route(
        message, now=now, exclude_provider_id=failed if other else None
    )
    if route is None:
        return False
    try:
        sending.plan(message, route=route, cause=AttemptCause.AUTO, at=decision.at)
    except sending.Outstanding:
        return True  # somebody has planned it already; its end will tell
    except sending.NotSendable:
        return False
    return True


def follow_up_due(now: datetime, limit: int = BATCH) -> int:
    """Claim what changed among the facts and let the work follow."""
    changes: list[FactChange] = FactChange.objects.claim(limit)
    for change in changes:
        try:
            with transaction.atomic():
                _follow_up(change, now)
                FactChange.objects.settle(change)
        except LeaseLost:
            log.warning("Fact change %s was claimed again meanwhile.", change.pk)
        except Exception:  # its lease ends by itself; after three tries it is parked
            log.exception("Fact change %s could not be followed up.", change.pk)
    return len(changes)


def _follow_up(change: FactChange, now: datetime) -> None:
    if change.kind == ChangeKind.BREAKER and change.subject_id is not None:
        parking.follow(change.subject_id, now)
    if change.message_id is None:
        return
    groups = FailureReport.objects.filter(
        message=change.message_id, state__in=REPORT_LIVE, group__isnull=False
    )
    grouping.lock(groups.values_list("group_id", flat=True))
    rows = Message.objects.select_for_update(of=("self",), no_key=True)
    message = rows.get(pk=change.message_id)
    reports = _live_reports(message)
    bounce = _bounce_of(change)
    if bounce is not None and not message.proven:
        _bounced(message, bounce, reports, now)
    elif message.proven:
        outcomes.verify(reports, now)
    elif change.kind == ChangeKind.SILENT:
        outcomes.to_people(reports, EventKind.UNCLEAR, {"silent": True}, now)
    elif change.kind == ChangeKind.ATTEMPT_FINISHED:
        attempt = message.attempts.select_related("route").get(n=change.attempt_n)
        _attempt_finished(message, attempt, reports, now)


def _bounce_of(change: FactChange) -> DeliveryEvent | None:
    if change.kind != ChangeKind.EVIDENCE or change.subject_id is None:
        return None
    rows = DeliveryEvent.objects.select_related("provider", "message__provider")
    return rows.filter(pk=change.subject_id, kind=Happened.BOUNCED).first()


def _live_reports(message: Message) -> list[FailureReport]:
    rows = FailureReport.objects.select_for_update(of=("self",)).select_related(
        "source", "category", "group", "message"
    )
    return list(rows.filter(message=message, state__in=REPORT_LIVE).order_by("pk"))


def _attempt_finished(
    message: Message,
    attempt: DeliveryAttempt,
    reports: list[FailureReport],
    now: datetime,
) -> None:
    if attempt.outcome == Outcome.ACCEPTED:
        ids = [report.pk for report in reports]
        FailureReport.objects.move(ids, ReportState.RESOLVED, due_at=None)
    elif attempt.outcome == Outcome.UNCLEAR:
        outcomes.to_people(reports, EventKind.UNCLEAR, {"attempt": attempt.n}, now)
    elif attempt.outcome == Outcome.REFUSED:
        _refused(message, attempt, reports, now)
    else:
        change = {"attempt": attempt.n, "gate": attempt.raw_answer}
        outcomes.to_people(reports, EventKind.REPAIR_ENDED, change, now)


def _refused(
    message: Message,
    attempt: DeliveryAttempt,
    reports: list[FailureReport],
    now: datetime,
) -> None:
    if not reports:
        unreported.file_attempt(message, attempt, now)
        return
    category = diagnosis.diagnose_attempt(reports[0], attempt, now)
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(category=category)
    _mend_further(message, category, reports, attempt, now, {"attempt": attempt.n})


def _mend_further(
    message: Message,
    category: FailureCategory,
    reports: list[FailureReport],
    attempt: DeliveryAttempt | None,
    now: datetime,
    change: dict[str, object],
) -> None:
    """Go on with the machine's own repair, or hand a failure over to people."""
    Message.objects.filter(pk=message.pk).update(last_category=category)
    for report in reports:
        mending = report.state == ReportState.REPAIRING
        other = report.category_id != category.pk
        # A refusal that reads like a notice is a failure still: it keeps its group.
        if mending and other and category.family != NOTICE:
            grouping.move(report, category, now)
    ours = attempt is None or attempt.cause == AttemptCause.AUTO
    if ours and _plan_next(message, category, now):
        return
    if category.repair_policy == RepairPolicy.SUPPRESS_RECIPIENT:
        _suppress(reports[0], category)
    said = {**change, "category": category.slug}
    outcomes.to_people(reports, EventKind.REPAIR_ENDED, said, now)


def _bounced(
    message: Message,
    event: DeliveryEvent,
    reports: list[FailureReport],
    now: datetime,
) -> None:
    """Follow what a provider, or a returned mail, says of a message that had gone."""
    if not reports:
        unreported.file_event(message, event, now)
    elif event.trusted:
        category = diagnosis.diagnose_event(reports[0], event, now)
        rows = message.attempts.order_by("-n")
        _mend_further(message, category, reports, rows.first(), now, {"bounced": True})
    else:
        outcomes.to_people(reports, EventKind.UNCLEAR, {"bounced": "unproven"}, now)
