"""Was anything lost, sent twice, or forgotten? The ledger against the database.

**Lost**: a message of which we say that it went though nobody received it, or that it
did not go though somebody did; and an uncertain one that nobody was asked about.
**Twice**: sends of a message beyond its first. **Stuck**: after the drain a message, a
try, or any row of later work that has neither come to an end nor is ever due.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from django.db import connection, transaction

from benchmarks.faults.provider import Provider
from deliveries.gate import RUNNING
from deliveries.models import (
    DELEGATED_OPEN,
    ChangeKind,
    DelegatedSend,
    DeliveryAttempt,
    FactChange,
    ItemState,
    Message,
    MessageState,
    Outcome,
    ResendItem,
    ResendOperation,
)
from triage.models import FailureReport

S = MessageState
WENT = (S.DELIVERED, S.ACCEPTED)
DID_NOT = (S.FAILED, S.CANCELLED, S.EXPIRED)


@dataclass(slots=True)
class Reckoning:
    """What one scenario came to; ``figures`` are its own, beside what all have."""

    lost: int = 0
    double_sent: int = 0
    stuck: int = 0
    unclear: int = 0
    asked: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)  # what was promised and not kept

    def __iadd__(self, other: "Reckoning") -> Self:
        for name in ("lost", "double_sent", "stuck", "unclear", "asked"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults += other.faults
        return self

    def promise(self, text: str, kept: bool) -> None:  # noqa: FBT001
        """Note a promise of the scenario that was not kept."""
        if not kept:
            self.faults.append(text)


def sends_of(provider: Provider, message: Message) -> int:
    """How often the recipient of a message would have received it.

    A source's own gateway knows a message by the source's own name for it.
    """
    return provider.sends_of(message.public_id) + provider.sends_of(message.external_id)


def reckon(messages: Sequence[Message], provider: Provider) -> Reckoning:
    """Compare what we say of messages with what became of them."""
    ids = [message.pk for message in messages]
    tries = DeliveryAttempt.objects.filter(message__in=ids)
    unclear = dict(tries.filter(outcome=Outcome.UNCLEAR).values_list("pk", "message"))
    asked = _asked(tries.filter(pk__in=unclear))
    kinds = Counter[str]()
    for message in Message.objects.filter(pk__in=ids).iterator():
        sends = sends_of(provider, message)
        kinds["double_sent"] += max(0, sends - 1)
        if (message.state in WENT and not sends) or (
            message.state in DID_NOT and sends
        ):
            kinds["lost"] += 1
        elif message.state not in (*WENT, *DID_NOT, S.UNKNOWN):
            kinds["stuck"] += 1
    rows = left(ids)
    found = Reckoning(
        lost=kinds["lost"] + len(unclear) - len(asked),
        double_sent=kinds["double_sent"],
        stuck=kinds["stuck"] + sum(rows.values()),
        unclear=len(unclear),
        asked=len(asked),
    )
    found.promise(f"everything comes to an end, but {rows} did not", not rows)
    return found


def _asked(unclear: Iterable[DeliveryAttempt]) -> set[int]:
    """Return the tries whose uncertainty was told, and is on somebody's desk."""
    found = set()
    for attempt in unclear:
        told = FactChange.objects.filter(
            kind=ChangeKind.ATTEMPT_FINISHED,
            message=attempt.message_id,
            attempt_n=attempt.n,
        )
        reports = FailureReport.objects.filter(
            message=attempt.message_id, ticket__isnull=False
        )
        if told.exists() and reports.exists():
            found.add(attempt.pk)
    return found


def left(ids: Sequence[int]) -> dict[str, int]:
    """Count what has not come to an end, by its kind; nothing is in it once all has."""
    changes = FactChange.objects.filter(message__in=ids)
    sends = DelegatedSend.objects.filter(attempt__message__in=ids)
    items = ResendItem.objects.filter(message__in=ids)
    operations = ResendOperation.objects.filter(items__message__in=ids).distinct()
    rows = {
        "tries": DeliveryAttempt.objects.filter(message__in=ids, outcome__in=RUNNING),
        "reports": FailureReport.objects.filter(message__in=ids, due_at__isnull=False),
        "changes": changes.filter(due_at__isnull=False),
        "parked changes": changes.filter(parked_at__isnull=False),
        "delegated sends": sends.filter(state__in=DELEGATED_OPEN),
        "items": items.filter(state__in=(ItemState.PLANNED, ItemState.CLAIMED)),
        "operations": operations.filter(due_at__isnull=False),
        "parked operations": operations.filter(parked_at__isnull=False),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # One look at everything: work moves from one table to the next meanwhile.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        counted = {name: each.count() for name, each in rows.items()}
    return {name: count for name, count in counted.items() if count}
