"""What do we know about a failure? The queries of every diagnosis.

Everything a judge or the plan may look at is collected here once, for a whole batch,
and handed over as frozen values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from deliveries.models import (
    VERIFY_WITHIN,
    AttemptCause,
    DeliveryAttempt,
    DeliveryEvent,
    Message,
    MessageState,
    Outcome,
    Route,
)
from triage.diagnosis import lookups
from triage.diagnosis.evidence import EarlierAttempt, Evidence, KnownFacts
from triage.diagnosis.plan import Hands, Standing, Why
from triage.models import FailureReport, ReportState

SOON = timedelta(minutes=15)  # a message of use no longer than this may come too late
RUNNING = (Outcome.PLANNED, Outcome.SENDING)


@dataclass(frozen=True, slots=True)
class Collected:
    """What is known of one failure; ``attempt_n`` names the try that it is about."""

    evidence: Evidence
    standing: Standing
    attempt_n: int | None = None


def of_reports(reports: Sequence[FailureReport], now: datetime) -> list[Collected]:
    """Collect what is known of fresh reports, in their order; few queries for all."""
    known = lookups.of(reports, now)
    return [_collected(report, None, known, now, Hands.MACHINE) for report in reports]


def of_attempt(
    report: FailureReport, attempt: DeliveryAttempt, now: datetime
) -> Collected:
    """Collect what is known after a refused attempt at the message of a report."""
    known = lookups.of([report], now)
    # What has gone over another channel as well is left to people.
    by_machine = attempt.cause == AttemptCause.AUTO and not attempt.channel
    hands = Hands.MACHINE if by_machine else Hands.PERSON
    return _collected(report, attempt, known, now, hands, refused=True)


def of_event(report: FailureReport, event: DeliveryEvent, now: datetime) -> Collected:
    """Collect what is known after a receipt that says that a message failed."""
    known = lookups.of([report], now)
    tries = known.attempts_of(report)
    last = tries[-1] if tries else None
    by_machine = last is None or (last.cause == AttemptCause.AUTO and not last.channel)
    hands = Hands.MACHINE if by_machine else Hands.PERSON
    found = _collected(report, last, known, now, hands, refused=True)
    evidence = replace(
        found.evidence,
        provider=event.provider.slug if event.provider else found.evidence.provider,
        answer=event.answer,
        provider_code=event.reply_code,
        enhanced_code=event.enhanced_code,
        detail="",
        log="",
    )
    return replace(found, evidence=evidence)


def once_more(reports: Sequence[FailureReport], now: datetime) -> list[Collected]:
    """Collect what is known by now of reports that were diagnosed before.

    Where a try of ours was refused since the report came, it is about the last one.
    """
    known = lookups.of(reports, now)
    return [
        _collected(report, _last_refused(report, known), known, now, Hands.PERSON)
        for report in reports
    ]


def _last_refused(
    report: FailureReport, known: lookups.Known
) -> DeliveryAttempt | None:
    refused = [
        attempt
        for attempt in known.attempts_of(report)
        if attempt.category_id is not None
        and attempt.finished_at is not None
        and attempt.finished_at >= report.received_at
    ]
    return refused[-1] if refused else None


def _collected(
    report: FailureReport,
    attempt: DeliveryAttempt | None,
    known: lookups.Known,
    now: datetime,
    hands: Hands,
    *,
    refused: bool = False,
) -> Collected:
    tries = known.attempts_of(report)
    provider = attempt.route.provider.slug if attempt else report.provider
    facts = _facts(report, provider, known, now)
    evidence = Evidence(
        channel=(attempt and attempt.channel) or report.channel,
        provider=provider,
        symptom=report.symptom,
        answer=attempt.raw_answer if attempt else report.provider_answer,
        provider_code=attempt.reply_code if attempt else report.provider_code,
        enhanced_code=attempt.enhanced_code if attempt else report.enhanced_code,
        detail="" if attempt else report.detail,
        earlier=_earlier(report, attempt, tries),
        facts=facts,
        log="" if attempt else known.logs.get(report.pk, ""),
    )
    standing = _standing(report, facts, known, hands, refused=refused)
    return Collected(evidence, standing, attempt.n if attempt else None)


def _earlier(
    report: FailureReport,
    attempt: DeliveryAttempt | None,
    tries: Sequence[DeliveryAttempt],
) -> tuple[EarlierAttempt, ...]:
    """The tries before the one that is judged: told by the source, then our own."""
    ours = [
        EarlierAttempt(each.finished_at, each.reply_code, each.raw_answer)
        for each in tries
        if each.outcome == Outcome.REFUSED and each.finished_at is not None
        if (each.n < attempt.n if attempt else each.finished_at < report.occurred_at)
    ]
    told = [] if attempt else [_told(each) for each in report.attempts]
    return tuple(sorted([*told, *ours], key=lambda each: each.at))


def _told(attempt: dict[str, Any]) -> EarlierAttempt:
    return EarlierAttempt(
        datetime.fromisoformat(attempt["at"]),
        str(attempt.get("code", "")),
        str(attempt.get("answer", "")),
    )


def _expiry(report: FailureReport) -> datetime | None:
    """The earlier of what the report and its message say."""
    message = report.message
    told = (report.expires_at, message.expires_at if message else None)
    return min((each for each in told if each is not None), default=None)


def _facts(
    report: FailureReport, provider: str, known: lookups.Known, now: datetime
) -> KnownFacts:
    message = report.message
    expires_at = _expiry(report)
    left = None if expires_at is None else expires_at - now
    arrived = None
    if message is not None and message.address is not None:
        arrived = message.pk in known.arrived_before
    place = (report.channel, provider, report.region)
    return KnownFacts(
        suppressed=message is not None and message.pk in known.suppressed,
        expired=left is not None and left <= timedelta(0),
        delivered=message is not None and _arrived(message),
        superseded=message is not None and message.pk in known.superseded,
        message=message is not None,
        expires_soon=None if left is None else timedelta(0) < left <= SOON,
        arrived_before=arrived,
        siblings=known.siblings.get(place),
    )


def _arrived(message: Message) -> bool:
    """Whether it was delivered and nothing has said otherwise since."""
    return message.state == MessageState.DELIVERED and message.contradicted_at is None


def _standing(
    report: FailureReport,
    facts: KnownFacts,
    known: lookups.Known,
    hands: Hands,
    *,
    refused: bool,
) -> Standing:
    waits = report.state == ReportState.REPAIRING and hands is Hands.PERSON
    common = Standing(
        hands=hands,
        refused=refused,
        silence=VERIFY_WITHIN[report.channel],
        expires_at=_expiry(report),
        waits_until=report.due_at if waits else None,
    )
    message = report.message
    if message is None:
        return common
    tries = known.attempts_of(report)
    running = next((each for each in tries if each.outcome in RUNNING), None)
    planned = running is not None and running.outcome == Outcome.PLANNED
    last = tries[-1] if tries else None
    return replace(
        common,
        state=message.state,
        proven=message.proven,
        address=message.address is not None,
        stopped=tuple(_stopped(message, facts)),
        tries_made=1 + sum(_counts(each) for each in tries),
        retry_after_s=last.retry_after_s if last else None,
        route=bool(_routes(message, known)),
        other_route=_has_other_route(message, last, known),
        under_way=running is not None,
        tries_at=running.due_at if running is not None and planned else None,
    )


def _counts(attempt: DeliveryAttempt) -> bool:
    """Whether a try counts towards the back-off: the machine's, if it was made."""
    made = attempt.outcome != Outcome.CANCELLED
    return made and attempt.cause == AttemptCause.AUTO


def _stopped(message: Message, facts: KnownFacts) -> list[Why]:
    """What the gate would hold against sending; see ``deliveries/gate.py``."""
    against = {
        Why.CANCELLED: message.state == MessageState.CANCELLED,
        Why.EXPIRED: facts.expired or message.state == MessageState.EXPIRED,
        Why.SUPERSEDED: facts.superseded,
        Why.SUPPRESSED: facts.suppressed,
    }
    return [why for why, holds in against.items() if holds]


def _routes(message: Message, known: lookups.Known) -> list[Route]:
    return [
        route
        for route in known.routes
        if route.channel == message.channel and route.region in ("", message.region)
    ]


def _has_other_route(
    message: Message, last: DeliveryAttempt | None, known: lookups.Known
) -> bool:
    # Before a try of our own, the provider that failed is the one the source named.
    failed = last.route.provider_id if last else message.provider_id
    return any(route.provider_id != failed for route in _routes(message, known))
