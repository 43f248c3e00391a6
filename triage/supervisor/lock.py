"""How does one folder get at most one running stack?

Valkey does not lock its data, and two servers on one append-only file destroy it.
The lock is held by the open file, which the guardian and both servers inherit: it is
free only when the last of them is gone, whoever was killed before.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from triage.stack import StackError

# The guardian of a killed supervisor needs this long at most for an idle database.
CLEARING_PATIENCE_S = 30.0
LOOK_EVERY_S = 0.1


class Busy(StackError):
    """Another stack runs over the same folder; nothing was touched."""


def acquire(path: Path, note: str, say: Callable[[str], None]) -> int:
    """Lock ``path`` for life and write this process id and ``note`` into it.

    Returns the descriptor to keep open. Raises Busy if a live supervisor holds it;
    if its supervisor is dead, waits until what it left behind has ended.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    deadline = time.monotonic() + CLEARING_PATIENCE_S
    told = False
    while not _locked(handle):
        pid, theirs = holder(path)
        if pid is None or _alive(pid):
            os.close(handle)
            raise Busy(
                "another `manage.py up` is running"
                f" (pid {pid or 'not known yet'}, {theirs or 'starting'})."
                " Stop it first, or choose another folder with --var."
            )
        if time.monotonic() > deadline:
            os.close(handle)
            raise Busy(
                f"servers of a killed `manage.py up` (pid {pid}) are still ending."
                " Wait until they have, then start again."
            )
        if not told:
            say(f"waiting for what pid {pid} left behind to end")
            told = True
        time.sleep(LOOK_EVERY_S)
    os.truncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n{note}\n".encode(), 0)
    return handle


def holder(path: Path) -> tuple[int | None, str]:
    """Process id and note of whoever locked ``path`` last; None if unreadable."""
    try:
        pid, _, note = path.read_text(encoding="utf-8").strip().partition("\n")
    except FileNotFoundError:
        return None, ""
    return (int(pid) if pid.isdigit() else None), note


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
