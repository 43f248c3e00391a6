"""How do two connections act at the same time in a test?

``Other`` runs an action in a thread, which has a database connection of its own. A
test lets it run into a lock, goes on itself, and then reads how the other one ended.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import connection

T = TypeVar("T")
PATIENCE_S = 20


class Other(Generic[T]):
    """Somebody else, acting at the same time. Needs a test with real transactions."""

    def __init__(self, action: Callable[[], T]) -> None:
        self._action = action
        self._pid = 0
        self._connected = threading.Event()
        pool = ThreadPoolExecutor(1)
        self._future = pool.submit(self._run)
        pool.shutdown(wait=False)

    def _run(self) -> T:
        try:
            connection.ensure_connection()
            self._pid = connection.connection.info.backend_pid
            self._connected.set()
            return self._action()
        finally:
            connection.close()
            self._connected.set()

    def until_it_waits(self) -> "Other[T]":
        """Return as soon as the other one waits for a lock that we hold."""
        assert self._connected.wait(PATIENCE_S)
        while not self._future.done() and not self._waits():
            pass
        assert not self._future.done(), f"it did not wait: {self._future!r}"
        return self

    def _waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)",
                [self._pid],
            )
            return bool(cursor.fetchone()[0])

    def end(self) -> T:
        """Wait for its end; return its result, or raise what it raised."""
        return self._future.result(PATIENCE_S)
