"""What do we know about a failure? The only queries of the diagnosis.

Everything a judge may look at is collected here once, for a whole batch, and handed
over as frozen values.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from deliveries.models import (
    DeliveryAttempt,
    DeliveryEvent,
    Message,
    MessageState,
    Suppression,
)
from triage.diagnosis.evidence import EarlierAttempt, Evidence, KnownFacts
from triage.models import FailureReport


def of_reports(reports: Sequence[FailureReport], now: datetime) -> list[Evidence]:
    """Collect the evidence of reports, in their order; a fixed number of queries."""
    messages = [report.message for report in reports if report.message is not None]
    suppressed = _suppressed(messages, now)
    superseded = _superseded(messages)
    return [
        Evidence(
            channel=report.channel,
            provider=report.provider,
            symptom=report.symptom,
            answer=report.provider_answer,
            provider_code=report.provider_code,
            enhanced_code=report.enhanced_code,
            detail=report.detail,
            earlier=tuple(_told(each) for each in report.attempts),
            facts=_facts(report, now, suppressed, superseded),
        )
        for report in reports
    ]


def of_attempt(
    report: FailureReport, attempt: DeliveryAttempt, now: datetime
) -> Evidence:
    """Collect the evidence of one refused attempt at the message of a report."""
    provider = attempt.route.provider.slug
    messages = [report.message] if report.message is not None else []
    facts = _facts(report, now, _suppressed(messages, now), _superseded(messages))
    earlier = attempt.message.attempts.filter(n__lt=attempt.n).order_by("n")
    return Evidence(
        channel=report.channel,
        provider=provider,
        symptom=report.symptom,
        answer=attempt.raw_answer,
        provider_code=attempt.reply_code,
        enhanced_code=attempt.enhanced_code,
        earlier=tuple(
            EarlierAttempt(each.finished_at, each.reply_code, each.raw_answer)
            for each in earlier
            if each.finished_at is not None
        ),
        facts=facts,
    )


def of_event(report: FailureReport, event: DeliveryEvent, now: datetime) -> Evidence:
    """Collect the evidence of a receipt that says that a message failed."""
    message = event.message
    provider = event.provider or message.provider
    facts = _facts(report, now, _suppressed([message], now), _superseded([message]))
    return Evidence(
        channel=report.channel,
        provider=provider.slug if provider is not None else report.provider,
        symptom=report.symptom,
        answer=event.answer,
        provider_code=event.reply_code,
        enhanced_code=event.enhanced_code,
        earlier=tuple(
            EarlierAttempt(each.finished_at, each.reply_code, each.raw_answer)
            for each in message.attempts.order_by("n")
            if each.finished_at is not None
        ),
        facts=facts,
    )


def _told(attempt: dict[str, Any]) -> EarlierAttempt:
    return EarlierAttempt(
        datetime.fromisoformat(attempt["at"]),
        str(attempt.get("code", "")),
        str(attempt.get("answer", "")),
    )


def _facts(
    report: FailureReport,
    now: datetime,
    suppressed: set[int],
    superseded: set[int],
) -> KnownFacts:
    message = report.message
    expires_at = report.expires_at or (message.expires_at if message else None)
    return KnownFacts(
        suppressed=message is not None and message.pk in suppressed,
        expired=expires_at is not None and expires_at <= now,
        delivered=message is not None and _arrived(message),
        superseded=message is not None and message.pk in superseded,
    )


def _arrived(message: Message) -> bool:
    """Whether it was delivered and nothing has said otherwise since."""
    return message.state == MessageState.DELIVERED and message.contradicted_at is None


def _suppressed(messages: Sequence[Message], now: datetime) -> set[int]:
    """Messages whose address has an active order not to send for their purpose."""
    by_address = {
        (each.source_id, each.channel, each.address.pseudonym): each
        for each in messages
        if each.address is not None
    }
    if not by_address:
        return set()
    orders = Suppression.objects.active(now).filter(
        pseudonym__in=[pseudonym for _, _, pseudonym in by_address]
    )
    active = {
        (each.source_id, each.channel, each.pseudonym, each.purpose) for each in orders
    }
    return {
        each.pk
        for each in messages
        if each.address is not None
        and any(
            (each.source_id, each.channel, each.address.pseudonym, purpose) in active
            for purpose in (None, each.purpose)
        )
    }


def _superseded(messages: Sequence[Message]) -> set[int]:
    newer = Message.objects.filter(supersedes__in=[each.pk for each in messages])
    return {each.supersedes_id or 0 for each in newer} if messages else set()
