"""Does anybody lose a message, or get it twice, when workers are killed all the time?

Over three kinds of provider at once: one that knows a key again, one that remembers
nothing, and a source that makes its sends itself and is killed as well. Half of the
kills come while the provider has taken a message and has not answered yet.
"""

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults import world
from benchmarks.faults.crew import Crew
from benchmarks.faults.provider import Lane, Provider
from benchmarks.faults.reckoning import Reckoning, reckon
from benchmarks.faults.shift import SEND, WORK, Shift
from deliveries.models import Dedup, DeliveryAttempt, Message, Outcome

KEYED, FORGETFUL, OWN = "keyed", "forgetful", "own"
NOT_AFTER = 0.9  # of the sends: some end unclear and are never made
LOSES_NOTES = 0.1  # of the deaths of a source's process


@dataclass(frozen=True, slots=True)
class Size:
    """How many sends and kills, and who works."""

    messages: int
    kills: int
    seed: int
    workers: int = 2
    systems: int = 2
    real_time: bool = False


def run(size: Size) -> Reckoning:
    """Send and kill; every uncertain send is asked about."""
    world.begin()
    rng = random.Random(size.seed)
    lanes = {
        KEYED: Lane(),
        FORGETFUL: Lane(remembers=False),
        OWN: Lane(remembers=False),
    }
    with (
        tempfile.TemporaryDirectory() as notes,
        Provider(lanes) as provider,
        Crew() as crew,
    ):
        messages, systems = _world(provider, size, Path(notes), rng)
        jobs = [WORK] * size.workers + systems
        shift = Shift(crew, provider, messages, jobs, size.real_time)
        shift.begin()
        began = time.monotonic()
        kills = _kill(shift, size, rng)
        shift.drain()
        found = reckon(messages, provider)
        found.figures = _figures(messages, kills, time.monotonic() - began)
        found.promise("nobody ends who is not killed", not crew.fallen())
    found.promise("every kill was made", sum(kills) == size.kills)
    found.promise("every uncertain send is asked about", found.asked == found.unclear)
    ours = int(found.figures["unclear_of_ours"])
    found.promise("no more of ours is uncertain than was killed", ours <= kills[0])
    return found


def _world(
    provider: Provider, size: Size, notes: Path, rng: random.Random
) -> tuple[list[Message], list[tuple[str, ...]]]:
    """Plan the sends, in no order; return them and the jobs of the source."""
    ours, own = world.a_source(), world.a_source(delegated=True)
    keyed = world.a_route(provider.url(KEYED))
    forgetful = world.a_route(provider.url(FORGETFUL), dedup=Dedup.NONE)
    third = size.messages // 3
    unreported = third // 10
    routes = [keyed] * third + [forgetful] * third
    made = world.failed(ours, 2 * third, unreported=unreported)
    pairs = list(zip(made, routes, strict=True))
    # Their route is only a hint: what went over it would be seen in the ledger.
    delegated = world.failed(own, size.messages - 2 * third, unreported=unreported)
    pairs += [(message, keyed) for message in delegated]
    rng.shuffle(pairs)
    messages = [message for message, _ in pairs]
    world.due(messages, [route for _, route in pairs])
    systems: list[tuple[str, ...]] = [
        (
            SEND,
            world.a_key(own),
            str(notes / str(n)),
            provider.url(OWN),
            f"{size.seed}/{n}",
        )
        for n in range(size.systems)
    ]
    return messages, systems


def _kill(shift: Shift, size: Size, rng: random.Random) -> tuple[int, int]:
    """Kill at chosen sends; return how many workers and how many of the source's."""
    kills = [0, 0]
    last = int(NOT_AFTER * size.messages)
    for lane in shift.moments(sorted(rng.sample(range(1, last), size.kills)), rng):
        place = rng.choice(_victims(size, lane))
        shift.kill(place)
        of_source = place >= size.workers
        kills[of_source] += 1
        if of_source and rng.random() < LOSES_NOTES:
            Path(shift.jobs[place][2]).unlink(missing_ok=True)
    return kills[0], kills[1]


def _victims(size: Size, lane: str | None) -> range:
    """Say whose places among the jobs may wait for the answer of a lane."""
    everybody = size.workers + size.systems
    if lane is None:
        return range(everybody)
    return range(size.workers, everybody) if lane == OWN else range(size.workers)


def _figures(
    messages: Sequence[Message], kills: tuple[int, int], seconds: float
) -> dict[str, float]:
    tries = DeliveryAttempt.objects.filter(message__in=messages)
    unclear = tries.filter(outcome=Outcome.UNCLEAR)
    return {
        "sends": len(messages),
        "kills": sum(kills),
        "kills_of_workers": kills[0],
        "kills_of_the_source": kills[1],
        "unclear_of_ours": unclear.filter(delegated=None).count(),
        "unclear_of_the_source": unclear.exclude(delegated=None).count(),
        "given_up": tries.filter(parked_at__isnull=False).count(),
        "seconds": round(seconds),
    }
