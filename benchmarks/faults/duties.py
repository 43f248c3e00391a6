"""What does a worker do, over and over, until it is killed?

The same calls as the tasks of Celery, in one loop, so that only the rows decide what
becomes of the work.
"""

import logging
import os
import random
import time
from collections.abc import Callable

from django.db import OperationalError, connection
from django.utils import timezone

from deliveries import resend, sending
from triage import pipeline, poison, repair

IDLE_S = 0.05
CHUNK = 40  # tries a turn, so that every duty has one soon

log = logging.getLogger(__name__)


def work() -> None:
    """Do what is due, in an order of its own each time."""
    duties: list[Callable[[], int]] = [
        lambda: sending.send_due(CHUNK),
        lambda: resend.advance_due(timezone.now()),
        lambda: sending.follow_delegated(timezone.now()),
        lambda: repair.follow_up_due(timezone.now()),
        lambda: pipeline.digest_due(timezone.now()),
        lambda: poison.park_exhausted(timezone.now()),
    ]
    order = random.Random(os.getpid())
    while True:
        order.shuffle(duties)
        try:
            done = sum(duty() for duty in duties)
        except OperationalError:
            # A deadlock or a lost connection ends a task of Celery, not its worker.
            log.exception("A turn was broken off.")
            connection.close()
            done = 0
        if not done:
            time.sleep(IDLE_S)
