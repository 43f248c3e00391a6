"""Is nothing left, and nothing lost, when the whole stack is killed or stopped?

Each test starts the real ``manage.py up`` as a process of its own.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from tests.embedded import CHECKOUT, folder_for_a_stack
from triage import stack

# A first start makes a database and migrates it, on a machine that does other work.
START_PATIENCE_S = 120.0
SURVIVORS_PATIENCE_S = 10.0
IDLE_STOP_S = 5.0
BUSY_STOP_S = 30.0
# The limits above are for two free cores; the run shares them with other tests.
SLACK = 3.0


@dataclass(slots=True)
class RunningStack:
    """One ``manage.py up`` over one folder."""

    var: Path
    port: int
    process: subprocess.Popen[bytes]

    def everything(self) -> set[int]:
        """The supervisor and all its descendants."""
        found, parents = {self.process.pid}, parents_of_all()
        while more := {p for p, above in parents.items() if above in found} - found:
            found |= more
        return found

    def end(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal twice; return the exit status and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.send_signal(number)
        return self.process.wait(BUSY_STOP_S * SLACK), time.monotonic() - began


@pytest.fixture(params=[False, True], ids=["open folder", "closed folder"])
def var(request: pytest.FixtureRequest) -> Iterator[Path]:
    with folder_for_a_stack(closed=request.param) as folder:
        yield folder


@pytest.fixture
def open_var() -> Iterator[Path]:
    with folder_for_a_stack() as folder:
        yield folder


def start(var: Path) -> RunningStack:
    """Start a stack and wait until its whole start is over."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = RunningStack(var, port, launch(var, port))
    deadline = time.monotonic() + START_PATIENCE_S
    while "press Ctrl-C" not in said(var):
        assert running.process.poll() is None, said(var)
        assert time.monotonic() < deadline, said(var)
        pause()
    return running


def launch(var: Path, port: int) -> subprocess.Popen[bytes]:
    own_servers = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"}
    kept = {key: val for key, val in os.environ.items() if key not in own_servers}
    settings = {
        "UNDELIVERED_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "triage.settings",
    }
    with output_of(var).open("w") as output:
        return subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), "--workers", "1"],
            cwd=CHECKOUT,
            env=kept | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def output_of(var: Path) -> Path:
    return var.with_name("output")


def said(var: Path) -> str:
    """What the latest ``up`` over this folder has printed so far."""
    return output_of(var).read_text(errors="replace")


@pytest.mark.timeout(300)
def test_nothing_survives_a_killed_supervisor_and_the_next_start_recovers(
    var: Path,
) -> None:
    first = start(var)
    make_busy(var)
    insert(var, "acknowledged")
    before = first.everything()
    assert len(before) > 10
    first.process.kill()
    first.process.wait()
    assert after_patience(before, SURVIVORS_PATIENCE_S) == set()
    second = start(var)
    kept, everything = stored(var), second.everything()
    status, took_s = second.end(signal.SIGTERM)
    assert kept == ["acknowledged"]
    assert (status, after_patience(everything, 0.0)) == (0, set())
    assert took_s <= IDLE_STOP_S * SLACK


@pytest.mark.timeout(300)
def test_neither_a_long_job_nor_a_hanging_broker_holds_up_the_stop(
    open_var: Path,
) -> None:
    running = start(open_var)
    make_busy(open_var)
    refused = launch(open_var, running.port)
    assert refused.wait(START_PATIENCE_S) == 1
    address = f"(pid {running.process.pid}, http://127.0.0.1:{running.port}/)"
    assert address in said(open_var)
    everything = running.everything()
    socket_path = str(stack.places(open_var).valkey_socket)
    with redis.Redis(unix_socket_path=socket_path) as client:
        broker = client.info("server")["process_id"]
    os.kill(broker, signal.SIGSTOP)
    status, took_s = running.end(signal.SIGINT)
    assert (status, after_patience(everything, 0.0)) == (0, set())
    assert took_s <= BUSY_STOP_S


def make_busy(var: Path) -> None:
    """Give the RQ worker a job that outlasts every patience, and see it begin."""
    socket_path = str(stack.places(var).valkey_socket)
    with redis.Redis(unix_socket_path=socket_path) as client:
        queue = Queue("people", connection=client, serializer=JSONSerializer)
        job = queue.enqueue("signal.pause")
        wait_until(job.get_status, "started")


def insert(var: Path, word: str) -> None:
    with database(var) as connection:
        connection.execute("CREATE TABLE witness (word text)")
        connection.execute("INSERT INTO witness VALUES (%s)", [word])


def stored(var: Path) -> list[str]:
    with database(var) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM witness")]


def database(var: Path) -> psycopg.Connection[tuple[str]]:
    host = str(stack.places(var).run)
    return psycopg.connect(
        host=host, user="triage", dbname="undelivered", autocommit=True
    )


def wait_until(ask: Callable[[], object], wanted: object) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    while ask() != wanted:
        assert time.monotonic() < deadline, f"never {wanted}"
        pause()


def after_patience(pids: set[int], patience_s: float) -> set[int]:
    """Those of ``pids`` that are still alive after at most ``patience_s``."""
    deadline = time.monotonic() + patience_s
    while (left := pids & parents_of_all().keys()) and time.monotonic() < deadline:
        pause()
    return left


def pause() -> None:
    select.select([], [], [], 0.05)


def parents_of_all() -> dict[int, int]:
    """Parent of every process that is alive, zombies left out."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            # proc(5): pid (comm) state ppid …
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(entry.name)] = int(parent)
    return parents
