"""How does a failure that nobody has reported reach the pipeline?

A delivery that fails without any report gets one of the machine's own, with what came
back, so that it is diagnosed like any other.
"""

from datetime import datetime

from deliveries.models import DeliveryAttempt, DeliveryEvent, Message
from deliveries.models import EventKind as Happened
from triage.models import FailureReport, Origin, Symptom


def file_attempt(message: Message, attempt: DeliveryAttempt, now: datetime) -> None:
    """File the failure of a try of ours."""
    report = _blank(message, now)
    report.provider = attempt.route.provider.slug
    report.provider_code = attempt.reply_code
    report.enhanced_code = attempt.enhanced_code
    report.provider_answer = attempt.raw_answer
    report.occurred_at = attempt.finished_at or now
    report.save()


def file_event(message: Message, event: DeliveryEvent, now: datetime) -> None:
    """File a failure that a receipt or a returned mail tells of."""
    report = _blank(message, now)
    report.provider = provider_of(message, event)
    report.provider_code = event.reply_code
    report.enhanced_code = event.enhanced_code
    report.provider_answer = event.answer
    report.occurred_at = event.occurred_at
    report.save()


def provider_of(message: Message, event: DeliveryEvent) -> str:
    """Name the provider that an event is about; a returned mail names none itself."""
    provider = event.provider or message.provider
    return provider.slug if provider is not None else ""


def is_vouched_for(report: FailureReport) -> bool:
    """Say whether anybody is known to stand behind a failure.

    A source answers for what it reports. What the machine filed may come from a mail
    that anybody could have written, unless a provider refused or bounced it.
    """
    message = report.message
    if report.origin != Origin.MACHINE or message is None:
        return True
    bounces = message.events.filter(kind=Happened.BOUNCED)
    return bounces.filter(trusted=True).exists() or not bounces.exists()


def _blank(message: Message, now: datetime) -> FailureReport:
    return FailureReport(
        source_id=message.source_id,
        origin=Origin.MACHINE,
        message=message,
        recipient_id=message.recipient_id,
        channel=message.channel,
        purpose=message.purpose,
        symptom=Symptom.FAILED_ERROR,
        region=message.region,
        expires_at=message.expires_at,
        due_at=now,
    )
