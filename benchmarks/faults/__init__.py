"""What is lost, sent twice or stuck when things fail while messages are sent?

Six scenarios on servers of their own, or in a database of their own on the server that
``DATABASE_URL`` names. Workers are processes that are killed; the provider keeps a
ledger of what people would have received.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.stack import CHECKOUT, lent_database, lent_folder
from triage import stack
from triage.supervisor import lock
from triage.supervisor.log import Log
from triage.supervisor.servers import Wanted, create_database, start_servers
from triage.supervisor.watch import Supervisor

LOOK_EVERY_S = 1.0
COUNTED = ("lost", "double_sent", "stuck")
HEAD = """\
Faults while messages are sent again; docs/operations.md says what each scenario does.
Lost, sent twice and stuck are counted over all of them; "unclear" are sends that ended
without an answer, "asked" those that people were asked about.

"""


def run() -> dict[str, Any]:
    """Run every scenario once in its full size; exit 1 where a promise is broken."""
    found = _found()
    figures: dict[str, Any] = {
        "kinds": list(found),
        "runs": len(found),
        **{name: sum(each[name] for each in found.values()) for name in COUNTED},
    }
    for scenario, each in found.items():
        own = {"unclear": each["unclear"], "asked": each["asked"], **each["figures"]}
        figures |= {f"{scenario}.{name}": figure for name, figure in own.items()}
    broken = {name: each["faults"] for name, each in found.items()}
    figures["broken"] = [f"{name}: {text}" for name in broken for text in broken[name]]
    return figures


def _found() -> dict[str, Any]:
    with lent_folder() as var, lent_database() as database:
        (var / "static").mkdir()  # which WhiteNoise misses otherwise
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "triage.settings",
            "UNDELIVERED_VAR": str(var),
            "DATABASE_URL": database,
            "REDIS_URL": "",
            "LOG_LEVEL": "ERROR",
            # Its provider lives on this machine.
            "OUTBOUND_ALLOW_PRIVATE": "1",
        }
        with _servers(var, database=not database) as supervisor:
            return _scenarios(environment, supervisor)


def _scenarios(
    environment: Mapping[str, str], supervisor: Supervisor
) -> dict[str, Any]:
    """Run the scenarios in a process that has Django set up for these servers."""
    argv = [sys.executable, "-m", "benchmarks.faults.full"]
    with subprocess.Popen(
        argv, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            while process.poll() is None:
                supervisor.look()
                supervisor.nap(LOOK_EVERY_S)
            said = process.stdout.read() if process.stdout else ""
        finally:
            process.kill()
    if process.returncode:
        raise SystemExit("The scenarios came to no end.")
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


@contextmanager
def _servers(var: Path, *, database: bool) -> Iterator[Supervisor]:
    places = stack.places(var)
    stack.private_folder(places.log, None)
    handle = lock.acquire(places.lock, "a benchmark", print)
    log = Log(places.log / "up.log", echo=False)
    supervisor = Supervisor(log, keep_open=(handle,))
    try:
        wanted = Wanted(database=database, queue_store=True)
        start_servers(supervisor, log, places, wanted, handle)
        if database:
            create_database(places)
        yield supervisor
    finally:
        supervisor.stop()
        log.close()
        os.close(handle)
