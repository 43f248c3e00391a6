"""Which claimed tries may be made together, and in which order?"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from deliveries import breaker
from deliveries.models import AttemptCause, Dedup, DeliveryAttempt, Outcome


def groups(
    chunk: Sequence[DeliveryAttempt], now: datetime
) -> list[list[DeliveryAttempt]]:
    """Sort claimed tries into those that go together and those that go alone.

    A try that may have killed its worker must not take others with it again: it comes
    last, after those that were claimed less often, and counts as tried when its turn
    comes.
    """
    shut = breaker.shut_routes(now) if len(chunk) > 1 else frozenset()
    suspects = [each for each in chunk if is_suspect(each)]
    if len(suspects) > 1:
        DeliveryAttempt.objects.held(suspects).update(tries=F("tries") - 1)
    together: dict[int, list[DeliveryAttempt]] = {}
    alone: list[DeliveryAttempt] = []
    for attempt in chunk:
        if is_suspect(attempt):
            continue
        if _may_go_together(attempt) and attempt.route_id not in shut:
            together.setdefault(attempt.route_id, []).append(attempt)
        else:
            alone.append(attempt)
    alone += sorted(suspects, key=lambda attempt: attempt.tries)
    return [*together.values(), *([attempt] for attempt in alone)]


def is_suspect(attempt: DeliveryAttempt) -> bool:
    """Say whether a worker has claimed a try before and not come to its end."""
    return attempt.tries > 1 or is_begun(attempt)


def is_begun(attempt: DeliveryAttempt) -> bool:
    """Say whether a try may have been made before."""
    return attempt.outcome != Outcome.PLANNED


def count(attempt: DeliveryAttempt) -> None:
    """Count the claim of a try that was set apart, now that its turn has come."""
    DeliveryAttempt.objects.held([attempt]).update(tries=attempt.tries)


def _may_go_together(attempt: DeliveryAttempt) -> bool:
    """Say whether a crash after the beginning makes nothing of a try uncertain.

    A bulk resend asks its stopping rule before each call, and is in no hurry.
    """
    knows_keys = attempt.route.provider.dedup == Dedup.KEY
    return knows_keys and attempt.cause != AttemptCause.BULK
