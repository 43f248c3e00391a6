"""How are workers told, without anybody waiting, that something is due?

A bell only saves time: rows hold the truth and sweepers find what was not rung. One
thread of each process does the ringing, so that a request never meets the broker;
after a failure it is silent for a while and then rings for everything it missed.
"""

import logging
import os
import threading
import time

from celery import current_app

log = logging.getLogger(__name__)

# One ring serves everything that became due in this time: a large batch of reports is
# digested for a third of what the same reports cost one by one.
PAUSE_S = 1.0
SILENCE_S = 10.0  # after a failure the broker is left alone for so long


def ring(task_name: str) -> None:
    """Ask workers to run a task soon; never waits and never raises."""
    _bell().ring(task_name)


class Bell:
    """Rings for the tasks that were asked for, from a thread of its own."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, task_name: str) -> None:
        """Note the task; the thread starts with the first one."""
        with self._changed:
            self._asked.add(task_name)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name="bell", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked)
                asked, self._asked = self._asked, set()
            rung = all(self._send(name) for name in sorted(asked))
            if not rung:
                with self._changed:
                    self._asked |= asked
            time.sleep(PAUSE_S if rung else SILENCE_S)

    def _send(self, task_name: str) -> bool:
        try:
            current_app.send_task(task_name)
        except Exception as error:  # noqa: BLE001  # whatever a broker can raise
            log.warning("The bell for %s stays silent: %s", task_name, error)
            return False
        return True


_bells: dict[int, Bell] = {}


def _bell() -> Bell:
    # A fork copies the object but not its thread, so each process has its own.
    pid = os.getpid()
    if pid not in _bells:
        _bells.setdefault(pid, Bell())
    return _bells[pid]
