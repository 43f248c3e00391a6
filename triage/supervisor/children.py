"""How is one child process started so that it cannot outlive the supervisor?"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from triage.stack import Identity
from triage.supervisor import guardian
from triage.supervisor.log import Log

PR_SET_PDEATHSIG = 1  # prctl(2), Linux only


class Stage(IntEnum):
    """The order of stopping: who brings work stops before who needs stores."""

    WEB = 0
    WORK = 1
    STORE = 2
    DATABASE = 3


@dataclass(frozen=True, slots=True)
class Program:
    """What to run under which name, and how it is asked to stop.

    ``patience_s`` seconds after ``stop_signal`` it is killed; None: never.
    ``keep_open`` are descriptors that it inherits. ``niceness`` is added to our own
    (setpriority(2)): the higher, the more it leaves to others while cores are scarce.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    stage: Stage
    patience_s: float | None
    stop_signal: signal.Signals = signal.SIGTERM
    owner: Identity | None = None
    keep_open: tuple[int, ...] = ()
    niceness: int = 0

    @property
    def guardian_kind(self) -> str:
        """What the guardian may do to it."""
        if self.stage is Stage.DATABASE:
            return guardian.DATABASE
        return guardian.STORE if self.stage is Stage.STORE else guardian.WORK


class Guardian:
    """The process that ends our children if we are killed."""

    def __init__(self, keep_open: tuple[int, ...] = ()) -> None:
        self._keep_open = keep_open
        self._watched: dict[int, str] = {}
        self._start()

    @property
    def pid(self) -> int:
        """Process id of the guardian that runs now."""
        return self._process.pid

    def watch(self, pid: int, kind: str) -> None:
        """Put a child on the list."""
        self._watched[pid] = kind
        self._tell(f"+ {pid} {kind}")

    def forget(self, pid: int) -> None:
        """Take a child that has ended from the list."""
        self._watched.pop(pid, None)
        self._tell(f"- {pid}")

    def keep_alive(self) -> None:
        """Start another if it was killed."""
        if self._process.poll() is not None:
            os.close(self._pipe)
            self._start()

    def close(self) -> None:
        """Let it go; it first ends whatever is still on the list."""
        os.close(self._pipe)
        self._process.wait()

    def _start(self) -> None:
        read, self._pipe = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own script
                [sys.executable, "-I", "-S", guardian.__file__],
                cwd="/",
                stdin=read,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=self._keep_open,
            )
        finally:
            os.close(read)
        for pid, kind in self._watched.items():
            self._tell(f"+ {pid} {kind}")

    def _tell(self, line: str) -> None:
        # A guardian that was killed reads nothing; the next one gets the whole list.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, f"{line}\n".encode())


def start(program: Program, log: Log) -> subprocess.Popen[bytes]:
    """Start ``program`` in a session of its own, its output in ``log``.

    Call from the main thread: the kernel's death signal follows the thread that
    started the child.
    """
    read, write = os.pipe()
    owner = program.owner
    try:
        process = subprocess.Popen(  # noqa: S603  # command lines of our own
            program.argv,
            cwd=program.folder,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=write,
            start_new_session=True,
            pass_fds=program.keep_open,
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
            preexec_fn=_arranged(program),  # noqa: PLW1509
        )
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(write)
    log.follow(read, program.name)
    return process


def _arranged(program: Program) -> Callable[[], None]:
    """Return what the child does between fork and exec: no more than system calls."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # loaded here, before the fork
    parent, number = os.getpid(), int(program.stop_signal)

    def arrange() -> None:
        if program.niceness:
            _be_nice(program.niceness)
        if prctl is None:
            return
        prctl(PR_SET_PDEATHSIG, number)
        # The parent may have died between the fork and this line.
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def _be_nice(niceness: int) -> None:
    """Leave the processor to others, on kernels that count by process or by session.

    With automatic groups (sched(7)) each session has its share, whatever the niceness
    of its processes; the share itself has a niceness then.
    """
    os.nice(niceness)
    with contextlib.suppress(OSError):  # another kernel, or another system
        group = os.open("/proc/self/autogroup", os.O_WRONLY)
        os.write(group, str(niceness).encode())
        os.close(group)
