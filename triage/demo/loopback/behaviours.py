"""What does a provider do with a message, and where is that written?

The first part of the path of its address says it, so that the demo and the tests choose
a behaviour by a row of the table of providers. Pure: clock and counts come in.
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

HOST = "127.0.0.1"
LOST_PERCENT = 30  # of the messages of a lossy provider, always the same ones
WINDOW_S, MOST_IN_WINDOW = 10, 3  # what a throttling provider takes
FLAP_S = 45.0  # a flapping provider is well for so long, and then down for as long


class Behaviour(StrEnum):
    """What the provider does with a message."""

    OK = "ok"  # takes it; the same key again gets the same answer and no second send
    DOWN = "outage"  # 503
    LIMITED = "throttle"  # 429 beyond a few messages in ten seconds
    LOSSY = "lossy"  # 500 for a fixed share of the messages, each time
    LYING = "lying"  # says yes, and drops it
    SLOW = "slow"  # takes it, and answers seconds later
    FLAPPING = "flapping"  # by turns well and down
    FORGETFUL = "forgetful"  # takes it as often as it comes, whatever the key
    THROTTLED = "throttled"  # "later" to the first try of a message, then takes it
    GATEWAY = "gateway"  # 502, and nobody knows
    MUTE = "mute"  # takes it, but answers the first try only when released
    HALF = "half"  # takes it, and breaks off in the middle of the answer


class Deed(StrEnum):
    """What becomes of one request."""

    TAKE = "take"
    DROP = "drop"  # answered like one that is taken
    LATER = "later"
    DOWN = "down"
    BREAK = "break"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Place:
    """What an address says: who listens there, how it behaves and whom it plays."""

    port: int
    behaviour: Behaviour
    dialect: str = ""
    slug: str = ""
    retry_after_s: int | None = None
    rest: str = ""  # what the adapter has added

    @property
    def url(self) -> str:
        """The address, without what an adapter adds."""
        wait = "" if self.retry_after_s is None else str(self.retry_after_s)
        parts = filter(None, (self.behaviour.value, wait, self.dialect, self.slug))
        return f"http://{HOST}:{self.port}/{'/'.join(parts)}/"


_PATH = re.compile(
    r"/(?P<behaviour>[a-z]+)"
    r"(?:/(?P<wait>[0-9]{1,6}))?"
    r"(?:/(?P<dialect>[a-z0-9_]+)/(?P<slug>[a-z0-9-]+))?"
    r"(?:/(?P<rest>.*))?"
)


def address(port: int, behaviour: Behaviour, retry_after_s: int | None = None) -> str:
    """The address at which the provider on a port behaves so."""
    return Place(port, behaviour, retry_after_s=retry_after_s).url


def place_of(url: str) -> Place | None:
    """Read an address; None if it is no provider's that follows a script."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    found = _PATH.fullmatch(parts.path)
    if parts.hostname != HOST or port is None or found is None:
        return None
    if found["behaviour"] not in {each.value for each in Behaviour}:
        return None
    return Place(
        port=port,
        behaviour=Behaviour(found["behaviour"]),
        dialect=found["dialect"] or "",
        slug=found["slug"] or "",
        retry_after_s=int(found["wait"]) if found["wait"] else None,
        rest=(found["rest"] or "").strip("/"),
    )


def deed(
    behaviour: Behaviour, *, message: str, nth: int, crowd: int, at_s: float
) -> Deed:
    """Say what becomes of the ``nth`` try of a message, counted from 1.

    ``crowd`` is how many requests came within ``WINDOW_S``, this one included;
    ``at_s`` is the time in seconds.
    """
    lost = zlib.crc32(message.encode()) % 100 < LOST_PERCENT
    down = int(at_s // FLAP_S) % 2 == 1
    deeds = {
        Behaviour.DOWN: Deed.DOWN,
        Behaviour.GATEWAY: Deed.GATEWAY,
        Behaviour.LYING: Deed.DROP,
        Behaviour.LOSSY: Deed.BREAK if lost else Deed.TAKE,
        Behaviour.FLAPPING: Deed.DOWN if down else Deed.TAKE,
        Behaviour.LIMITED: Deed.LATER if crowd > MOST_IN_WINDOW else Deed.TAKE,
        Behaviour.THROTTLED: Deed.LATER if nth == 1 else Deed.TAKE,
    }
    return deeds.get(behaviour, Deed.TAKE)
