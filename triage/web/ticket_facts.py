"""What does the left side of a ticket show: the message, its evidence, its attempts?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries.models import (
    DeliveryAttempt,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
)
from triage.models import FailureReport
from triage.tickets import in_words
from triage.web.message_rows import MessageRows

# How the rung looks at which a try ended.
MISSED: dict[str, str] = {Outcome.REFUSED: "fail", Outcome.UNCLEAR: "unclear"}


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the evidence ladder."""

    label: str
    rung: str
    detail: str = ""
    at: datetime | None = None
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt in the strip."""

    n: int
    at: datetime | None
    outcome: str
    outcome_label: str
    code: str
    route: str
    cause_label: str
    answer: str
    next_at: datetime | None = None


def facts(report: FailureReport | None, rows: MessageRows | None) -> dict[str, object]:
    """Build the context of ``_facts.html`` for the ticket's leading report."""
    if report is None:
        return {"message": None}
    attempts = attempts_of(report, rows)
    context: dict[str, object] = {
        "message": _card(report, rows.message) if rows else None,
        "attempts": attempts,
    }
    if rows is not None:
        context |= standing_of(rows)
        context["rungs"] = rungs_of(report, rows, attempts)
        context["needed_label"] = EvidenceLevel(rows.message.needed_level).label
    return context


def _card(report: FailureReport, message: Message) -> dict[str, object]:
    template = report.template or {}
    address = message.address
    recipient = message.recipient
    return {
        "title": message.get_purpose_display(),
        "reference": message.external_id,
        "url": reverse("message", args=[message.public_id]),
        "recipient": address.masked if address else _("address not known to us"),
        "recipient_note": recipient.locale if recipient else "",
        "channel_label": message.get_channel_display(),
        "provider": message.provider.name if message.provider else report.provider,
        "region": message.region,
        "source_name": report.source.name,
        "template": template.get("key", ""),
        "purpose_label": message.get_purpose_display(),
        "expires_at": message.expires_at,
        "state_label": message.get_state_display(),
    }


def attempts_of(report: FailureReport | None, rows: MessageRows | None) -> list[Try]:
    """Every try, the source's own first: those it told of, then those made here."""
    told = []
    if report is not None:
        told = [_told(n, each) for n, each in enumerate(report.attempts, start=1)]
    ours = rows.attempts if rows else ()
    return told + [_made(attempt, len(told)) for attempt in ours]


def _told(n: int, attempt: dict[str, str]) -> Try:
    """An attempt that the source made itself, as its report told it."""
    return Try(
        n=n,
        at=datetime.fromisoformat(attempt["at"]),
        outcome=Outcome.REFUSED,
        outcome_label=_("Failed"),
        code=attempt.get("code", ""),
        route=attempt.get("provider", ""),
        cause_label=_("by the source"),
        answer=attempt.get("answer", ""),
    )


def _made(attempt: DeliveryAttempt, offset: int) -> Try:
    planned = attempt.outcome == Outcome.PLANNED
    return Try(
        n=attempt.n + offset,
        at=None if planned else attempt.finished_at or attempt.started_at,
        outcome=attempt.outcome,
        outcome_label=str(attempt.get_outcome_display()),
        code=attempt.reply_code,
        route=_route(attempt),
        cause_label=str(attempt.get_cause_display()),
        answer=attempt.raw_answer,
        next_at=attempt.due_at if planned else None,
    )


def _route(attempt: DeliveryAttempt) -> str:
    """The provider of a try, and the channel if it was not the message's own."""
    elsewhere = [str(attempt.get_channel_display())] if attempt.channel else []
    return " · ".join([attempt.route.provider.name, *elsewhere])


def _reported(report: FailureReport, message: Message) -> Try | None:
    """The failure that the report itself tells of, where no attempt is known."""
    if message.state != MessageState.FAILED:
        return None
    return Try(
        n=0,
        at=report.occurred_at,
        outcome=Outcome.REFUSED,
        outcome_label=_("Failed"),
        code=report.enhanced_code or report.provider_code,
        route=report.provider,
        cause_label="",
        answer="",
    )


def rungs_of(
    report: FailureReport | None, rows: MessageRows, attempts: Sequence[Try]
) -> list[Rung]:
    """The ladder of evidence: what is reached, needed, or missed by the last try."""
    message = rows.message
    last = attempts[-1] if attempts else report and _reported(report, message)
    reached = dict(rows.reached)
    # A try that failed shows at the first rung that it did not reach.
    missed = max(message.evidence_level + 1, EvidenceLevel.ACCEPTED)
    rungs = []
    for level in EvidenceLevel:
        if level is EvidenceLevel.NONE:
            continue
        needed = level == message.needed_level
        if level <= message.evidence_level:
            rung = Rung(str(level.label), "on", at=reached.get(level), needed=needed)
        elif last and last.outcome in MISSED and level == missed:
            rung = Rung(
                _("Not accepted")
                if level == EvidenceLevel.ACCEPTED
                else _("Not proven"),
                MISSED[last.outcome],
                last.code,
                last.at,
                needed,
            )
        else:
            rung = Rung(str(level.label), "todo", needed=needed)
        rungs.append(rung)
    return rungs


def standing_of(rows: MessageRows) -> dict[str, object]:
    """May we write to this person now, and what stands against it?"""
    verdict, suppression = rows.standing.verdict, rows.suppression
    return {
        "gate": {
            "allowed": verdict.allowed,
            "reasons": [] if verdict.allowed else [in_words(verdict.codes)],
        },
        "suppression": suppression
        and {
            "reason": suppression.category.name,
            "since": suppression.since,
            "until": suppression.until,
        },
    }
