"""What does a reporter say of a report afterwards, and what does it change?

"It arrived" is evidence of the highest level and closes the report. "Still failing"
takes solved work up again. Each may be said twice and counts once; nothing that a
reporter says sets a cause, a tier or who works on it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from deliveries import sending, taxonomy, vault
from deliveries.actor import Actor
from deliveries.models import EventKind as Happened
from deliveries.models import EvidenceLevel, FailureCategory, Message
from triage import (
    consequences,
    grouping,
    judging,
    resolution,
    tickets,
    timeline,
    unanswered,
)
from triage.models import (
    REPORT_LIVE,
    EventKind,
    FailureReport,
    ReportState,
    Ticket,
)

REOPENED_WITHIN = timedelta(days=30)  # after the last change
OLDEST_TOLD = timedelta(days=30)  # a time that is told is believed as far back
DONE = (ReportState.VERIFIED, ReportState.CLOSED_UNVERIFIED)
ENDED = (ReportState.REJECTED, ReportState.WITHDRAWN)


class NotNow(Exception):
    """As the report stands, this cannot be said of it; the message says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """Which report is spoken of, who speaks, and what they add in their own words."""

    report: str
    actor: Actor
    note: str = ""


def arrived(word: Word, now: datetime, at: datetime | None = None) -> FailureReport:
    """Take in that the message came; ``at`` (UTC) is when, by the reporter's clock.

    Raises :class:`NotNow` and ``FailureReport.DoesNotExist``.
    """
    with transaction.atomic():
        report = _locked(word)
        if report.state in ENDED:
            raise NotNow(_("This report is closed; file a new one."))
        if report.message_id is None and report.state == ReportState.RECEIVED:
            raise NotNow(_("It is being diagnosed; say it again in a few seconds."))
        _tell(report, word, "arrived")
        if report.message_id is not None:
            when = at if at and now - OLDEST_TOLD <= at <= now else now
            _prove(report, when)
        if report.state in REPORT_LIVE and report.state != ReportState.RECEIVED:
            consequences.verify([report], now)
        return _read(report)


def _prove(report: FailureReport, at: datetime) -> None:
    name = f"{report.public_id}\x1farrived"
    sending.prove(
        report.message_id or 0,
        level=EvidenceLevel.CONFIRMED,
        kind=Happened.CONFIRMED,
        provider=None,
        dedup_hash=hashlib.sha256(name.encode()).hexdigest(),
        occurred_at=at,
        trusted=True,
    )


def still_failing(word: Word, now: datetime) -> FailureReport:
    """Take in that nothing came; a report that was thought mended goes to people.

    Raises :class:`NotNow` and ``FailureReport.DoesNotExist``.
    """
    with transaction.atomic():
        report = _locked(word)
        if report.state in DONE:
            raise NotNow(_("This report is closed; reopen it with a reason."))
        if report.state in ENDED:
            raise NotNow(_("This report is closed; file a new one."))
        if report.state == ReportState.RESOLVED:
            _to_people(report, word, now)
        _tell(report, word, "still_failing")
        return _read(report)


def reopen(word: Word, now: datetime) -> FailureReport:
    """Take a closed report up again; one that is open stays as it is.

    A live report of the same person about the same message goes on instead. Raises
    :class:`NotNow` and ``FailureReport.DoesNotExist``.
    """
    with transaction.atomic():
        report = _locked(word)
        if report.state in ENDED:
            raise NotNow(_("This report is closed; file a new one."))
        if report.state not in (*DONE, ReportState.RESOLVED):
            return _read(report)
        if last_change(report) < now - REOPENED_WITHIN:
            raise NotNow(_("Its last change is more than 30 days ago; file a new one."))
        twin = _live_twin(report)
        if twin is not None:
            FailureReport.objects.move(
                [report.pk], ReportState.DUPLICATE, duplicate_of=twin
            )
            return _read(report)
        _to_people(report, word, now)
        _tell(report, word, "reopened")
        return _read(report)


def withdraw(word: Word, now: datetime) -> FailureReport:
    """Take a report back; what is planned for its message goes on.

    Raises :class:`NotNow` and ``FailureReport.DoesNotExist``.
    """
    with transaction.atomic():
        report = _locked(word)
        if report.state == ReportState.WITHDRAWN:
            return _read(report)
        if not FailureReport.objects.move(
            [report.pk], ReportState.WITHDRAWN, due_at=None
        ):
            raise NotNow(_("This report is closed; there is nothing to withdraw."))
        _tell(report, word, "withdrawn")
        grouping.serve([report], now)
        ticket = _locked_ticket(report)
        if ticket is not None:
            resolution.settle(ticket, now)
            judging.judge([ticket], now)
        return _read(report)


def _locked(word: Word) -> FailureReport:
    """Lock what hangs on a report, in the order of everybody else.

    What is said of a duplicate is said of its original.
    """
    rows = FailureReport.objects.visible_to(word.actor)
    found = rows.select_related("duplicate_of").get(public_id=word.report)
    report = found.duplicate_of or found
    grouping.lock([report.group_id] if report.group_id else [])
    messages = Message.objects.select_for_update(of=("self",), no_key=True)
    list(messages.filter(pk=report.message_id or 0))
    locked = FailureReport.objects.select_for_update(of=("self",))
    whole = locked.select_related("source", "category", "group", "message", "ticket")
    held: FailureReport = whole.get(pk=report.pk)
    return held


def _read(report: FailureReport) -> FailureReport:
    shown = ("message", "duplicate_of__group__category", "group__category")
    rows = FailureReport.objects.select_related(*shown)
    fresh: FailureReport = rows.get(pk=report.pk)
    return fresh


def _to_people(report: FailureReport, word: Word, now: datetime) -> None:
    if report.group_id is None:  # it had been taken for no more than a notice
        unknown = FailureCategory.objects.get(slug=taxonomy.UNKNOWN)
        grouping.move(report, unknown, now)
    grouping.take_back([report])
    tickets.take_up(report, word.actor, _redacted(report, word), now)


def _live_twin(report: FailureReport) -> FailureReport | None:
    if report.message_id is None or not report.reporter_pseudonym:
        return None
    others = FailureReport.objects.filter(
        message=report.message_id,
        reporter_pseudonym=report.reporter_pseudonym,
        state__in=REPORT_LIVE,
    )
    return others.exclude(pk=report.pk).first()


def last_change(report: FailureReport) -> datetime:
    """When anything last happened to a report or to the ticket that it belongs to."""
    runs = report.diagnoses.aggregate(at=Max("at"))["at"]
    events = (
        report.ticket.events.aggregate(at=Max("at"))["at"] if report.ticket else None
    )
    heard = None
    if report.message is not None:
        heard = report.message.events.aggregate(at=Max("received_at"))["at"]
    times = (report.received_at, runs, events, heard)
    return max(each for each in times if each is not None)


def _locked_ticket(report: FailureReport) -> Ticket | None:
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("group__category", "queue")
    return rows.filter(pk=report.ticket_id or 0).first()


def _tell(report: FailureReport, word: Word, outcome: str) -> None:
    """Write what was said on the ticket's timeline, unless it was said last."""
    ticket = _locked_ticket(report)
    if ticket is None:
        return
    change = {"report": report.public_id, "outcome": outcome}
    change["note"] = _redacted(report, word)
    last = unanswered.said_of(report).order_by("-seq").first()
    if last is None or last.change != change:
        timeline.add(ticket, EventKind.ANSWERED, word.actor, change)


def _redacted(report: FailureReport, word: Word) -> str:
    return vault.redactor(report.source_id).text(word.note.strip()).text
