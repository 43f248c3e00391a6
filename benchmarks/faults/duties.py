"""What does a worker do, over and over, until it is killed?

The same calls as the tasks of Celery, in one loop, so that only the rows decide what
becomes of the work.
"""

import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.utils import timezone

from deliveries import resend, sending
from triage import notices, pipeline, poison, repair

IDLE_S = 0.05
CHUNK = 40  # tries a turn, so that every duty has one soon
TURN = 7215  # a lock in the database, shared by all who are in the middle of a turn

log = logging.getLogger(__name__)


def work() -> None:
    """Do what is due about messages and reports."""
    _turns(
        lambda: sending.send_due(CHUNK),
        lambda: resend.advance_due(timezone.now()),
        lambda: sending.follow_delegated(timezone.now()),
        lambda: repair.follow_up_due(timezone.now()),
        lambda: pipeline.digest_due(timezone.now()),
        lambda: poison.park_exhausted(timezone.now()),
    )


def tell() -> None:
    """Tell reporters what became of their reports, and send what carries it."""
    _turns(
        lambda: notices.send_due(timezone.now(), CHUNK),
        lambda: notices.park_exhausted(timezone.now()),
        lambda: sending.send_due(CHUNK),
        lambda: repair.follow_up_due(timezone.now()),
    )


def _turns(*own: Callable[[], int]) -> None:
    """Do some duties for ever, in an order of one's own each time."""
    duties = [*own]
    order = random.Random(os.getpid())
    while True:
        order.shuffle(duties)
        try:
            with _in_a_turn():
                done = sum(duty() for duty in duties)
        except OperationalError:
            # A deadlock or a lost connection ends a task of Celery, not its worker.
            log.exception("A turn was broken off.")
            connection.close()
            done = 0
        if not done:
            time.sleep(IDLE_S)


@contextmanager
def _in_a_turn() -> Iterator[None]:
    """Let others see that work is being done; whoever dies at it is seen no more."""
    _ask("pg_advisory_lock_shared")
    yield
    _ask("pg_advisory_unlock_shared")


@contextmanager
def between_turns() -> Iterator[None]:
    """Wait until nobody is in the middle of a turn, and let nobody begin one."""
    _ask("pg_advisory_lock")
    try:
        yield
    finally:
        _ask("pg_advisory_unlock")


def _ask(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [TURN])
