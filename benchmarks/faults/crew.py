"""How does one come by processes that may be killed, many times and quickly?

A nursery loads the product once and forks a process for every job it is asked for, as
a worker of Celery forks its children. It runs on the database of whoever starts it.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import django
from django.conf import settings
from django.db import connection
from django.urls import get_resolver
from django.utils.module_loading import import_string

CHECKOUT = Path(__file__).resolve().parents[2]
LOOK_EVERY_S = 0.005

log = logging.getLogger(__name__)


class Crew:
    """``with Crew() as crew: pid = crew.start(WORK)``; whoever is left is killed."""

    def __enter__(self) -> Self:
        self._started: set[int] = set()
        self._fallen = 0
        argv = [sys.executable, "-m", "benchmarks.faults.crew"]
        argv.append(str(connection.settings_dict["NAME"]))
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
            "OUTBOUND_ALLOW_PRIVATE": "1",
            "LOG_LEVEL": "ERROR",
        }
        self._nursery = subprocess.Popen(
            argv,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pid in list(self._started):
            self.kill(pid)
        self._nursery.kill()
        self._nursery.communicate()

    def start(self, job: str, *arguments: str) -> int:
        """Start a process for a job, named as ``import_string`` takes it."""
        orders, answers = self._nursery.stdin, self._nursery.stdout
        if orders is None or answers is None:
            raise RuntimeError("The nursery has no pipes.")
        orders.write(json.dumps([job, *arguments]) + "\n")
        orders.flush()
        pid = int(answers.readline())
        self._started.add(pid)
        return pid

    def fallen(self) -> int:
        """Count the processes of this crew that ended though nobody killed them."""
        return self._fallen + sum(not _is_there(pid) for pid in self._started)

    def kill(self, pid: int) -> None:
        """Kill one process of this crew and return when it is gone."""
        self._started.remove(pid)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            self._fallen += 1
        while _is_there(pid):
            time.sleep(LOOK_EVERY_S)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def nursery(database: str) -> None:
    """Fork a process for every line of standard input; tell its id."""
    django.setup()
    connection.settings_dict["NAME"] = database
    # Models cannot be imported before Django is set up.
    import_string("benchmarks.faults.duties.work")
    import_string("benchmarks.faults.source.send")
    get_resolver().url_patterns  # noqa: B018  # loads every view, once for all
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave nothing behind
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_a_child(*json.loads(line))
        print(pid, flush=True)


def _be_a_child(job: str, *arguments: str) -> None:
    """Do a job until killed, and leave when the nursery has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    leave_with_parent()
    try:
        import_string(job)(*arguments)
    except Exception:  # a job ends by a kill alone
        log.exception("%s ended by itself.", job)
    finally:
        os._exit(1)


def leave_with_parent() -> None:
    """End this process, from a thread of its own, when its parent has ended."""
    parent = os.getppid()
    watch = threading.Thread(target=_leave_with, args=(parent,), daemon=True)
    watch.start()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    nursery(sys.argv[1])
