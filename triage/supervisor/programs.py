"""With which command lines do the web server and the workers run?"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from triage.supervisor import probe
from triage.supervisor.children import Program, Stage

WEB_PATIENCE_S = 5.0
WORK_PATIENCE_S = 15.0

# Beyond this, more web workers only take connections from a database of usual size.
MOST_WEB_WORKERS = 8

# Open pages keep their connections, and each counts from its first request to its end:
# with fewer, new ones wait until somebody closes a tab. How many requests are worked on
# at once is said by the threads.
CONNECTIONS_A_WORKER = 512

# What people and programs wait for comes before what the machine does on its own clock:
# a report is answered first and judged when a core is free.
BACKGROUND_NICENESS = 5


@dataclass(frozen=True, slots=True)
class Site:
    """Where the product is served from, and how widely."""

    folder: Path  # holds manage.py
    var: Path
    host: str
    port: int
    web_workers: int
    web_threads: int
    live_demo: bool = False


def default_web_workers() -> int:
    """One for each core that this process may use, up to eight."""
    return min(MOST_WEB_WORKERS, os.cpu_count() or 1)


def web(site: Site) -> Program:
    """The web server: threads, so a client that aborts does not stall others."""
    argv = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    argv += ["--host", site.host, "--port", str(site.port)]
    argv += ["--workers", str(site.web_workers)]
    argv += ["--blocking-threads", str(site.web_threads)]
    argv += ["--backpressure", str(CONNECTIONS_A_WORKER)]
    argv += ["--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "5s"]
    argv += ["--http1-header-read-timeout", "10000", "triage.wsgi:application"]
    return _program(site, "web", argv, Stage.WEB)


def worker(site: Site) -> Program:
    """Celery with its beat inside: on one machine the clock needs no own process."""
    argv = [sys.executable, "-m", "celery", "-q", "-A", "triage", "worker", "-B"]
    argv += ["-Q", "intake,send,sweep", "-c", "2"]
    argv += ["--without-gossip", "--without-mingle"]
    return _program(site, "worker", argv, Stage.WORK)


def people(site: Site) -> Program:
    """The RQ worker; one queue only, as with several a job can vanish between them."""
    argv = [sys.executable, "manage.py", "rqworker", "people"]
    argv += ["--serializer", "rq.serializers.JSONSerializer"]
    return _program(site, "people", argv, Stage.WORK)


def live_demo(site: Site) -> Program:
    """Traffic and a scripted provider, so that a newcomer sees things happen."""
    argv = [sys.executable, "manage.py", "demo", "--live"]
    argv += ["--site", probe.url_of(site.host, site.port)]
    return _program(site, "demo", argv, Stage.WEB)


def behind_the_web(site: Site) -> list[Program]:
    """Every process beside the web server, in the order of their start."""
    programs = [worker(site), people(site)]
    return [*programs, live_demo(site)] if site.live_demo else programs


def _program(site: Site, name: str, argv: list[str], stage: Stage) -> Program:
    return Program(
        name=name,
        argv=tuple(argv),
        folder=site.folder,
        environment=_environment(site, "web" if name == "web" else "worker"),
        stage=stage,
        patience_s=WEB_PATIENCE_S if stage is Stage.WEB else WORK_PATIENCE_S,
        niceness=BACKGROUND_NICENESS if stage is Stage.WORK else 0,
    )


def _environment(site: Site, role: str) -> Mapping[str, str]:
    return {
        **os.environ,
        "UNDELIVERED_ROLE": role,
        "UNDELIVERED_VAR": str(site.var),
        "UNDELIVERED_DEMO": "1" if site.live_demo else "0",
        # A line that waits in a buffer is missing from the log when it matters.
        "PYTHONUNBUFFERED": "1",
    }
