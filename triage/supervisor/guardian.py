"""Who clears up when the supervisor is killed and can no longer do it itself?

This script, started beside the supervisor. It reads ``+ PID KIND`` and ``- PID``
lines from standard input; when the pipe closes, it ends every process still on the
list. It imports the standard library alone, so that it is small and starts at once.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

# What a child is to the guardian: ``work`` may be killed with everything it started,
# ``store`` may be killed alone, and the ``database`` is only ever asked.
WORK, STORE, DATABASE = "work", "store", "database"

# Leases make a killed worker harmless, so patience here is short.
WORK_PATIENCE_S = 2.0
STORE_PATIENCE_S = 5.0
LOOK_EVERY_S = 0.05


def members(session: int) -> list[int]:
    """Processes of ``session`` that are alive, zombies left out.

    A child leads its own session, and what it starts stays in it, also when it
    moves to another process group. Without ``/proc`` only the leader is known.
    """
    if not Path("/proc/self/stat").exists():
        return [session] if _alive(session) else []
    return [pid for pid in _every_pid() if _session_of(pid) == session]


def end_all(sessions: dict[int, str]) -> None:
    """End every process of ``sessions`` (leader -> kind): work, store, database."""
    work = [pid for pid, kind in sessions.items() if kind == WORK]
    stores = [pid for pid, kind in sessions.items() if kind == STORE]
    databases = [pid for pid, kind in sessions.items() if kind == DATABASE]
    _signal(work, signal.SIGTERM)
    _signal(databases, signal.SIGINT)
    _kill_late(work, WORK_PATIENCE_S)
    _signal(stores, signal.SIGTERM)
    _kill_late(stores, STORE_PATIENCE_S)
    # Killing a database would leave its shared memory and a recovery behind.
    while any(members(pid) for pid in databases):
        time.sleep(LOOK_EVERY_S)


def kill_session(session: int) -> None:
    """Kill what is left of ``session`` at once."""
    for pid in members(session):
        _send(pid, signal.SIGKILL)


def _kill_late(sessions: list[int], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while any(members(session) for session in sessions):
        if time.monotonic() > deadline:
            for session in sessions:
                kill_session(session)
        time.sleep(LOOK_EVERY_S)


def _signal(leaders: list[int], number: signal.Signals) -> None:
    for leader in leaders:
        _send(leader, number)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _every_pid() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def _session_of(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # proc(5): pid (comm) state ppid pgrp session …; comm may hold any character.
    state, _parent, _group, session = stat.rpartition(")")[2].split()[:4]
    return None if state in {"Z", "X"} else int(session)


def _listen() -> None:
    # The supervisor alone decides when the end has come.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sessions: dict[int, str] = {}
    for line in sys.stdin:
        match line.split():
            case ["+", pid, kind]:
                sessions[int(pid)] = kind
            case ["-", pid]:
                sessions.pop(int(pid), None)
    end_all(sessions)


if __name__ == "__main__":
    _listen()
