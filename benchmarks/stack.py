"""How is the whole product started for a benchmark, with the bare view beside it?

On servers of its own, or on those that ``DATABASE_URL`` and ``REDIS_URL`` name, in a
database that exists only as long as the benchmark.
"""

import base64
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

from benchmarks import processes
from triage import stack
from triage.stack.servers import DATABASE, DATABASE_USER
from triage.supervisor import probe, programs

HOST = "127.0.0.1"
CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE_S = 180.0
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Running:
    """Two web servers over one database, and who is to be measured."""

    product_port: int
    bare_port: int
    conninfo: str
    roots: tuple[int, ...]
    key: str
    idle_pss_mb: float
    environment: Mapping[str, str]

    def number(self, statement: str) -> int:
        """Ask the database for one number."""
        with psycopg.connect(self.conninfo, row_factory=scalar_row) as connection:
            return int(connection.execute(statement.encode()).fetchone() or 0)

    def cpu_s(self) -> float:
        """Return what the product has used until now, its servers included."""
        return processes.cpu_s(processes.tree(*self.roots))


@contextmanager
def running(settle_s: float) -> Iterator[Running]:
    """Run everything; memory is read after ``settle_s`` seconds of rest."""
    with lent_folder() as var, lent_database() as database:
        environment = variables(var, database)
        site = _site(var, 8700)
        argv = [sys.executable, "manage.py", "up", "--port", str(site.port)]
        with started(argv, environment) as product:
            await_answer(site.port, "/readyz", product)
            conninfo = database or embedded(var)
            roots = (product.pid, *_external(conninfo, database))
            time.sleep(settle_s)
            idle_pss_mb = processes.pss_mb(processes.tree(*roots))
            bare = _site(var, 8701)
            with _bare(bare, environment):
                key = _key(environment)
                yield Running(
                    site.port,
                    bare.port,
                    conninfo,
                    roots,
                    key,
                    idle_pss_mb,
                    environment,
                )


@contextmanager
def lent_folder() -> Iterator[Path]:
    """Lend a place for the state of a stack."""
    base = Path(tempfile.mkdtemp(prefix="undelivered-benchmark-"))
    base.chmod(0o755)
    places = stack.places(base)
    try:
        yield base
    finally:
        for folder in (base, places.home, places.run):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def lent_database() -> Iterator[str]:
    """Lend a database on the server that the environment names, if it names one."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield ""
        return
    database = f"benchmark_{secrets.token_hex(4)}"
    name = sql.Identifier(database)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def variables(var: Path, database: str) -> dict[str, str]:
    """Return the variables of an installation that serves people: no debugging."""
    return {
        **os.environ,
        "DATABASE_URL": database,
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SEAL_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "UNDELIVERED_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "triage.settings",
    }


def _site(var: Path, port: int) -> programs.Site:
    return programs.Site(
        folder=CHECKOUT,
        var=var,
        host=HOST,
        port=port,
        web_workers=programs.default_web_workers(),
        web_threads=8,
    )


@contextmanager
def _bare(site: programs.Site, environment: Mapping[str, str]) -> Iterator[None]:
    """Serve the bare view with the command line of the product."""
    bare = {**environment, "DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings"}
    migrate = [sys.executable, "-m", "django", "migrate", "--run-syncdb"]
    migrate += ["-v0", "--skip-checks"]
    subprocess.run(migrate, cwd=CHECKOUT, env=bare, check=True)
    argv = [*programs.web(site).argv[:-1], "benchmarks.bare_wsgi:application"]
    with started(argv, bare | {"UNDELIVERED_ROLE": "web"}) as process:
        await_answer(site.port, "/healthz", process)
        yield


@contextmanager
def started(
    argv: list[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of the checkout as long as the block lasts."""
    process = subprocess.Popen(
        argv, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def await_answer(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers 200; exit when it does not start."""
    give_up = time.monotonic() + PATIENCE_S
    while probe.status_of(HOST, port, path, HOST) != HTTPStatus.OK:
        if process.poll() is not None or time.monotonic() > give_up:
            raise SystemExit(f"The server for port {port} did not start.")
        time.sleep(LOOK_EVERY_S)


def _key(environment: Mapping[str, str]) -> str:
    argv = [sys.executable, "manage.py", "api_key", "create", "--source", "benchmark"]
    argv += ["--scope", "report:write", "--rate", "100000000"]
    return subprocess.check_output(
        argv, cwd=CHECKOUT, env=environment, text=True
    ).strip()


def embedded(var: Path) -> str:
    """Say how the database of an embedded server is reached."""
    run = stack.places(var).run
    return f"host={run} user={DATABASE_USER} dbname={DATABASE}"


def _external(conninfo: str, database: str) -> tuple[int, ...]:
    """Return the server's process when it is on this machine but not a child."""
    if not database:
        return ()
    with psycopg.connect(conninfo) as connection:
        postmaster = processes.parent(connection.info.backend_pid)
    return (postmaster,) if postmaster > 1 else ()
