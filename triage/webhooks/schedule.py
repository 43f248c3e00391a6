"""When is an endpoint that did not take a delivery tried again? Pure."""

import random
from datetime import timedelta

# The waits before each further try; after the last one the delivery is given up.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
JITTER = 0.25  # of a wait that is added at most, so that tries do not come in waves
LONGEST_ASKED = timedelta(hours=24)  # of a Retry-After that is honoured
FAILING_FOR = timedelta(days=5)  # without one success, then an endpoint is disabled
SHORTEST_HOLD = timedelta(minutes=1)
LONGEST_HOLD = timedelta(hours=1)


def wait_after(
    misses: int, retry_after_s: int | None, rng: random.Random
) -> timedelta | None:
    """Return how long to wait after so many misses in a row (from 1); None: give up.

    A longer wait that the endpoint asked for wins, up to 24 hours.
    """
    if misses > len(WAITS):
        return None
    wait = WAITS[misses - 1]
    wait += wait * JITTER * rng.random()
    return max(wait, asked(retry_after_s))


def asked(retry_after_s: int | None) -> timedelta:
    """Return the wait that the endpoint asked for, as far as it is honoured."""
    return min(timedelta(seconds=retry_after_s or 0), LONGEST_ASKED)


def hold(failing_for: timedelta) -> timedelta:
    """Return how long an endpoint that does not answer holds its other deliveries.

    The longer it fails, the less often it may take the time of the others.
    """
    return min(max(failing_for, SHORTEST_HOLD), LONGEST_HOLD)
