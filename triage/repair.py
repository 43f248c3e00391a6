"""What does the machine mend by itself, and what became of it?

It acts by the plan of the diagnosis, never past the gate; what is used up, refused or
unclear goes to people. What the facts report arrives as
``FactChange`` rows, each claimed once.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from deliveries import aiming, gate, sending, suppressions
from deliveries.leases import LeaseLost
from deliveries.models import (
    Address,
    AttemptCause,
    ChangeKind,
    DelegatedCode,
    DeliveryAttempt,
    DeliveryEvent,
    FactChange,
    FailureCategory,
    Message,
    MessageState,
    Outcome,
    Settler,
    SuppressionOrigin,
)
from deliveries.models import EventKind as Happened
from triage import (
    detours,
    diagnosis,
    grouping,
    notices,
    parking,
    resend_steps,
    telling,
    unreported,
    webhooks,
)
from triage.consequences import ask_reporters, settled, to_people, verify
from triage.diagnosis.plan import Action, Plan, Why
from triage.models import (
    REPORT_LIVE,
    EventKind,
    FailureReport,
    ReportState,
    WebhookKind,
)

log = logging.getLogger(__name__)

BATCH = 100
NOTICE = "notice"  # the family of what is no failure


def begin(
    reports: Sequence[FailureReport], plans: Sequence[Plan], now: datetime
) -> list[FailureReport]:
    """Take the first step of each report's plan; return who needs people.

    Sets ``state`` and ``due_at`` on each report without saving it.
    """
    for_people = []
    for report, plan in zip(reports, plans, strict=True):
        report.state, report.due_at = ReportState.DIAGNOSED, None
        if not _first_step(report, plan, now):
            for_people.append(report)
    return for_people


def _first_step(report: FailureReport, plan: Plan, now: datetime) -> bool:
    """Do what the plan says; false hands the report to people."""
    match plan.action:
        case Action.CLOSE:
            failed = plan.reason is not Why.NO_FAILURE
            report.state = ReportState.VERIFIED if failed else ReportState.REJECTED
            return True
        case Action.WAIT:
            report.state, report.due_at = ReportState.REPAIRING, plan.at
            return True
        case Action.RETRY_AT | Action.OTHER_ROUTE | Action.OTHER_CHANNEL:
            if report.message is not None and _send_again(report.message, plan, now):
                report.state = ReportState.REPAIRING
                return True
            return False
        case Action.SUPPRESS:
            address = report.message.address if report.message else None
            _suppress(report, report.category, address)
            return False
        case _:
            return False


def _suppress(
    report: FailureReport, category: FailureCategory | None, address: Address | None
) -> None:
    if category is None or address is None or not unreported.is_vouched_for(report):
        return
    suppressions.suppress(address, category=category, origin=SuppressionOrigin.EVENT)


def _send_again(message: Message, plan: Plan, now: datetime) -> bool:
    """Plan the try that the plan names; false if something came between."""
    if plan.reason is Why.UNDER_WAY:
        return True  # it is planned already; its end will tell
    route, address = detours.way(message, plan, now)
    if route is None or plan.at is None:
        return False
    try:
        attempt = sending.plan(
            message,
            route=route,
            cause=AttemptCause.AUTO,
            at=plan.at,
            address=address,
        )
        detours.tell(message, attempt)
    except sending.Outstanding:
        # A try that somebody has planned meanwhile tells its end. What only waits in a
        # bulk resend may never be sent, so people look after it.
        return bool(message.attempts.filter(outcome__in=gate.RUNNING).exists())
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
    if change.kind == ChangeKind.RESEND_STEP and change.subject_id is not None:
        resend_steps.follow(change.subject_id)
    telling.follow(change)
    if change.message_id is None or notices.follow(change, now):
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
        verify(reports, now)
    elif change.kind == ChangeKind.SILENT:
        to_people(reports, EventKind.UNCLEAR, {"silent": True}, now)
        ask_reporters(message)
    elif change.kind == ChangeKind.ATTEMPT_FINISHED:
        attempt = message.attempts.select_related("route").get(n=change.attempt_n)
        _attempt_finished(message, attempt, reports, now)
        detours.tell(message, attempt)


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
    if attempt.outcome in gate.RUNNING:
        return  # it never got there, so it is made once more: its end will tell
    if attempt.outcome == Outcome.ACCEPTED and message.state == MessageState.FAILED:
        return  # a bounce was faster than our own record of the acceptance
    if attempt.settled_by not in ("", Settler.PERSON):
        settled(reports, attempt)
    if not reports and _needs_somebody(attempt):
        unreported.file_attempt(message, attempt, now)
    elif attempt.outcome == Outcome.ACCEPTED:
        open_ones = (ReportState.REPAIRING, ReportState.TICKETED)
        ids = [report.pk for report in reports if report.state in open_ones]
        FailureReport.objects.move(ids, ReportState.RESOLVED, due_at=None)
        webhooks.emit_reports(WebhookKind.REPORT_RESOLVED, ids)
    elif attempt.outcome == Outcome.UNCLEAR:
        to_people(reports, EventKind.UNCLEAR, {"attempt": attempt.n}, now)
        ask_reporters(message)
    elif attempt.settled_by == Settler.PERSON:
        pass  # who said that it did not arrive has the ticket and goes on
    elif attempt.outcome == Outcome.REFUSED:
        _refused(message, attempt, reports, now)
    else:
        change = {"attempt": attempt.n, "gate": attempt.raw_answer}
        if attempt.reply_code in DelegatedCode.values:
            change["delegated"] = attempt.reply_code
        to_people(reports, EventKind.REPAIR_ENDED, change, now)


def _needs_somebody(attempt: DeliveryAttempt) -> bool:
    """Say whether a try that nobody reported needs people all the same.

    Not one that the gate stopped for a reason: what was no longer to be sent is over.
    Who has settled one goes on with it.
    """
    if attempt.settled_by == Settler.PERSON:
        return False
    unmade = attempt.outcome == Outcome.CANCELLED and attempt.parked_at is not None
    return unmade or attempt.outcome in (Outcome.REFUSED, Outcome.UNCLEAR)


def _refused(
    message: Message,
    attempt: DeliveryAttempt,
    reports: list[FailureReport],
    now: datetime,
) -> None:
    judged = diagnosis.diagnose_attempt(reports[0], attempt, now)
    rows = DeliveryAttempt.objects.filter(pk=attempt.pk)
    rows.update(category=judged.category)
    _mend_further(message, judged, reports, now, {"attempt": attempt.n}, attempt.n)


def _mend_further(
    message: Message,
    judged: diagnosis.Judged,
    reports: list[FailureReport],
    now: datetime,
    change: dict[str, object],
    attempt_n: int | None,
) -> None:
    """Go on with the machine's own repair, or hand a failure over to people.

    What failed elsewhere says nothing about the cause on the message's own channel.
    """
    address = aiming.address_of(message, attempt_n)
    own = message.address == address
    category, plan = judged.category, judged.plan
    Message.objects.filter(pk=message.pk).update(last_category=category)
    for report in reports:
        mending = report.state == ReportState.REPAIRING
        other = report.category_id != category.pk
        # A refusal that reads like a notice is a failure still: it keeps its group.
        if mending and own and other and category.family != NOTICE:
            grouping.move(report, category, now)
    if plan.sends and _send_again(message, plan, now):
        return
    if plan.action is Action.SUPPRESS:
        _suppress(reports[0], category, address)
    said = {**change, "category": category.slug}
    to_people(reports, EventKind.REPAIR_ENDED, said, now)


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
        judged = diagnosis.diagnose_event(reports[0], event, now)
        change: dict[str, object] = {"bounced": True}
        _mend_further(message, judged, reports, now, change, event.attempt_n)
    else:
        to_people(reports, EventKind.UNCLEAR, {"bounced": "unproven"}, now)
