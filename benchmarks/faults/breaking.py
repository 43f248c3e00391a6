"""How much goes out when a provider breaks in the middle of a bulk resend?

At most the canary and one step of the ramp after it broke, whoever is killed meanwhile.
"""

import random
import time
from dataclasses import dataclass

from django.utils import timezone

from benchmarks.faults import world
from benchmarks.faults.crew import Crew
from benchmarks.faults.provider import Lane, Provider
from benchmarks.faults.reckoning import Reckoning, reckon
from benchmarks.faults.shift import WORK, Shift
from deliveries import resend
from deliveries.models import Message, ResendOperation, ResendState

LANE = "breaks"
RATE_PER_S = 100.0


@dataclass(frozen=True, slots=True)
class Size:
    """How many messages, from which request on nothing is taken, and who works.

    ``kills`` are made in the first half of what comes before that.
    """

    messages: int
    breaks_at: int
    canary: int
    ramp: tuple[int, ...]
    kills: int
    seed: int
    workers: int = 2
    real_time: bool = False


def run(size: Size) -> Reckoning:
    """Send in bulk until the provider breaks, and see that it stops by itself."""
    world.begin()
    rng = random.Random(size.seed)
    lane = Lane(takes=lambda nth: nth < size.breaks_at)
    with Provider({LANE: lane}) as provider, Crew() as crew:
        world.a_route(provider.url(LANE))
        messages = world.failed(world.a_source(), size.messages)
        world.with_people(messages)
        operation = _started(messages, size)
        shift = Shift(crew, provider, messages, [WORK] * size.workers, size.real_time)
        shift.begin()
        began = time.monotonic()
        kills = 0
        # A killed worker's request may come again: fewer are sent than are asked for.
        sends = sorted(rng.sample(range(1, size.breaks_at // 2), size.kills))
        for _lane in shift.moments(sends, rng, between=0):
            shift.kill(rng.randrange(size.workers))
            kills += 1
        shift.drain()
        found = reckon(messages, provider)
    operation.refresh_from_db()
    found.figures = {
        "messages": size.messages,
        "breaks_at": size.breaks_at,
        "kills": kills,
        "went_out": lane.sends.total(),
        "handed_over_after": lane.refused,
        "canary_and_step": size.canary + max(size.ramp),
        "seconds": round(time.monotonic() - began),
    }
    most = size.canary + max(size.ramp)
    found.promise("every kill was made", kills == size.kills)
    found.promise("it broke in the middle", lane.refused > 0)
    found.promise("at most canary and one step go out", lane.refused <= most)
    found.promise("it stopped by itself", operation.state == ResendState.ABORTED)
    return found


def _started(messages: list[Message], size: Size) -> ResendOperation:
    person = world.a_person()
    order = resend.Order(
        selection={world.CAUSE: [message.pk for message in messages]},
        queue_ids=[1],
        canary_size=size.canary,
        ramp=size.ramp,
        rate_per_s=RATE_PER_S,
    )
    operation = resend.draft(order, person_id=person.pk, resend_limit=size.messages)
    resend.plan(operation.pk, timezone.now)
    resend.start(operation.pk, person.pk, timezone.now())
    return operation
