"""What have processes used? Read from ``/proc``, so Linux alone is measured."""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
KIB_PER_MIB = 1024


def tree(*roots: int) -> set[int]:
    """Return the processes and all that descend from them, as they live now."""
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: set[int] = set()
    left = list(roots)
    while left:
        pid = left.pop()
        if pid not in found:
            found.add(pid)
            left += children.get(pid, [])
    return found


def parent(pid: int) -> int:
    """Return who started a process."""
    return int(_stat(pid)[1])


def cpu_s(pids: set[int]) -> float:
    """Return the CPU seconds of processes and of their ended children."""
    ticks = sum(int(each) for pid in pids for each in _stat(pid)[11:15])
    return ticks / TICKS_PER_S


def pss_mb(pids: set[int]) -> float:
    """Return the proportional memory of processes: shared pages count once."""
    return sum(_pss_kib(pid) for pid in pids) / KIB_PER_MIB


def _stat(pid: int) -> list[str]:
    """Return the fields of proc(5) ``stat`` from the state on; empty if it ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _pss_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
