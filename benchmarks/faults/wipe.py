"""Is all work done soon after Valkey lost everything in the middle of it?

The workers are those of the product: Celery with its beat. Valkey loses its memory by
turns while everybody stays connected, and by dying with its files.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from benchmarks.faults import world
from benchmarks.faults.crew import CHECKOUT
from benchmarks.faults.provider import Lane, Provider
from benchmarks.faults.reckoning import Reckoning, left, reckon
from benchmarks.faults.store import QueueStore
from triage import stack
from triage.supervisor import programs
from triage.supervisor.log import Log
from triage.supervisor.watch import Supervisor

LANE = "ours"
AWAY_S = 2.0
LOOK_EVERY_S = 0.1
WITHIN_S = 30.0  # of the return of Valkey everything is done
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Size:
    """How many messages, how often everything is lost, and how long is too long."""

    messages: int
    wipes: int
    within_s: float = WITHIN_S


def run(size: Size) -> Reckoning:
    """Send; lose everything; see that the rest is sent."""
    world.begin()
    lane = Lane()
    with (
        tempfile.TemporaryDirectory(prefix="wipe-") as folder,
        Provider({LANE: lane}) as provider,
        QueueStore(Path(folder)) as store,
    ):
        route = world.a_route(provider.url(LANE))
        messages = world.failed(world.a_source(), size.messages)
        ids = [message.pk for message in messages]
        world.due(messages, [route] * len(messages))
        with _celery(Path(folder), store.url) as worker:
            began = time.monotonic()
            for nth in range(size.wipes):
                wanted = size.messages * (nth + 1) // (2 * size.wipes)
                worker.until(partial(_has_sent, provider, wanted))
                _lose(store, nth)
            returned, sent = time.monotonic(), provider.sent
            done = worker.until(lambda: not left(ids))
            drained_s = time.monotonic() - returned
            ended = worker.exits
        found = reckon(messages, provider)
    found.figures = {
        "messages": size.messages,
        "wipes": size.wipes,
        "left_at_its_return": size.messages - sent,
        "drained_after_s": round(drained_s, 1),
        "seconds": round(time.monotonic() - began),
    }
    found.promise("everything is done", done)
    found.promise("no worker ends", not ended)
    found.promise(f"within {size.within_s:g} s", drained_s <= size.within_s)
    return found


def _has_sent(provider: Provider, wanted: int) -> bool:
    return provider.sent >= wanted


def _lose(store: QueueStore, nth: int) -> None:
    if nth % 2:
        store.flush()
    else:
        store.die(AWAY_S)


class _Celery:
    """The product's worker on this database, watched as ``manage.py up`` does."""

    def __init__(self, folder: Path, store_url: str) -> None:
        stack.private_folder(folder / "log", None)
        self._log = Log(folder / "log" / "up.log", echo=False)
        self._supervisor = Supervisor(self._log)
        site = programs.Site(CHECKOUT, folder, "", 0, 0, 0)
        worker = programs.worker(site)
        environment = {
            **worker.environment,
            "DJANGO_SETTINGS_MODULE": "triage.settings",
            "DATABASE_URL": _database_url(),
            "REDIS_URL": store_url,
            "CELERY_BROKER_URL": store_url.replace("unix://", "redis+socket://"),
            "OUTBOUND_ALLOW_PRIVATE": "1",
        }
        self._supervisor.start(replace(worker, environment=environment))

    @property
    def exits(self) -> list[str]:
        """What the log says of workers that ended, and were started again."""
        return [line for line in self._log.tail("up") if "ended" in line]

    def until(self, holds: Callable[[], bool]) -> bool:
        """Watch over the worker until something holds; say whether it ever did."""
        give_up = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > give_up:
                return False
            self._supervisor.look()
            self._supervisor.nap(LOOK_EVERY_S)
        return True

    def stop(self) -> None:
        """Let it end as it ends with the product."""
        self._supervisor.stop()
        self._log.close()


@contextmanager
def _celery(folder: Path, store_url: str) -> Iterator[_Celery]:
    worker = _Celery(folder, store_url)
    try:
        yield worker
    finally:
        worker.stop()


def _database_url() -> str:
    """Name the database that this process uses."""
    given = connection.settings_dict
    user, password, host, port, name = (
        str(given[part] or "") for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")
    )
    who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    # A path in the place of the name stands for a Unix socket.
    where = f"/{host}" if host.startswith("/") else f"{host}:{port or 5432}"
    return f"postgres://{who}@{where}/{name}"
