"""Where do the tests get a real PostgreSQL and a real Valkey from?

From the same parts that ``manage.py up`` uses, under ``var/test``, once per run.
``DATABASE_URL`` and ``REDIS_URL`` win, as everywhere.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from triage import stack
from triage.stack.folders import public_folder
from triage.supervisor import lock
from triage.supervisor.log import Log
from triage.supervisor.servers import Wanted, create_database, start_servers
from triage.supervisor.watch import Supervisor

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Services:
    """Servers that run until ``stop`` is called."""

    supervisor: Supervisor
    log: Log
    lock: int

    def stop(self) -> None:
        """Stop them, in order."""
        self.supervisor.stop()
        self.log.close()
        os.close(self.lock)


_running: list[Services] = []


def start_services() -> dict[str, str]:
    """Start what no URL names; return the variables under which settings find it.

    Call once, before the settings are read and before any worker process starts.
    """
    database = not os.environ.get("DATABASE_URL")
    queue_store = not os.environ.get("REDIS_URL")
    var = CHECKOUT / "var" / "test"
    public_folder(var / "static")  # which WhiteNoise misses otherwise
    if database or queue_store:
        wanted = Wanted(database=database, queue_store=queue_store, durable=False)
        try:
            _running.append(run_servers(var, wanted))
        except stack.StackError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
    if queue_store:
        with redis.Redis(unix_socket_path=str(stack.places(var).valkey_socket)) as it:
            it.flushall()
    return {"UNDELIVERED_VAR": str(var)}


def stop_services() -> None:
    """Stop what ``start_services`` started."""
    while _running:
        _running.pop().stop()


def run_servers(var: Path, wanted: Wanted) -> Services:
    """Start servers under ``var`` in this process and wait until they answer."""
    places = stack.places(var)
    public_folder(places.var)
    handle = lock.acquire(places.lock, "a run of the tests", print)
    stack.private_folder(places.log, None)
    log = Log(places.log / "up.log", echo=False)
    supervisor = Supervisor(log, keep_open=(handle,))
    services = Services(supervisor, log, handle)
    try:
        start_servers(supervisor, log, places, wanted, handle)
        if wanted.database:
            create_database(places)
    except BaseException:
        services.stop()
        raise
    return services


@contextmanager
def folder_for_a_stack(*, closed: bool = False) -> Iterator[Path]:
    """Lend a short-lived ``var``; ``closed`` puts it where only its owner may go."""
    base = Path(tempfile.mkdtemp(prefix="undelivered-test-"))
    base.chmod(0o700 if closed else 0o755)
    var = base / "var"
    places = stack.places(var)
    try:
        yield var
    finally:
        for folder in (base, places.home, places.run):
            shutil.rmtree(folder, ignore_errors=True)
