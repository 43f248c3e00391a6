"""Did what a person did about a cause lift it, as far as the facts tell?

A remedy is never believed: each is checked against what happened after the failure.
"""

from datetime import datetime, timedelta

from django.db.models import Max

from deliveries import retry
from deliveries.models import (
    Consent,
    ConsentState,
    DeliveryAttempt,
    FailureCategory,
    Message,
    Outcome,
    Suppression,
)
from deliveries.retry import Remedy

# Those that can be checked; a new address or template is a new message of its source.
OFFERED = (
    Remedy.WAITED,
    Remedy.OTHER_ROUTE,
    Remedy.CONFIG_FIXED,
    Remedy.SUPPRESSION_LIFTED,
    Remedy.CONSENT_RENEWED,
    Remedy.HUMAN_JUDGEMENT,
)
# What may be edited before a resend; anything else is another message.
PATCHABLE = ("region", "expires_at")


def patched(message: Message, patch: dict[str, str]) -> Message:
    """Change a message in memory as the patch of an operation says."""
    if "region" in patch:
        message.region = patch["region"]
    if "expires_at" in patch:
        message.expires_at = datetime.fromisoformat(patch["expires_at"])
    return message


def failed_at(message: Message) -> tuple[datetime, int]:
    """Return when a message failed last, and the wait in seconds that was asked for.

    Without a try of our own it failed before we heard of it.
    """
    rows = message.attempts.filter(finished_at__isnull=False).order_by("-n")
    last = rows.values_list("finished_at", "retry_after_s").first()
    if last is None or last[0] is None:
        return message.created_at, 0
    return last[0], last[1] or 0


def is_lifted(
    message: Message, cause: FailureCategory | None, remedy: str, now: datetime
) -> bool:
    """Say whether nothing, or the remedy, lets the message be sent again.

    ``human_judgement`` and ``other_route`` hold as they are: the one is counted, the
    other is done by the resend itself.
    """
    if cause is not None:
        answer = retry.may_resend(
            cause.retry_class, cause.repair_policy, by_person=True
        )
        if answer.allowed:
            return True
    slug = cause.slug if cause else "unknown.unclassified"
    if not remedy or Remedy(remedy) not in retry.remedies(slug):
        return False
    since, retry_after_s = failed_at(message)
    match Remedy(remedy):
        case Remedy.WAITED:
            wait = max(retry.least_wait(slug), timedelta(seconds=retry_after_s))
            return now >= since + wait
        case Remedy.CONFIG_FIXED:
            return _was_accepted_after(message, since)
        case Remedy.SUPPRESSION_LIFTED:
            return _was_lifted_after(message, since)
        case Remedy.CONSENT_RENEWED:
            return _was_renewed_after(message, since)
        case Remedy.OTHER_ROUTE | Remedy.HUMAN_JUDGEMENT:
            return True
        case _:
            return False


def _was_accepted_after(message: Message, since: datetime) -> bool:
    """The provider has since taken another message of the source: it works again."""
    if message.provider_id is None:
        return False
    rows = DeliveryAttempt.objects.filter(
        source=message.source_id,
        route__provider=message.provider_id,
        outcome=Outcome.ACCEPTED,
        finished_at__gt=since,
    )
    return bool(rows.exists())


def _was_lifted_after(message: Message, since: datetime) -> bool:
    address = message.address
    if address is None:
        return False
    rows = Suppression.objects.filter(
        source=message.source_id,
        channel=message.channel,
        pseudonym=address.pseudonym,
    )
    lifted: datetime | None = rows.aggregate(at=Max("lifted_at"))["at"]
    return lifted is not None and lifted > since


def _was_renewed_after(message: Message, since: datetime) -> bool:
    rows = Consent.objects.filter(
        address=message.address_id,
        purpose=message.purpose,
        state=ConsentState.CONFIRMED,
        confirmed_at__gt=since,
    )
    return message.address_id is not None and rows.exists()
