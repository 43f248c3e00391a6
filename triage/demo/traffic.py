"""How does the demo stay alive: who sends, what fails, and who delivers in the end?"""

import logging
import random
import time
from datetime import datetime, timedelta
from threading import Event, Thread

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from deliveries import bell, routing, sending
from deliveries.models import AttemptCause, MessageState, Purpose, Source
from triage.demo import cases, day, messages, providers, simulator, world
from triage.demo.loopback import Loopback
from triage.demo.loopback.postman import Postman
from triage.demo.telling import tell
from triage.demo.tempo import Lane, Tempo

log = logging.getLogger(__name__)

TICK_S = 1.0
FAIL_EVERY = 6  # ticks between two failures: lively, yet at most 14,400 a day
CODE_LIFETIME = timedelta(minutes=15)
# Of anything else that is sent: after three retries there is time left for people.
LIFETIME = timedelta(minutes=30)
DIAGNOSE = "triage.tasks.diagnose_due"

# fmt: off
GIVEN = (
    "alba", "bruno", "carla", "deniz", "elif", "farah", "goran", "hanna", "ivo", "jana",
    "karim", "lucia", "milan", "noor", "otto", "paula", "rafa", "selma", "timo", "uma",
)
FAMILY = (
    "adler", "bianchi", "chen", "duarte", "eriksen", "fontaine", "garcia", "huang",
    "ibrahim", "jansen", "kowalski", "lim", "meyer", "nguyen", "okafor", "park", "qian",
    "rossi", "silva", "tanaka",
)
# fmt: on


def run(stop: Event, rng: random.Random, site: str = "") -> None:
    """Deliver as the providers, send, and let messages fail, until ``stop``.

    ``site`` is where the desk takes receipts, as ``http://127.0.0.1:8000``; without it
    none are sent.
    """
    postman = Postman({})
    with _provider(postman) as provider:
        providers.point_at(provider.port)
        if site:
            postman.hooks = providers.open_hooks(site)
        done = Event()
        rounds = Thread(target=postman.serve, args=(done,), name="postman")
        rounds.start()
        try:
            _send_until(stop, rng)
        finally:
            done.set()
            rounds.join()


def _send_until(stop: Event, rng: random.Random) -> None:
    tempo, ticks = Tempo(), 0
    while not stop.wait(TICK_S):
        ticks += 1
        try:
            send_due(tempo, time.monotonic(), rng)
            if ticks % FAIL_EVERY == 0:
                fail_once(timezone.now(), rng)
        except (InterfaceError, OperationalError):
            # The database starts again; the next failure will be reported.
            log.warning("The database is away.")
            connection.close()


def send_due(tempo: Tempo, now_s: float, rng: random.Random) -> int:
    """Send one message over each way whose turn it is; return how many."""
    behave = {
        each.slug: scenario
        for each in simulator.providers()
        if (scenario := providers.scenario_of(each)) is not None
    }
    lanes = tempo.due(behave, now_s)
    for lane in lanes:
        send_once(lane, timezone.now(), rng)
    return len(lanes)


def send_once(lane: Lane, now: datetime, rng: random.Random) -> None:
    """Send one message to somebody over a way; a worker makes the call."""
    urgent = lane.purpose is Purpose.SECURITY
    with transaction.atomic():
        message = messages.make(
            Source.objects.get(slug=lane.source),
            f"sent-{now:%m%d%H%M%S}-{rng.randrange(10**6):06}",
            f"{rng.choice(GIVEN)}.{rng.choice(FAMILY)}",
            channel=lane.channel,
            purpose=lane.purpose,
            locale=lane.locale,
            state=MessageState.QUEUED,
            region=lane.region,
            expires_at=now + (CODE_LIFETIME if urgent else LIFETIME),
        )
        route = routing.next_route(message, now=now)
        if route is not None:
            sending.plan(message, route=route, cause=AttemptCause.INITIAL, at=now)


def fail_once(now: datetime, rng: random.Random) -> None:
    """Let one message of a random case fail for somebody new, and ring."""
    case = rng.choice([each for each in cases.load() if each.slug not in day.SOLVED])
    person = f"{rng.choice(GIVEN)}.{rng.choice(FAMILY)}{rng.randrange(100)}"
    name = f"live-{now:%m%d%H%M%S}-{rng.randrange(10**6):06}"
    urgent = case.purpose is Purpose.SECURITY
    tell(case, name, person, now, now + CODE_LIFETIME if urgent else None)
    bell.ring(DIAGNOSE)


def _provider(postman: Postman) -> Loopback:
    """The provider at its own port, or at a free one if somebody else has that."""
    try:
        return Loopback(world.PORT, told=postman.tell)
    except OSError:
        return Loopback(told=postman.tell)
