"""How do workers, a broker, a database and a provider run without the web?

On servers of their own, or on those that ``DATABASE_URL`` and ``REDIS_URL`` name, in a
database that exists only as long as the benchmark.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from celery import Celery

from benchmarks import processes, stack
from triage.stack import places, private_folder
from triage.supervisor import lock, probe, programs
from triage.supervisor.log import Log
from triage.supervisor.servers import Wanted, create_database, start_servers
from triage.supervisor.watch import Supervisor

NOTHING, DRAIN = "benchmarks.nothing", "benchmarks.drain"
QUEUE, IDLE = "benchmark", "benchmark-idle"
PROCESSES = 2  # of the worker, as ``manage.py up`` starts it
PROVIDER_PORT = 8702
UNACKED = "unacked"  # where Kombu keeps what a worker has fetched and not finished
LOOK_EVERY_S = 0.01
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Working:
    """A worker that fetches nothing yet, and everything that it needs."""

    environment: Mapping[str, str]
    conninfo: str
    broker: redis.Redis
    celery: Celery
    roots: tuple[int, ...]

    def seconds_for(self, task: str, times: int, *arguments: object) -> float:
        """Put tasks into the queue, let the worker at them, and wait for the last."""
        for _ in range(times):
            self.celery.send_task(task, arguments, queue=QUEUE)
        began = time.monotonic()
        self.celery.control.add_consumer(QUEUE, reply=True)
        while self.broker.llen(QUEUE) or self.broker.hlen(UNACKED):
            if time.monotonic() - began > PATIENCE_S:
                raise SystemExit(f"{task} was not done in time.")
            time.sleep(LOOK_EVERY_S)
        seconds = time.monotonic() - began
        self.celery.control.cancel_consumer(QUEUE, reply=True)
        return seconds

    def cpu_s(self) -> float:
        """Return what worker, provider, broker and database have used until now."""
        return processes.cpu_s(processes.tree(*self.roots))


@contextmanager
def working() -> Iterator[Working]:
    """Run everything, with the tables made."""
    with stack.lent_folder() as var, stack.lent_database() as url, _servers(var, url):
        environment = {
            **stack.variables(var, url),
            "OUTBOUND_ALLOW_PRIVATE": "true",  # the provider lives on this machine
            "UNDELIVERED_ROLE": "worker",
        }
        manage = [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"]
        subprocess.run(manage, cwd=stack.CHECKOUT, env=environment, check=True)
        listen = [sys.executable, "-m", "benchmarks.provider", str(PROVIDER_PORT)]
        with (
            stack.started(listen, environment) as provider,
            stack.started(_worker(var), environment) as worker,
        ):
            yield _ready(var, url, environment, worker.pid, provider.pid)


def _worker(var: Path) -> list[str]:
    """Return the product's own command line, without its clock and its queues."""
    argv = [each for each in programs.worker(_site(var)).argv if each != "-B"]
    argv[argv.index("-Q") + 1] = IDLE
    return [*argv, "-I", "benchmarks.tasks"]


def _site(var: Path) -> programs.Site:
    return programs.Site(stack.CHECKOUT, var, stack.HOST, 0, 1, 1)


def _ready(
    var: Path, url: str, environment: Mapping[str, str], worker: int, provider: int
) -> Working:
    socket = f"unix://{places(var).valkey_socket}"
    store = os.environ.get("REDIS_URL") or socket
    broker = os.environ.get("CELERY_BROKER_URL") or store
    celery = Celery(broker=broker.replace("unix://", "redis+socket://", 1))
    give_up = time.monotonic() + PATIENCE_S
    while not celery.control.ping(timeout=1.0):
        if time.monotonic() > give_up:
            raise SystemExit("The worker did not start.")
    while not probe.is_taken(stack.HOST, PROVIDER_PORT):
        time.sleep(LOOK_EVERY_S)
    conninfo = url or stack.embedded(var)
    with psycopg.connect(conninfo) as connection:
        postmaster = processes.parent(connection.info.backend_pid)
    client = redis.Redis.from_url(store)
    server = int(client.info("server")["process_id"])
    roots = (worker, provider, postmaster, server)
    return Working(environment, conninfo, client, celery, roots)


@contextmanager
def _servers(var: Path, url: str) -> Iterator[None]:
    """Start what no URL names."""
    wanted = Wanted(database=not url, queue_store=not os.environ.get("REDIS_URL"))
    where = places(var)
    where.var.mkdir(parents=True, exist_ok=True)
    handle = lock.acquire(where.lock, "a benchmark", print)
    private_folder(where.log, None)
    log = Log(where.log / "up.log", echo=False)
    supervisor = Supervisor(log, keep_open=(handle,))
    try:
        start_servers(supervisor, log, where, wanted, handle)
        if wanted.database:
            create_database(where)
        yield
    finally:
        supervisor.stop()
        log.close()
        os.close(handle)
