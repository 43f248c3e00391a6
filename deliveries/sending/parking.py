"""What becomes of a try that three workers could not end?"""

from datetime import datetime

from django.db import transaction

from deliveries.leases import LeaseLost
from deliveries.models import DeliveryAttempt, Message, Outcome
from deliveries.sending import recording

CRASHED = "crashed"  # the code of a try that was never made


def park_exhausted(limit: int, now: datetime) -> int:
    """End tries that three claims could not end, so that a person looks at them."""
    parked = 0
    for attempt in DeliveryAttempt.objects.exhausted(limit):
        try:
            with transaction.atomic():
                message = Message.objects.select_for_update().get(pk=attempt.message_id)
                if attempt.outcome == Outcome.UNCLEAR:  # nobody answers: a person does
                    DeliveryAttempt.objects.settle(attempt, parked_at=now)
                elif attempt.outcome == Outcome.SENDING:
                    recording.end(
                        message, attempt, recording.SILENCE, now, parked_at=now
                    )
                else:
                    recording.cancel(message, attempt, (CRASHED,), now, parked_at=now)
        except LeaseLost:
            continue
        parked += 1
    return parked
