"""What became of each message of a bulk resend, and why was one left out?

One report for the page, the table and the API. Addresses are masked.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from deliveries.models import (
    DeliveryAttempt,
    ItemState,
    ResendItem,
    ResendOperation,
)

CHUNK = 1_000  # lines of the table fetched at a time
COLUMNS = (
    "reference",
    "public_id",
    "recipient",
    "channel",
    "cause",
    "state",
    "exclusion",
    "attempt",
    "provider",
    "code",
    "at",
)


def exclusions(operation: ResendOperation) -> dict[str, int]:
    """Count the messages that are left out, by the code of the reason."""
    rows = operation.items.filter(state=ItemState.EXCLUDED).order_by()
    return dict(rows.values_list("exclusion").annotate(n=Count("pk")))


def fetched(operation: ResendOperation) -> "QuerySet[ResendItem]":
    """The messages of an operation with what a line of the report shows."""
    return operation.items.select_related("message__address", "cause")


def rows_of(items: Sequence[ResendItem]) -> list[dict[str, Any]]:
    """Put what the provider answered beside each message, in one query."""
    attempts = DeliveryAttempt.objects.filter(
        resend_item__in=[item.pk for item in items]
    ).select_related("route__provider")
    made = {attempt.resend_item_id: attempt for attempt in attempts}
    return [_row(item, made.get(item.pk)) for item in items]


def _row(item: ResendItem, attempt: DeliveryAttempt | None) -> dict[str, Any]:
    message = item.message
    return {
        "reference": message.external_id,
        "public_id": message.public_id,
        "recipient": message.address.masked if message.address else "",
        "channel": message.channel,
        "channel_label": message.get_channel_display(),
        "cause": item.cause.slug if item.cause else "",
        "cause_label": item.cause.name if item.cause else "",
        "state": item.state,
        "state_label": item.get_state_display(),
        "exclusion": item.exclusion,
        "exclusion_label": item.get_exclusion_display() if item.exclusion else "",
        "attempt": item.attempt_n,
        "provider": attempt.route.provider.name if attempt else "",
        "code": attempt.reply_code if attempt else "",
        "at": item.finished_at,
    }


def table(operation: ResendOperation) -> Iterator[list[object]]:
    """Yield the head and every message of an operation, in chunks over the key."""
    yield list(COLUMNS)
    last = 0
    while items := list(fetched(operation).filter(pk__gt=last).order_by("pk")[:CHUNK]):
        for row in rows_of(items):
            row["at"] = row["at"].isoformat() if row["at"] else ""
            yield [row[name] for name in COLUMNS]
        last = items[-1].pk
