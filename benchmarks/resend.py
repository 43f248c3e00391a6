"""How many messages a second are sent, beside bare Celery tasks of the same run?

Rounds alternate between tasks that do nothing, sends with one message a claim, and
sends in chunks of 100, all by the same worker with the settings of the product; so a
machine that does other work disturbs each. The provider answers at once.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

import psycopg

from benchmarks import stack
from benchmarks.workers import (
    DRAIN,
    NOTHING,
    PROCESSES,
    PROVIDER_PORT,
    Working,
    working,
)

ROUNDS = 5
TASKS, SINGLE, CHUNKED = 2_000, 600, 6_000
CHUNK = 100
FEW, MANY = 10_000, 1_000_000
SENDS = 100_000
LEFT = "SELECT count(*) FROM deliveries_message WHERE state <> 'delivered'"
EMPTY = "TRUNCATE deliveries_message, deliveries_factchange CASCADE"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one round did, by all processes but the one that measures."""

    a_second: float
    cpu_ms: float


def run() -> dict[str, float]:
    """Measure; every ratio is the median of its rounds."""
    with working() as work:
        _inside(work, "people", PROVIDER_PORT)
        figures = _rates(work)
        figures["claim_growth"] = round(_claim_growth(work), 2)
        _inside(work, "due", SENDS + 10_000)
        figures["rss_growth_mb"] = round(_inside(work, "growth_mb", SENDS), 1)
        _empty(work)
    return figures


def _rates(work: Working) -> dict[str, float]:
    singles, chunks, cpu = [], [], []
    _tasks(work)
    _sends(work, CHUNK, CHUNKED)
    for _ in range(ROUNDS):
        bare = _tasks(work)
        single = _sends(work, 1, SINGLE)
        chunked = _sends(work, CHUNK, CHUNKED)
        singles.append(single.a_second / bare.a_second)
        chunks.append(chunked.a_second / bare.a_second)
        cpu.append((bare.cpu_ms, single.cpu_ms, chunked.cpu_ms))
        _tell(bare, single, chunked)
    names = ("bare", "single", "chunk")
    return {
        "ratio_single": round(statistics.median(singles), 3),
        "ratio_chunk": round(statistics.median(chunks), 3),
        **{
            f"cpu_s_per_1000_{name}": round(statistics.median(each), 2)
            for name, each in zip(names, zip(*cpu, strict=True), strict=True)
        },
    }


def _tasks(work: Working) -> Rate:
    """Let bare tasks be done."""
    return _measured(work, NOTHING, TASKS, TASKS)


def _sends(work: Working, chunk: int, count: int) -> Rate:
    """Let messages be sent, so many a claim."""
    _inside(work, "due", count)
    rate = _measured(work, DRAIN, PROCESSES, count, chunk)
    with psycopg.connect(work.conninfo) as connection:
        left = connection.execute(LEFT).fetchone()
    if left != (0,):
        raise SystemExit(f"Not everything was delivered: {left}.")
    _empty(work)
    return rate


def _measured(
    work: Working, task: str, times: int, count: int, *arguments: object
) -> Rate:
    before = work.cpu_s()
    seconds = work.seconds_for(task, times, *arguments)
    return Rate(count / seconds, (work.cpu_s() - before) / count * 1000)


def _tell(bare: Rate, single: Rate, chunked: Rate) -> None:
    print(
        f"{bare.a_second:>6.0f} tasks/s ({bare.cpu_ms:.2f} ms of CPU each),"
        f" {single.a_second:>5.0f} sends/s one by one ({single.cpu_ms:.2f} ms),"
        f" {chunked.a_second:>5.0f} in chunks ({chunked.cpu_ms:.2f} ms)",
        file=sys.stderr,
    )


def _claim_growth(work: Working) -> float:
    """Return how much slower a claim is among many tries than among few."""
    p95_ms = []
    for rows in (FEW, MANY):
        _inside(work, "due", rows // 2)
        _inside(work, "over", rows // 2)
        p95_ms.append(_inside(work, "claim_p95_ms"))
        _empty(work)
    few, many = p95_ms
    print(f"a claim: {few:.2f} ms among {FEW}, {many:.2f} ms", file=sys.stderr)
    return many / few


def _empty(work: Working) -> None:
    with psycopg.connect(work.conninfo) as connection:
        connection.execute(EMPTY)


def _inside(work: Working, function: str, *numbers: int) -> float:
    """Run a function of :mod:`benchmarks.sends` in a process of its own."""
    argv = [sys.executable, "-m", "benchmarks.inside", "sends", function]
    argv += map(str, numbers)
    said = subprocess.check_output(argv, cwd=stack.CHECKOUT, env=work.environment)
    return float(json.loads(said))
