"""How many reports a second are taken, beside a bare view of the same run?

Rounds of both alternate, so that a machine that does other work disturbs both. Before
each round the product has digested what it took: it is measured with its own digestion
going on, and the bare view with nothing beside it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from benchmarks.stack import Running, running

CLIENTS = (1, 8, 32)
ROUNDS = 5
ROUND_S = 3.0
WARM_UP_S = 2.0
SETTLE_S = 15.0
DIGESTED_WITHIN_S = 600.0
PRODUCT, BARE = "/api/v1/reports/", "/reports/"
TAKEN = (
    "SELECT count(*) FROM triage_failurereport WHERE client_report_id LIKE 'bench-%'"
)


@dataclass(slots=True)
class Rate:
    """What one round did."""

    acknowledged: int
    a_second: float
    p95_ms: float


def run() -> dict[str, float]:
    """Measure; every ratio is the median of its rounds."""
    figures: dict[str, float] = {}
    with running(SETTLE_S) as servers:
        acknowledged = _product(servers, 4, WARM_UP_S).acknowledged
        _bare(servers, 4, WARM_UP_S)
        for clients in CLIENTS:
            ratios = []
            for _ in range(ROUNDS):
                _digest(servers)
                ours = _product(servers, clients, ROUND_S)
                _digest(servers)
                bare = _bare(servers, clients, ROUND_S)
                acknowledged += ours.acknowledged
                ratios.append(ours.a_second / bare.a_second)
                _tell(clients, ours, bare)
            figures[f"ratio_c{clients}"] = round(statistics.median(ratios), 3)
        cpu_s, more = _cpu(servers)
        figures["cpu_s_per_1000"] = round(cpu_s, 2)
        figures["acknowledged"] = acknowledged + more
        figures["stored"] = servers.number(TAKEN)
        figures["digested"] = servers.number(f"{TAKEN} AND state <> 'received'")
        figures["idle_pss_mb"] = round(servers.idle_pss_mb)
    return figures


def _product(servers: Running, clients: int, seconds: float) -> Rate:
    return _load(servers, servers.product_port, PRODUCT, clients, seconds)


def _bare(servers: Running, clients: int, seconds: float) -> Rate:
    return _load(servers, servers.bare_port, BARE, clients, seconds)


def _load(servers: Running, port: int, path: str, clients: int, seconds: float) -> Rate:
    argv = [sys.executable, "-m", "benchmarks.load", str(port), path]
    argv += [str(clients), str(seconds)]
    environment = {**os.environ, "BENCHMARK_KEY": servers.key}
    tally = json.loads(subprocess.check_output(argv, env=environment))
    if tally["refused"]:
        raise SystemExit(f"{tally['refused']} requests to {path} were refused.")
    return Rate(
        acknowledged=tally["acknowledged"],
        a_second=tally["acknowledged"] / tally["seconds"],
        p95_ms=statistics.quantiles(tally["latencies_ms"], n=20)[-1],
    )


def _digest(servers: Running) -> None:
    """Wait until everything that was taken is digested."""
    give_up = time.monotonic() + DIGESTED_WITHIN_S
    while servers.number(f"{TAKEN} AND state = 'received'"):
        if time.monotonic() > give_up:
            raise SystemExit("What was taken has not been digested in time.")
        time.sleep(0.5)


def _cpu(servers: Running) -> tuple[float, int]:
    """Return the CPU seconds of 1,000 reports, digested, and how many were filed."""
    _digest(servers)
    before = servers.cpu_s()
    rate = _product(servers, 8, 2 * ROUND_S)
    _digest(servers)
    used = servers.cpu_s() - before
    return used / rate.acknowledged * 1000, rate.acknowledged


def _tell(clients: int, ours: Rate, bare: Rate) -> None:
    print(
        f"{clients:>3} clients: {ours.a_second:>7.1f}/s (p95 {ours.p95_ms:.0f} ms)"
        f" beside {bare.a_second:>7.1f}/s (p95 {bare.p95_ms:.0f} ms)",
        file=sys.stderr,
    )
