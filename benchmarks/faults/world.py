"""Which messages are sent again in the scenarios, by whom, and who is told?"""

from collections.abc import Sequence
from itertools import count
from secrets import token_hex

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from deliveries.models import (
    Adapter,
    AttemptCause,
    ChannelKind,
    Dedup,
    DeliveryAttempt,
    EvidenceLevel,
    FailureCategory,
    Message,
    MessageState,
    Provider,
    Purpose,
    ResendMode,
    Route,
    Scope,
    Source,
    issue_key,
)
from triage import grouping, tickets
from triage.models import FailureReport, Origin, ReportState, Symptom

CAUSE = "server.unavailable"  # safe to send again
CHANNEL = ChannelKind.WEBHOOK
CHUNK = 500
GROUPS = 50
# No limit of a sending system is the subject here.
RATES = {"reads": 10**8, "reports": 10**8}
_names = count(1)


def begin() -> None:
    """Let nothing be sent over what another scenario left."""
    Route.objects.update(enabled=False)


def a_source(*, delegated: bool = False) -> Source:
    """A new source, which sends itself or lets us send."""
    slug = f"source-{token_hex(4)}"
    mode = ResendMode.DELEGATED if delegated else ResendMode.OURS
    row: Source = Source.objects.create(
        slug=slug, name=slug, resend_mode=mode, limits=RATES
    )
    return row


def a_key(source: Source) -> str:
    """A key with which a process of the source takes part in resends."""
    scopes: list[str] = [Scope.RESEND_ACK.value]
    return issue_key(source, f"process {next(_names)}", scopes)[1]


def a_person() -> User:
    """Somebody who may send any number in one go, with what the scenarios pass."""
    return User.objects.create_user(f"person-{token_hex(4)}")


def a_route(
    address: str,
    *,
    dedup: Dedup = Dedup.KEY,
    position: int = 1,
    channel: ChannelKind = CHANNEL,
) -> Route:
    """A route over a new provider at an address."""
    slug = f"provider-{token_hex(4)}"
    provider = Provider.objects.create(
        slug=slug,
        name=slug,
        channel=channel,
        adapter=Adapter.WEBHOOK,
        address=address,
        dedup=dedup,
        attainable_level=EvidenceLevel.DELIVERED,
    )
    row: Route = Route.objects.create(
        channel=channel, provider=provider, position=position
    )
    return row


def failed(source: Source, size: int, *, unreported: int = 0) -> list[Message]:
    """Messages that have failed once, reported and being mended.

    The ``unreported`` last ones were reported by nobody.
    """
    made: list[Message] = []
    while left := min(CHUNK, size - len(made)):
        with transaction.atomic():
            rows = Message.objects.bulk_create(_message(source) for _ in range(left))
            _report(rows[: max(0, size - unreported - len(made))])
        made += rows
    return made


def _message(source: Source) -> Message:
    return Message(
        source=source,
        external_id=f"m-{token_hex(4)}-{next(_names)}",
        channel=CHANNEL,
        purpose=Purpose.TRANSACTIONAL,
        state=MessageState.FAILED,
        needed_level=EvidenceLevel.DELIVERED,
    )


def _report(messages: Sequence[Message]) -> None:
    """Let each message be reported, judged, and in the hands of the machine."""
    cause = FailureCategory.objects.get(slug=CAUSE)
    now = timezone.now()
    reports = [
        FailureReport(
            source=message.source,
            origin=Origin.CLIENT,
            message=message,
            reporter_pseudonym=token_hex(16),
            channel=message.channel,
            purpose=message.purpose,
            symptom=Symptom.FAILED_ERROR,
            # Over many groups, as a lock on one alone would put them in a row.
            provider=f"northpost-{message.pk % GROUPS}",
            provider_answer="503 Service unavailable",
            state=ReportState.REPAIRING,
            category=cause,
            occurred_at=now,
            received_at=now,
        )
        for message in messages
    ]
    grouping.join(reports)
    FailureReport.objects.bulk_create(reports)


def with_people(messages: Sequence[Message]) -> None:
    """Have people see the failures of messages: each is in a ticket from now on."""
    for at in range(0, len(messages), CHUNK):
        with transaction.atomic():
            part = messages[at : at + CHUNK]
            rows = FailureReport.objects.select_related("group", "source")
            reports = list(rows.filter(message__in=part))
            tickets.open_or_join(reports, timezone.now())


def due(messages: Sequence[Message], routes: Sequence[Route]) -> None:
    """Plan a try for each message, due now, the nth over the nth of the routes."""
    now = timezone.now()
    for at in range(0, len(messages), CHUNK):
        with transaction.atomic():
            part = list(zip(messages, routes, strict=True))[at : at + CHUNK]
            Message.objects.filter(pk__in=[message.pk for message, _ in part]).update(
                state=MessageState.RETRY_WAIT, generation=1, attempt_count=1
            )
            DeliveryAttempt.objects.bulk_create(
                DeliveryAttempt(
                    source_id=message.source_id,
                    message=message,
                    n=1,
                    route=route,
                    cause=AttemptCause.AUTO,
                    idempotency_key=f"{message.public_id}:1",
                    due_at=now,
                )
                for message, route in part
            )
