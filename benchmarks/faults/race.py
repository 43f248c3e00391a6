"""Do two people and two workers who race for one message send it once?

Three kinds of race take turns: both people press *send again* on each message at the
same moment; both plan and start a bulk resend of all of them; one of each.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from benchmarks.faults import world
from benchmarks.faults.crew import Crew
from benchmarks.faults.provider import Lane, Provider
from benchmarks.faults.reckoning import Reckoning, reckon
from benchmarks.faults.shift import WORK, Shift
from deliveries import resend, routing, sending
from deliveries.models import AttemptCause, Message

LANE = "forgetful"  # a second send would be seen
RATE_PER_S = 100.0
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Size:
    """How many messages, how often, and who works."""

    messages: int
    rounds: int
    workers: int = 2
    real_time: bool = False


def run(size: Size) -> Reckoning:
    """Race over new messages in every round."""
    world.begin()
    found = Reckoning()
    pressed = 0
    lane = Lane(remembers=False)
    began = time.monotonic()
    with Provider({LANE: lane}) as provider, Crew() as crew:
        world.a_route(provider.url(LANE))
        shift = Shift(crew, provider, [], [WORK] * size.workers, size.real_time)
        shift.begin()
        for nth in range(size.rounds):
            messages = world.failed(world.a_source(), size.messages)
            world.with_people(messages)
            pressed += sum(_race(messages, *RACES[nth % len(RACES)]))
            shift.messages = messages
            shift.drain()
            found += reckon(messages, provider)
            once = all(lane.sends[each.public_id] == 1 for each in messages)
            found.promise("one send each", once)
    found.figures = {
        "messages": size.messages,
        "rounds": size.rounds,
        "decisions_to_send": pressed,
        "sends": lane.sends.total(),
        "seconds": round(time.monotonic() - began),
    }
    return found


Person = Callable[[Sequence[Message], threading.Barrier], int]


def _race(messages: Sequence[Message], first: Person, second: Person) -> list[int]:
    """Let two people act at once; return how many messages each was to have sent."""
    side_by_side = first is second
    # Who plans in bulk has no pace that a neighbour could keep.
    barrier = threading.Barrier(2 if side_by_side else 1)

    def act(person: Person) -> int:
        try:
            return person(messages, barrier)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        return list(people.map(act, (first, second), timeout=PATIENCE_S))


def _press(messages: Sequence[Message], barrier: threading.Barrier) -> int:
    """Send one message after the other again, as the button of a ticket does."""
    sent = 0
    for message in messages:
        barrier.wait(PATIENCE_S)
        now = timezone.now()
        route = routing.next_route(message, now=now)
        if route is None:
            continue
        try:
            sending.plan(message, route=route, cause=AttemptCause.AGENT, at=now)
        except (sending.Outstanding, sending.NotSendable):
            continue
        sent += 1
    return sent


def _plan(messages: Sequence[Message], barrier: threading.Barrier) -> int:
    """Plan and start a bulk resend of all messages."""
    person = world.a_person()
    order = resend.Order(
        selection={world.CAUSE: [message.pk for message in messages]},
        queue_ids=[1],
        canary_size=len(messages),
        ramp=[len(messages)],
        rate_per_s=RATE_PER_S,
    )
    operation = resend.draft(order, person_id=person.pk, resend_limit=len(messages))
    barrier.wait(PATIENCE_S)
    resend.plan(operation.pk, timezone.now)
    operation.refresh_from_db()
    if operation.n_planned:
        resend.start(operation.pk, person.pk, timezone.now())
    return operation.n_planned


RACES = ((_press, _press), (_plan, _plan), (_press, _plan))
