"""What does the status page tell a reporter, in plain words?

Nothing of queues, people, notes or other reporters: what the API shows a source of the
report, what was done about it, and an agent's words to its reporters.
"""

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries import language
from deliveries.models import Outcome
from knowledgebase.guidance import Tip
from triage import advice, answers, unanswered
from triage.models import (
    REPORT_LIVE,
    EventKind,
    FailureReport,
    Reply,
    ReportState,
    TicketEvent,
)
from triage.notices import words

FOUND = (ReportState.REPAIRING, ReportState.TICKETED)
OVER = (ReportState.VERIFIED, ReportState.CLOSED_UNVERIFIED)
ENDED = (ReportState.WITHDRAWN, ReportState.REJECTED)

# What a person can do about causes of a family; about the others they can do nothing.
HINTS: dict[str, str | Promise] = {
    "recipient": gettext_lazy(
        "Check that your address is spelled right and that your mailbox has room."
    ),
    "consent": gettext_lazy(
        "Look into your settings: you may have unsubscribed from this kind of message."
    ),
    "client": gettext_lazy(
        "Update the app, and see whether it may show notifications."
    ),
    "reputation": gettext_lazy("Look into your spam folder."),
    "content": gettext_lazy("Look into your spam folder."),
}
NO_HINT = gettext_lazy("There is nothing that you need to do.")
ASKED = gettext_lazy("Look whether you have the message, and tell us below.")

DEEDS: dict[str, str | Promise] = {
    EventKind.OPENED: gettext_lazy("It was handed to people."),
    EventKind.JOINED: gettext_lazy("It was handed to people."),
    EventKind.ASSIGNED: gettext_lazy("Somebody is working on it."),
    EventKind.REROUTED: gettext_lazy("It was sent over another channel."),
    EventKind.SOLVED: gettext_lazy("The cause was mended."),
    EventKind.REOPENED: gettext_lazy("Work on it was taken up again."),
}
SAID: dict[str, str | Promise] = {
    "arrived": gettext_lazy("You said that it arrived."),
    "still_failing": gettext_lazy("You said that it is still missing."),
    "reopened": gettext_lazy("You asked us to go on."),
    "withdrawn": gettext_lazy("You withdrew the report."),
}


def build(
    asked: FailureReport, now: datetime, tip: Tip | None = None
) -> dict[str, Any]:
    """Build the context for a report, or for the one that it repeats.

    ``tip`` is what helps against its cause; it says more than the hint of a family.
    """
    report = asked.duplicate_of or asked
    context = {"link": lambda name: "", "tip": tip}
    shown = answers.ReportDetailSerializer(report, context=context).data
    wanted = unanswered.is_answer_wanted(report)
    asks = wanted or report.state == ReportState.RESOLVED
    verdict = shown["diagnosis"]
    return {
        "heading": _heading(report, asks=asks),
        "about": {
            "channel": report.get_channel_display(),
            "occurred_at": report.occurred_at,
            "symptom": report.get_symptom_display(),
            "number": report.public_id,
        },
        "steps": _steps(report, known=verdict is not None),
        "cause": verdict,
        "expected": verdict["plan"] if verdict else None,
        "advice": ASKED if asks else _hint(report),
        "tip": _tip(tip),
        "deeds": _deeds(report),
        "may": {
            "arrived": report.state in REPORT_LIVE or report.state == OVER[1],
            "still_failing": report.state in REPORT_LIVE,
            "withdraw": report.state in REPORT_LIVE,
            "reopen": report.state in OVER,
        },
        "asks": asks,
    }


def _heading(report: FailureReport, *, asks: bool) -> str:
    if asks:
        return _("Did it arrive?")
    if report.state == ReportState.VERIFIED:
        return _("It arrived")
    if report.state in ENDED or report.state == ReportState.CLOSED_UNVERIFIED:
        return _("This report is closed")
    return _("We are on it")


def _hint(report: FailureReport) -> str | Promise:
    if report.state not in REPORT_LIVE or report.category is None:
        return NO_HINT
    return HINTS.get(report.category.family, NO_HINT)


def _tip(tip: Tip | None) -> dict[str, str] | None:
    if tip is None:
        return None
    return {
        "title": tip.title,
        "text": tip.text,
        "locale": tip.locale,
        "url": advice.page_of(tip),
    }


def _steps(report: FailureReport, *, known: bool) -> list[dict[str, Any]]:
    """Four plain steps, each done, the present one, or still to come."""
    state = report.state
    mended = state in (ReportState.RESOLVED, *OVER)
    reached = 1 + (known or mended) + mended + (state in OVER)
    if state in ENDED:
        reached = 4
    last = _("It arrived")
    if state == ReportState.CLOSED_UNVERIFIED or state in ENDED:
        last = _("Closed")
    by_people = state == ReportState.TICKETED
    names = (
        _("We have your report"),
        _("The cause is known") if reached > 1 else _("We look for the cause"),
        _("The cause is mended")
        if mended
        else _("People are working on it")
        if by_people
        else _("It is being mended"),
        last,
    )
    return [
        {
            "name": name,
            "state": "done" if n < reached else "now" if n == reached else "open",
        }
        for n, name in enumerate(names)
    ]


def _deeds(report: FailureReport) -> list[dict[str, Any]]:
    """What happened to the report so far, the oldest first."""
    lines = [{"at": report.received_at, "text": _("Your report came in.")}]
    lines += _sends(report)
    lines += _answers(report) if report.ticket_id is None else _work(report)
    return sorted(lines, key=lambda each: each["at"])


def _sends(report: FailureReport) -> list[dict[str, Any]]:
    if report.message is None:
        return []
    since = report.received_at
    rows = report.message.attempts.filter(finished_at__gte=since).order_by("n")
    texts = {
        Outcome.ACCEPTED: _("It was sent again, and the provider took it."),
        Outcome.REFUSED: _("It was sent again, and refused."),
        Outcome.UNCLEAR: _("It was sent again; whether it arrived is not known."),
    }
    return [
        {"at": each.finished_at, "text": texts[each.outcome]}
        for each in rows
        if each.outcome in texts
    ]


def _work(report: FailureReport) -> list[dict[str, Any]]:
    kinds = [*DEEDS, EventKind.ANSWERED, EventKind.REPLIED]
    rows = TicketEvent.objects.filter(ticket=report.ticket_id, kind__in=kinds)
    events = rows.filter(at__gte=report.received_at).order_by("seq")
    replies = {
        each.pk: each
        for each in Reply.objects.filter(ticket=report.ticket_id, undone_at=None)
    }
    lines: list[dict[str, Any]] = []
    for event in events:
        line = _line(event, report, replies)
        if line is not None and (not lines or line["text"] != lines[-1]["text"]):
            lines.append({"at": event.at, **line})
    return lines


def _answers(report: FailureReport) -> list[dict[str, Any]]:
    """Answers to a whole incident that reach a report which no ticket holds."""
    rows = Reply.objects.filter(notices__report=report, undone_at=None)
    return [{"at": each.at, **_answer(each)} for each in rows.order_by("pk").distinct()]


def _answer(said: Reply) -> dict[str, Any]:
    found = words.passage(said.texts, language.current())
    return {"text": _("An answer from us"), "passage": found}


def _line(
    event: TicketEvent, report: FailureReport, replies: dict[int, Reply]
) -> dict[str, Any] | None:
    if event.kind == EventKind.REPLIED:
        said = replies.get(event.change["reply"])
        if said is None:
            return None
        return _answer(said)
    if event.kind == EventKind.ANSWERED:
        if event.change.get("report") != report.public_id:
            return None
        text = SAID.get(event.change["outcome"])
        return {"text": text, "own": event.change.get("note", "")} if text else None
    return {"text": DEEDS[event.kind]}
