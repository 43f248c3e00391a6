"""How does the demo stay alive: who sends, what fails, and who delivers in the end?"""

import logging
import random
from datetime import datetime, timedelta
from threading import Event

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from deliveries import bell
from deliveries.models import Purpose
from triage.demo import cases, day, world
from triage.demo.loopback import Loopback
from triage.demo.telling import tell

log = logging.getLogger(__name__)

PAUSE_S = 6.0  # between two failures: lively, yet at most 14,400 a day
CODE_LIFETIME = timedelta(minutes=15)
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


def run(stop: Event, rng: random.Random) -> None:
    """Deliver as the provider, and let a message fail now and then, until ``stop``."""
    with _provider() as provider:
        world.point_at(provider.port)
        while not stop.wait(PAUSE_S):
            try:
                fail_once(timezone.now(), rng)
            except (InterfaceError, OperationalError):
                # The database starts again; the next failure will be reported.
                log.warning("The database is away.")
                connection.close()


def fail_once(now: datetime, rng: random.Random) -> None:
    """Let one message of a random case fail for somebody new, and ring."""
    case = rng.choice([each for each in cases.load() if each.slug not in day.SOLVED])
    person = f"{rng.choice(GIVEN)}.{rng.choice(FAMILY)}{rng.randrange(100)}"
    name = f"live-{now:%m%d%H%M%S}-{rng.randrange(10**6):06}"
    urgent = case.purpose is Purpose.SECURITY
    tell(case, name, person, now, now + CODE_LIFETIME if urgent else None)
    bell.ring(DIAGNOSE)


def _provider() -> Loopback:
    """The provider at its own port, or at a free one if somebody else has that."""
    try:
        return Loopback(world.PORT)
    except OSError:
        return Loopback()
