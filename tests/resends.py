"""How do tests plan a bulk resend and let it run, without waiting for any clock?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.utils import timezone

from deliveries import resend, sending
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    OVER,
    Adapter,
    DeliveryAttempt,
    EvidenceLevel,
    Message,
    ResendItem,
    ResendOperation,
    Route,
)
from deliveries.sending.running import Sender
from tests.factories import make_message, make_source
from tests.work import UNAVAILABLE

DELIVERED = Reply(ReplyKind.ACCEPTED, level=EvidenceLevel.DELIVERED, reply_code="200")
TAKEN = Reply(ReplyKind.ACCEPTED, level=EvidenceLevel.ACCEPTED, reply_code="202")
REFUSED = Reply(ReplyKind.REFUSED, reply_code="550", raw_answer="No such user.")
UNCLEAR = Reply(ReplyKind.UNCLEAR, reply_code="timeout")


@dataclass
class Carrier:
    """A provider that answers as its rule says, and remembers whom it was asked for.

    ``answer`` gets how many calls there were, this one included.
    """

    answer: Callable[[int], Reply] = lambda nth: DELIVERED
    dedup_window: timedelta = timedelta(hours=24)
    asked: list[int] = field(default_factory=list)

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        self.asked.append(message.pk)
        return self.answer(len(self.asked))


def make_failed(count: int, **changes: Any) -> list[Message]:
    """Messages of one source that have failed."""
    source = changes.pop("source", None) or make_source()
    return [make_message(source, **changes) for _ in range(count)]


def drafted(
    person: User,
    messages: Sequence[Message],
    *,
    cause: str = UNAVAILABLE,
    limit: int = 10_000,
    queues: Sequence[int] = (1,),
    **order: Any,
) -> ResendOperation:
    """A plan that nobody has judged yet."""
    selection = {cause: [message.pk for message in messages]}
    asked = resend.Order(selection=selection, queue_ids=queues, **order)
    return resend.draft(asked, person_id=person.pk, resend_limit=limit)


def planned(person: User, messages: Sequence[Message], **order: Any) -> ResendOperation:
    """A plan that is judged and frozen."""
    operation = drafted(person, messages, **order)
    resend.plan(operation.pk, timezone.now)
    return fresh(operation)


def started(person: User, messages: Sequence[Message], **order: Any) -> ResendOperation:
    """A bulk resend whose canary is due."""
    operation = planned(person, messages, rate_per_s=100.0, **order)
    resend.start(operation.pk, person.pk, timezone.now())
    return fresh(operation)


def fresh(operation: ResendOperation) -> ResendOperation:
    """The operation as it is now."""
    return ResendOperation.objects.get(pk=operation.pk)


def let_leases_end() -> None:
    """Make everything due that waits for its time."""
    ResendOperation.objects.filter(due_at__isnull=False).update(due_at=Now())
    DeliveryAttempt.objects.filter(due_at__isnull=False).update(due_at=Now())


def turn(carrier: Carrier, now: datetime | None = None) -> None:
    """One beat: the operation goes on, then what it planned is sent."""
    let_leases_end()
    resend.advance_due(now or timezone.now())
    let_leases_end()
    while Sender({Adapter.WEBHOOK: carrier}).run(1_000):
        pass


def run(operation: ResendOperation, carrier: Carrier, turns: int = 200) -> int:
    """Let it run until it is over and wound down; return how many beats it took.

    A minute passes with each, so that nothing waits for a diagnosis.
    """
    now = timezone.now()
    for beat in range(1, turns + 1):
        now += timedelta(minutes=1)
        turn(carrier, now)
        row = fresh(operation)
        if row.state in OVER and not row.n_planned and not row.n_claimed:
            return beat
    raise AssertionError(f"{fresh(operation).state} after {turns} beats")


def go_on() -> None:
    """Be a worker: take what is due until nothing is left to send.

    Only what waits for its next step is made due at once; leases are respected.
    """
    while ResendOperation.objects.exclude(state__in=OVER).exists():
        ready = ResendOperation.objects.filter(due_at__isnull=False, tries=0)
        ready.update(due_at=Now())
        resend.advance_due(timezone.now())
        sending.send_due()


def states(operation: ResendOperation) -> dict[str, int]:
    """How many items stand where, counted from the items."""
    found: dict[str, int] = {}
    for state in ResendItem.objects.filter(operation=operation).values_list(
        "state", flat=True
    ):
        found[state] = found.get(state, 0) + 1
    return found


def counted(operation: ResendOperation) -> dict[str, int]:
    """The same as the operation's own counters say."""
    row = fresh(operation)
    names = [each.name for each in row._meta.local_fields if each.name.startswith("n_")]
    pairs = {name.removeprefix("n_"): getattr(row, name) for name in names}
    return {name: n for name, n in pairs.items() if n and name != "needs_second_person"}
