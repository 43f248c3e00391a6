"""How do tests come by a web server of their own, with servers they may kill?"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg.rows import scalar_row

from tests.embedded import CHECKOUT, Services, folder_for_a_stack, run_servers
from tests.wire import free_port
from triage import stack
from triage.stack.servers import DATABASE, DATABASE_USER
from triage.supervisor import probe, programs
from triage.supervisor.servers import Wanted

HOST = "127.0.0.1"
PATIENCE_S = 120.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered, and after how many seconds."""

    status: int
    retry_after: str | None
    body: dict[str, Any]
    seconds: float


@dataclass(slots=True)
class Served:
    """A web server with a database and a queue store that belong to this test."""

    services: Services
    site: programs.Site
    places: stack.Places
    key: str = ""

    def post(self, body: dict[str, object], key: str, patience_s: float) -> Answer:
        """File one report over a connection of its own; OSError when that fails."""
        connection = http.client.HTTPConnection(
            HOST, self.site.port, timeout=patience_s
        )
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        began = time.monotonic()
        try:
            path = "/api/v1/reports/"
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            raw = response.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
        seconds = time.monotonic() - began
        retry_after = response.headers["Retry-After"]
        return Answer(response.status, retry_after, json.loads(raw), seconds)

    def rows(self, statement: str) -> list[Any]:
        """Ask the database directly; one value a row."""
        with psycopg.connect(
            host=str(self.places.run),
            user=DATABASE_USER,
            dbname=DATABASE,
            row_factory=scalar_row,
        ) as connection:
            return connection.execute(statement.encode()).fetchall()

    def until(self, holds: Callable[[], bool]) -> None:
        """Watch over the processes until something holds."""
        give_up = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < give_up
            self.services.supervisor.look()
            self.services.supervisor.nap(LOOK_EVERY_S)

    def kill_database(self) -> None:
        """Have PostgreSQL drop everything at once and recover from its log."""
        pid = int((self.places.pg / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        self.until(lambda: not self.services.supervisor.running("postgres"))

    def kill_queue_store(self) -> None:
        """End Valkey; it stays away until somebody looks after it."""
        with redis.Redis(unix_socket_path=str(self.places.valkey_socket)) as valkey:
            pid = int(valkey.info("server")["process_id"])
        os.kill(pid, signal.SIGKILL)
        while self.services.supervisor.running("valkey"):
            pass

    def database_answers(self) -> bool:
        """Say whether a query is answered."""
        with suppress(psycopg.OperationalError):
            return bool(self.rows("SELECT 1"))
        return False

    def web_answers(self) -> bool:
        """Say whether a page is served."""
        return probe.status_of(HOST, self.site.port, "/healthz", HOST) == 200


@contextmanager
def served() -> Iterator[Served]:
    """Run servers and one web worker over an empty, migrated database."""
    with folder_for_a_stack() as var, pytest.MonkeyPatch.context() as patch:
        for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
            patch.delenv(name, raising=False)
        patch.setenv("DJANGO_SETTINGS_MODULE", "triage.settings")
        patch.setenv("UNDELIVERED_VAR", str(var))
        services = run_servers(var, Wanted(database=True, queue_store=True))
        try:
            yield _serve(services, var)
        finally:
            services.stop()


def _serve(services: Services, var: Path) -> Served:
    site = programs.Site(
        folder=CHECKOUT,
        var=var,
        host=HOST,
        port=free_port(),
        web_workers=1,
        web_threads=8,
    )
    (var / "static").mkdir()
    running = Served(services, site, stack.places(var))
    _manage("migrate", "-v0")
    scopes = ("--scope", "report:write", "--scope", "report:read")
    running.key = _manage("api_key", "create", "--source", "shop", *scopes)
    services.supervisor.start(programs.web(site))
    running.until(running.web_answers)
    return running


def _manage(*arguments: str) -> str:
    argv = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        argv, cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
