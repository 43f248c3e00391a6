"""Who reports a failure that nobody has reported? The machine does."""

from datetime import datetime

from deliveries.models import DeliveryAttempt, Message
from triage.models import FailureReport, Origin, Symptom


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
