"""In which order does a stack come up, and what is its user told?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from triage import health, stack
from triage.demo import ACCOUNTS
from triage.stack.folders import public_folder
from triage.supervisor import lock, probe, programs
from triage.supervisor.log import Log
from triage.supervisor.servers import Wanted, create_database, start_servers
from triage.supervisor.watch import GivenUp, StopAsked, Supervisor

LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked for on the command line."""

    host: str
    port: int
    web_workers: int
    demo: bool

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        return probe.url_of(self.host, self.port)


def up(plan: Plan) -> int:
    """Run the whole stack until a signal ends it; return the exit status.

    Raises StackError, before anything is started, when it cannot run here or runs
    already.
    """
    places = stack.places(Path(settings.UNDELIVERED_VAR))
    public_folder(places.var)
    handle = lock.acquire(places.lock, plan.url, print)
    if probe.is_taken(plan.host, plan.port):
        raise stack.StackError(
            f"Something else answers on port {plan.port}. Choose another with --port."
        )
    stack.private_folder(places.log, None)
    log = Log(places.log / "up.log")
    supervisor = Supervisor(log, keep_open=(handle,))
    supervisor.listen()
    try:
        _Start(plan, places, log, supervisor, handle).run()
        supervisor.watch()
    except StopAsked:
        pass
    except GivenUp as error:
        log.say(f"{error}; its last lines:")
        for line in error.lines:
            log.say(f"  {line}")
        return 1
    finally:
        supervisor.stop()
        log.say("stopped")
        log.close()
    return 0


@dataclass(slots=True)
class _Start:
    plan: Plan
    places: stack.Places
    log: Log
    supervisor: Supervisor
    lock: int

    def run(self) -> None:
        began = time.monotonic()
        steps: list[Callable[[], str | None]] = [
            self._servers,
            self._database,
            self._migrations,
            self._catalogues,
            self._static_files,
            self._demo_world,
            self._web,
            self._workers,
        ]
        for step in steps:
            done = step()
            if done:
                self.log.say(f"{time.monotonic() - began:5.1f} s  {done}")
            # A signal that came during the step is heard here.
            self.supervisor.nap(0)
        self._greet()

    def _servers(self) -> str:
        wanted = Wanted(
            database=settings.EMBEDDED_DATABASE,
            queue_store=settings.EMBEDDED_VALKEY,
            pooled_connections=self.plan.web_workers * settings.WEB_THREADS,
        )
        start_servers(self.supervisor, self.log, self.places, wanted, self.lock)
        if self.places.sheltered:
            return f"servers answer; their data lie in {self.places.home}"
        return "servers answer"

    def _database(self) -> str | None:
        made = settings.EMBEDDED_DATABASE and create_database(self.places)
        for fault in health.database_faults():
            raise stack.StackError(f"{fault.text} {fault.cure}\n{fault.detail}".strip())
        return "database made" if made else None

    def _migrations(self) -> str | None:
        missing = health.missing_migrations()
        if not missing:
            return None
        call_command("migrate", interactive=False, verbosity=0)
        return "database brought up to date"

    def _catalogues(self) -> str:
        call_command("messages", "--compile", verbosity=0)
        return "catalogues compiled"

    def _static_files(self) -> str | None:
        # WhiteNoise warns about a folder that is not there.
        public_folder(Path(settings.STATIC_ROOT))
        if settings.DEBUG:
            return None
        call_command("collectstatic", interactive=False, verbosity=0)
        return "static files collected"

    def _demo_world(self) -> str | None:
        if not self.plan.demo:
            return None
        call_command("demo", verbosity=0)
        return "demo world ready"

    def _web(self) -> str:
        # Alone at first: on a small machine the workers would only slow it down.
        self.supervisor.start(programs.web(self._site()))
        # While it starts on another core; a fault ends the whole start.
        call_command("check", stdout=StringIO())
        name, plan = _host_header(settings.ALLOWED_HOSTS), self.plan
        while probe.status_of(plan.host, plan.port, "/readyz", name) != HTTPStatus.OK:
            self.supervisor.look()
            self.supervisor.nap(LOOK_EVERY_S)
        return "the site answers"

    def _workers(self) -> str:
        for program in programs.behind_the_web(self._site()):
            self.supervisor.start(program)
        return "workers started"

    def _site(self) -> programs.Site:
        return programs.Site(
            folder=settings.BASE_DIR,
            var=self.places.var,
            host=self.plan.host,
            port=self.plan.port,
            web_workers=self.plan.web_workers,
            web_threads=settings.WEB_THREADS,
            live_demo=self.plan.demo,
        )

    def _greet(self) -> None:
        self.log.say(f"open {self.plan.url}")
        if self.plan.demo:
            for name, password, role in ACCOUNTS:
                self.log.say(f"log in as {name} with {password} ({role})")
        elif not get_user_model().objects.filter(is_superuser=True).exists():
            self.log.say(
                "nobody can log in yet; make an administrator with"
                " `manage.py createsuperuser`"
            )
        # The children have connections of their own; ours would only sit idle.
        connection.close()
        self.log.say("press Ctrl-C to stop")


def _host_header(allowed: list[str]) -> str:
    first = next((host for host in allowed if host != "*"), "localhost")
    return f"www{first}" if first.startswith(".") else first
