"""What does the machine mend by itself, and what became of it?

It acts by the plan of the diagnosis, never past the gate; what is used up, refused or
unclear goes to people. What the facts report arrives as
``FactChange`` rows, each claimed once.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from deliveries import gate, routing, sending, suppressions
from deliveries.leases import LeaseLost
from deliveries.models import (
    AttemptCause,
    ChangeKind,
    DeliveryAttempt,
    FactChange,
    FailureCategory,
    Message,
    MessageState,
    Outcome,
    SuppressionOrigin,
)
from triage import diagnosis, grouping, judging, parking, resolution, tickets, timeline
from triage.access import MACHINE
from triage.diagnosis.plan import Action, Plan, Why
from triage.models import (
    HAS_RESOLUTION,
    REPORT_LIVE,
    EventKind,
    FailureReport,
    Origin,
    ReportState,
    Symptom,
    Ticket,
    TicketState,
)

log = logging.getLogger(__name__)

BATCH = 100
NOTICE = "notice"  # the family of what is no failure
UNDER_WAY = (MessageState.RETRY_WAIT, MessageState.SENDING, MessageState.ACCEPTED)


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
        case Action.RETRY_AT | Action.OTHER_ROUTE:
            if report.message is not None and _send_again(report.message, plan, now):
                report.state = ReportState.REPAIRING
                return True
            return False
        case Action.SUPPRESS:
            _suppress(report, report.category)
            return False
        case _:
            return False


def _suppress(report: FailureReport, category: FailureCategory | None) -> None:
    message = report.message
    if category is not None and message is not None and message.address is not None:
        suppressions.suppress(
            message.address, category=category, origin=SuppressionOrigin.EVENT
        )


def _send_again(message: Message, plan: Plan, now: datetime) -> bool:
    """Plan the try that the plan names; false if something came between."""
    if plan.reason is Why.UNDER_WAY:
        return True  # it is planned already; its end will tell
    last = message.attempts.order_by("-n").first()
    # Before a try of our own, the provider that failed is the one the source named.
    failed = last.route.provider_id if last else message.provider_id
    other = plan.action is Action.OTHER_ROUTE
    route = routing.next_route(
        message, now=now, exclude_provider_id=failed if other else None
    )
    if route is None or plan.at is None:
        return False
    try:
        sending.plan(message, route=route, cause=AttemptCause.AUTO, at=plan.at)
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
    if change.message_id is None:
        return
    groups = FailureReport.objects.filter(
        message=change.message_id, state__in=REPORT_LIVE, group__isnull=False
    )
    grouping.lock(groups.values_list("group_id", flat=True))
    rows = Message.objects.select_for_update(of=("self",), no_key=True)
    message = rows.get(pk=change.message_id)
    reports = _live_reports(message)
    if message.proven:
        _verify(reports, now)
    elif change.kind == ChangeKind.SILENT:
        to_people(reports, EventKind.UNCLEAR, {"silent": True}, now)
    elif change.kind == ChangeKind.ATTEMPT_FINISHED:
        attempt = message.attempts.select_related("route").get(n=change.attempt_n)
        _attempt_finished(message, attempt, reports, now)


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
        to_people(reports, EventKind.UNCLEAR, {"attempt": attempt.n}, now)
    elif attempt.outcome == Outcome.REFUSED:
        _refused(message, attempt, reports, now)
    else:
        change = {"attempt": attempt.n, "gate": attempt.raw_answer}
        to_people(reports, EventKind.REPAIR_ENDED, change, now)


def _refused(
    message: Message,
    attempt: DeliveryAttempt,
    reports: list[FailureReport],
    now: datetime,
) -> None:
    if not reports:
        file_for_machine(message, attempt, now)
        return
    judged = diagnosis.diagnose_attempt(reports[0], attempt, now)
    category, plan = judged.category, judged.plan
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(category=category)
    Message.objects.filter(pk=message.pk).update(last_category=category)
    for report in reports:
        mending = report.state == ReportState.REPAIRING
        other = report.category_id != category.pk
        # A refusal that reads like a notice is a failure still: it keeps its group.
        if mending and other and category.family != NOTICE:
            grouping.move(report, category, now)
    if plan.sends and _send_again(message, plan, now):
        return
    if plan.action is Action.SUPPRESS:
        _suppress(reports[0], category)
    change = {"attempt": attempt.n, "category": category.slug}
    to_people(reports, EventKind.REPAIR_ENDED, change, now)


def file_for_machine(message: Message, attempt: DeliveryAttempt, now: datetime) -> None:
    """A delivery that fails without any report gets one of the machine's own."""
    FailureReport.objects.create(
        source_id=message.source_id,
        origin=Origin.MACHINE,
        message=message,
        recipient_id=message.recipient_id,
        channel=message.channel,
        purpose=message.purpose,
        symptom=Symptom.FAILED_ERROR,
        provider=attempt.route.provider.slug,
        provider_code=attempt.reply_code,
        enhanced_code=attempt.enhanced_code,
        provider_answer=attempt.raw_answer,
        region=message.region,
        expires_at=message.expires_at,
        occurred_at=attempt.finished_at or now,
        due_at=now,
    )


def _verify(reports: list[FailureReport], now: datetime) -> None:
    """Let evidence close reports, count their people as served, settle tickets."""
    ids = [report.pk for report in reports]
    repairing = [r.pk for r in reports if r.state == ReportState.REPAIRING]
    FailureReport.objects.move(repairing, ReportState.RESOLVED)
    FailureReport.objects.move(ids, ReportState.VERIFIED, due_at=None)
    grouping.serve(reports, now)
    for ticket in _locked_tickets(reports):
        resolution.settle(ticket, now)
        if ticket.state == TicketState.IN_REPAIR and not _is_mending(ticket):
            tickets.decide(ticket, state=TicketState.OPEN)
            timeline.add(ticket, EventKind.REPAIR_ENDED, MACHINE, {"proven": True})
    judging.judge_groups([each.group_id for each in reports if each.group_id], now)


def _is_mending(ticket: Ticket) -> bool:
    messages = Message.objects.filter(pk__in=ticket.reports.values("message"))
    return messages.filter(state__in=UNDER_WAY).exists()


def to_people(
    reports: list[FailureReport],
    kind: EventKind,
    change: dict[str, object],
    now: datetime,
) -> None:
    """Hand reports to people; a ticket that was waiting for a repair is open again.

    Silence takes up no solved ticket: it proves nothing, not even a failure.
    """
    told, left = set(), set()
    for ticket in _locked_tickets(reports):
        if ticket.state == TicketState.IN_REPAIR:
            tickets.decide(ticket, state=TicketState.OPEN)
        if ticket.state in HAS_RESOLUTION and "silent" in change:
            left.add(ticket.pk)
        timeline.add(ticket, kind, MACHINE, change)
        told.add(ticket.pk)
    idle = [
        report
        for report in reports
        if report.state in (ReportState.REPAIRING, ReportState.RESOLVED)
        and report.ticket_id not in left
    ]
    for ticket in tickets.open_or_join(idle, now):
        if ticket.pk not in told:
            timeline.add(ticket, kind, MACHINE, change)


def _locked_tickets(reports: Sequence[FailureReport]) -> list[Ticket]:
    ids = {report.ticket_id for report in reports if report.ticket_id is not None}
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("group__category", "queue")
    return list(rows.filter(pk__in=ids).order_by("pk"))
