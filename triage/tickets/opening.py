"""When does a failure become work for people, and when does solved work come back?"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor, ActorKind
from triage import grouping, judging, notices, queues, timeline, webhooks
from triage.access import MACHINE
from triage.models import (
    HAS_RESOLUTION,
    LIVE,
    ClockKind,
    Escalation,
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    ReportState,
    Resolution,
    ResolutionState,
    SlaClock,
    Ticket,
    TicketState,
    WebhookKind,
)
from triage.tickets.decisions import staff_text
from triage.tickets.locking import decide, locked_with_reports
from triage.tickets.refusals import Invalid

# A report that leaves one of these is taken up again.
REPORT_DONE = (
    ReportState.RESOLVED,
    ReportState.VERIFIED,
    ReportState.CLOSED_UNVERIFIED,
)


def open_or_join(reports: Sequence[FailureReport], now: datetime) -> list[Ticket]:
    """Hand reports to people: one live ticket for each group and queue.

    Every report has a group. Moves the reports to ``ticketed``, reopens a ticket that
    was thought solved, and judges each. Needs an open transaction.
    """
    ids = [report.group_id for report in reports if report.group_id is not None]
    groups = grouping.lock(ids)
    router = queues.Router()
    tickets = []
    for group in groups:
        members = [report for report in reports if report.group_id == group.pk]
        tickets.append(_take_in(group, members, router, now))
    fresh = [ticket for ticket in tickets if not ticket.tier_reasons]
    judging.judge(tickets, now)
    SlaClock.objects.start(fresh, now)
    return tickets


def _take_in(
    group: FailureGroup,
    members: list[FailureReport],
    router: queues.Router,
    now: datetime,
) -> Ticket:
    ticket = _live_ticket(group)
    kind = EventKind.JOINED
    if ticket is None:
        ticket, kind = _open(group, router), EventKind.OPENED
    ticket.group = group
    ids = [report.pk for report in members]
    FailureReport.objects.move(ids, ReportState.TICKETED, ticket=ticket, due_at=None)
    back = [each.pk for each in members if each.state in REPORT_DONE]
    fresh = [pk for pk in ids if pk not in back]
    webhooks.emit_reports(WebhookKind.REPORT_TICKETED, fresh)
    webhooks.emit_reports(WebhookKind.REPORT_REOPENED, back)
    come = [report for report in members if report.ticket_id != ticket.pk]
    if come:
        timeline.add(ticket, kind, MACHINE, {"reports": len(come)})
    for report in members:
        report.state, report.ticket = ReportState.TICKETED, ticket
    if ticket.state == TicketState.SOLVED:
        take_up_again(ticket, MACHINE, "recurrence", now)
    return ticket


def _live_ticket(group: FailureGroup) -> Ticket | None:
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("queue")
    return rows.filter(group=group, state__in=LIVE).order_by("pk").first()


def _open(group: FailureGroup, router: queues.Router) -> Ticket:
    ticket = Ticket.objects.create(group=group, queue=router.queue_for(group))
    ticket.refresh_from_db(fields=["number", "tier", "opened_at"])
    return ticket


def take_up(report: FailureReport, actor: Actor, reason: str, now: datetime) -> None:
    """Hand a report to people again: to the ticket that it had, if no other is live.

    Its group is locked. Needs an open transaction.
    """
    group, before = report.group, report.ticket
    if group is not None and before is not None and _live_ticket(group) is None:
        rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
        ticket = rows.select_related("group__category", "queue").get(pk=before.pk)
        if ticket.state in HAS_RESOLUTION and ticket.group_id == group.pk:
            take_up_again(ticket, actor, staff_text(reason), now)
    open_or_join([report], now)


def reopen(
    number: int, actor: Actor, *, reason: str, now: datetime, version: int | None = None
) -> Ticket:
    """Take a solved ticket up again; its resolution is kept as superseded.

    Raises :class:`Invalid` without a reason, or when another live ticket has taken
    over the incident in this queue.
    """
    if not reason.strip():
        raise Invalid("reason", _("Say why the ticket is taken up again."))
    with transaction.atomic():
        ticket = locked_with_reports(number, actor, "ticket.reopen", version)
        if ticket.state not in HAS_RESOLUTION:
            raise Invalid("reason", _("The ticket is open already."))
        if GroupAlias.objects.live().filter(digest=ticket.group.digest).exists():
            raise Invalid(
                "reason", _("Its incident is merged into another. Work goes on there.")
            )
        try:
            with transaction.atomic():
                take_up_again(ticket, actor, staff_text(reason), now)
        except IntegrityError as error:  # ticket_one_live_per_group_queue
            raise Invalid(
                "reason", _("Another ticket has taken over this incident.")
            ) from error
        judging.judge([ticket], now)
    return ticket


def take_up_again(ticket: Ticket, actor: Actor, reason: str, now: datetime) -> None:
    """Open a solved ticket; its resolution did not hold. Its row is locked."""
    regressed = ticket.state == TicketState.VERIFIED
    Resolution.objects.filter(ticket=ticket).end(
        ResolutionState.REGRESSED if regressed else ResolutionState.INEFFECTIVE, now
    )
    before = ticket.state
    decide(
        ticket,
        state=TicketState.OPEN,
        solved_at=None,
        reopen_count=ticket.reopen_count + 1,
        escalation=Escalation.NONE,
    )
    resolved = ticket.reports.filter(state=ReportState.RESOLVED)
    ids = list(resolved.values_list("pk", flat=True))
    FailureReport.objects.move(ids, ReportState.TICKETED)
    webhooks.emit_reports(WebhookKind.REPORT_REOPENED, ids)
    change = {"from": before, "reason": reason}
    event = timeline.add(ticket, EventKind.REOPENED, actor, change)
    # What one stranger says by a link must not make us write to everybody else.
    if actor.kind is not ActorKind.PUBLIC:
        notices.reopened(event, ids, now)
    SlaClock.objects.start([ticket], now, _promised_again(actor))


def _promised_again(actor: Actor) -> list[str]:
    """Whoever takes a ticket up again has responded; the machine has not."""
    by_person = actor.person_id is not None
    return [
        kind
        for kind in ClockKind.values
        if kind != ClockKind.FIRST_RESPONSE or not by_person
    ]
