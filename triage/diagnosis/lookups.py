"""What do our tables hold about a batch of reports? Each question is asked once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models.functions import Right

from deliveries.models import (
    DeliveryAttempt,
    Message,
    MessageState,
    Route,
    Suppression,
)
from triage.diagnosis import surge
from triage.diagnosis.evidence import Siblings
from triage.diagnosis.surge import Place
from triage.models import FailureReport, LogBundle, LogKind

LOG_TAIL = 4_000  # characters; the error stands at the end of a log
REACHABLE = timedelta(days=90)  # an address that worked longer ago may be gone


@dataclass(frozen=True, slots=True)
class Known:
    """What was found, by the primary key of the message or the report."""

    suppressed: frozenset[int] = frozenset()
    superseded: frozenset[int] = frozenset()
    arrived_before: frozenset[int] = frozenset()
    attempts: dict[int, list[DeliveryAttempt]] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    logs: dict[int, str] = field(default_factory=dict)
    siblings: dict[Place, Siblings] = field(default_factory=dict)

    def attempts_of(self, report: FailureReport) -> list[DeliveryAttempt]:
        """Return every try of the report's message, the first one first."""
        return self.attempts.get(report.message_id or 0, [])


def of(reports: Sequence[FailureReport], now: datetime) -> Known:
    """Look everything up that belongs to these reports and their messages."""
    messages = [report.message for report in reports if report.message is not None]
    attempts = _attempts(messages)
    return Known(
        suppressed=_suppressed(messages, now),
        superseded=_superseded(messages),
        arrived_before=_arrived_before(messages, now),
        attempts=attempts,
        routes=_routes(messages),
        logs=_logs(reports),
        siblings=surge.at(_places(reports, attempts), now),
    )


def _places(
    reports: Sequence[FailureReport], attempts: Mapping[int, list[DeliveryAttempt]]
) -> list[Place]:
    """Where the reports and their tries failed."""
    places = set()
    for report in reports:
        tries = attempts.get(report.message_id or 0, [])
        for provider in {
            report.provider,
            *(each.route.provider.slug for each in tries),
        }:
            if provider:
                places.add((report.channel, provider, report.region))
    return sorted(places)


def _suppressed(messages: Sequence[Message], now: datetime) -> frozenset[int]:
    """Messages whose address has an active order not to send for their purpose."""
    pseudonyms = {each.address.pseudonym for each in messages if each.address}
    if not pseudonyms:
        return frozenset()
    orders = Suppression.objects.active(now).filter(pseudonym__in=pseudonyms)
    active = {
        (each.source_id, each.channel, each.pseudonym, each.purpose) for each in orders
    }
    return frozenset(
        each.pk
        for each in messages
        if each.address is not None
        and any(
            (each.source_id, each.channel, each.address.pseudonym, purpose) in active
            for purpose in (None, each.purpose)
        )
    )


def _superseded(messages: Sequence[Message]) -> frozenset[int]:
    if not messages:
        return frozenset()
    newer = Message.objects.filter(supersedes__in=[each.pk for each in messages])
    replaced = newer.values_list("supersedes", flat=True)
    return frozenset(pk for pk in replaced if pk is not None)


def _arrived_before(messages: Sequence[Message], now: datetime) -> frozenset[int]:
    """Messages to whose address another one has come through."""
    addresses = {each.address_id for each in messages if each.address_id}
    if not addresses:
        return frozenset()
    arrived = Message.objects.filter(
        address__in=addresses,
        state=MessageState.DELIVERED,
        created_at__gte=now - REACHABLE,
    )
    by_address: dict[int, set[int]] = defaultdict(set)
    for address, pk in arrived.values_list("address", "pk"):
        by_address[address].add(pk)
    return frozenset(
        each.pk
        for each in messages
        if by_address.get(each.address_id or 0, set()) - {each.pk}
    )


def _attempts(messages: Sequence[Message]) -> dict[int, list[DeliveryAttempt]]:
    if not messages:
        return {}
    rows = DeliveryAttempt.objects.filter(message__in=[each.pk for each in messages])
    found: dict[int, list[DeliveryAttempt]] = defaultdict(list)
    for attempt in rows.select_related("route__provider").order_by("n"):
        found[attempt.message_id].append(attempt)
    return found


def _routes(messages: Sequence[Message]) -> tuple[Route, ...]:
    channels = {each.channel for each in messages}
    if not channels:
        return ()
    rows = Route.objects.filter(enabled=True, provider__enabled=True)
    return tuple(rows.filter(channel__in=channels))


def _logs(reports: Sequence[FailureReport]) -> dict[int, str]:
    """The end of the client's log, where no answer tells anything."""
    silent = [each.pk for each in reports if not each.provider_answer.strip()]
    if not silent:
        return {}
    rows = LogBundle.objects.filter(report__in=silent, kind=LogKind.CLIENT)
    return dict(
        rows.order_by("pk")
        .annotate(tail=Right("text", LOG_TAIL))
        .values_list("report", "tail")
    )
