"""How fast are the pages of a desk with very many tickets?

The whole product runs on a database of its own, filled by ``seed_volume``; an agent of
every queue opens pages over HTTP, one after the other. ``DESK_SIZES=100k`` in the
environment leaves the larger desk out; a figure that was not measured is not printed.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks import desk_browser, desk_tabs
from benchmarks.stack import CHECKOUT, HOST, Running, running

SIZES = {"100k": 100_000, "1m": 1_000_000}
SETTLE_S = 2.0
ROUNDS = 15
WARM_UP = 3
TABS_S = 60.0  # in which the clocks of each tab are written anew once
IDLE_S = 10.0
PATIENCE_S = 1_200.0
OVERDUE = "SELECT count(*) FROM triage_slaclock WHERE due_at <= now()"
BULK = 10_000
FACETS: tuple[dict[str, str], ...] = (
    {},
    {"tier": "S1"},
    {"tier": "S4"},
    {"state": "waiting"},
    {"state": "verified"},
    {"channel": "sms"},
    {"channel": "social"},
    {"family": "recipient"},
    {"family": "config"},
    {"channel": "social", "family": "config", "state": "open"},
    {"channel": "social", "family": "recipient"},  # which never meet
    {"assignee": "nobody"},
    {"assignee": "me"},
)
LISTS = ("/tickets/", "/queues/general/", "/queues/night/")
QUESTIONS = (
    "email",
    "northpost",
    "mailbox full",
    "5.1.1",
    "quicksilver",
    "A-50123",
    "zebrafish",
    "chatline 短信",  # which never meet
    "验证码",
    "没有收到",
    "极光网关",
    "满",
    "供应商确认",
    "短信 重复发送",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A filled desk, and an agent who is logged in."""

    servers: Running
    size: str
    cookie: str
    deep: str
    ticket: int

    def open(self, path: str) -> float:
        """Return the milliseconds until the whole page has come."""
        connection = http.client.HTTPConnection(HOST, self.servers.product_port)
        connection.connect()
        began = time.perf_counter()
        session = f"sessionid={self.cookie}"
        headers = {"Cookie": session, "Accept-Encoding": "gzip"}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        took = (time.perf_counter() - began) * 1000
        connection.close()
        if response.status != http.client.OK:
            raise SystemExit(f"{path} answered {response.status}.")
        return took

    def times(self, paths: Iterable[str]) -> list[float]:
        """Open pages in rounds and return how long each took."""
        paths = list(paths)
        for path in paths * WARM_UP:
            self.open(path)
        return [self.open(path) for _ in range(ROUNDS) for path in paths]


Measure = Callable[[Desk], dict[str, float]]


def run() -> dict[str, float]:
    """Measure every size that is asked for."""
    wanted = os.environ.get("DESK_SIZES", " ".join(SIZES)).split()
    figures: dict[str, float] = {}
    for size in wanted:
        with running(SETTLE_S) as servers:
            desk = _filled(servers, size)
            for measure in MEASURES[size]:
                figures |= measure(desk)
                print(figures, file=sys.stderr)
    return figures


def _filled(servers: Running, size: str) -> Desk:
    began = time.monotonic()
    argv = ["manage.py", "seed_volume", "--tickets", str(SIZES[size])]
    _python(servers, argv)
    print(f"{size} seeded, {time.monotonic() - began:.0f} s", file=sys.stderr)
    _rest(servers)
    entrance = json.loads(_python(servers, ["-m", "benchmarks.desk_entrance"]))
    return Desk(servers, size, **entrance)


def _rest(servers: Running) -> None:
    """Wait until the machine has told of the promises that were made overdue."""
    began = time.monotonic()
    while (late := servers.number(OVERDUE)) and time.monotonic() < began + PATIENCE_S:
        time.sleep(IDLE_S)
    waited = f"{time.monotonic() - began:.0f} s"
    print(f"{late} promises still to be looked at after {waited}", file=sys.stderr)


def _python(servers: Running, argv: list[str]) -> bytes:
    return subprocess.check_output(
        [sys.executable, *argv], cwd=CHECKOUT, env=dict(servers.environment)
    )


def p95(times: list[float]) -> float:
    """The time within which nineteen of twenty pages came."""
    return statistics.quantiles(times, n=20)[-1]


def _with(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def queue_pages(desk: Desk) -> dict[str, float]:
    """The first page of each list with each filter, and a deep one."""
    paths = [_with(path, **facet) for path in LISTS for facet in FACETS]
    paths.append(_with("/tickets/", cursor=desk.deep))
    return {f"queue_p95_ms_{desk.size}": round(p95(desk.times(paths)), 1)}


def deep_pages(desk: Desk) -> dict[str, float]:
    """A page nine tenths down the list beside the first one."""
    first, deep = [], []
    for _ in range(ROUNDS):
        first.append(desk.open("/tickets/"))
        deep.append(desk.open(_with("/tickets/", cursor=desk.deep)))
    return {"deep_ratio": round(p95(deep) / p95(first), 2)}


def searches(desk: Desk) -> dict[str, float]:
    """Words of both languages, common, rare, and such that never meet."""
    paths = [_with("/search/", q=question) for question in QUESTIONS]
    for path in paths:
        print(f"{desk.open(path):>8.1f} ms {path}", file=sys.stderr)
    return {f"search_p95_ms_{desk.size}": round(p95(desk.times(paths)), 1)}


def browsing(desk: Desk) -> dict[str, float]:
    """What a browser sees of the queue: the first paint, and what it had to fetch."""
    url = f"http://{HOST}:{desk.servers.product_port}/queues/general/"
    seen = desk_browser.look(url, desk.cookie)
    return {"fcp_ms": round(seen.fcp_ms), "page_kb": round(seen.page_kb, 1)}


def tabs(desk: Desk) -> dict[str, float]:
    """What two hundred open pages cost that ask for their news while little happens."""
    servers = desk.servers
    paths = (*LISTS, f"/tickets/{desk.ticket}/")
    idle = servers.cpu_s()
    time.sleep(IDLE_S)
    idle = (servers.cpu_s() - idle) / IDLE_S
    opened = desk_tabs.open_all(servers.product_port, desk.cookie, paths)
    before = servers.cpu_s()
    latencies = opened.poll(TABS_S)
    cores = (servers.cpu_s() - before) / TABS_S - idle
    return {
        "tabs_200_cpu": round(cores, 2),
        "tabs_200_p95_ms": round(p95(latencies), 1),
    }


def bulk_of_10k(desk: Desk) -> dict[str, float]:
    """How long the job takes to assign ten thousand tickets to another person."""
    argv = ["-m", "benchmarks.desk_bulk", str(BULK)]
    return {"bulk_10k_s": json.loads(_python(desk.servers, argv))["seconds"]}


# What is measured at each size; another measure is one more function here.
MEASURES: dict[str, tuple[Measure, ...]] = {
    "100k": (queue_pages, searches, browsing, tabs, bulk_of_10k),
    "1m": (queue_pages, deep_pages, searches, browsing),
}
