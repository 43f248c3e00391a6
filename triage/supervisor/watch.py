"""How are the children watched, started again, and stopped in order?"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FrameType

from triage.supervisor import guardian
from triage.supervisor.children import Guardian, Program, Stage, start
from triage.supervisor.log import Log
from triage.supervisor.restarts import delay_after

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_NAP_S = 1.0
STILL_WAITING_S = 5.0


class GivenUp(Exception):
    """A child exited again and again; its last lines are in ``lines``."""

    def __init__(self, name: str, lines: list[str]) -> None:
        super().__init__(f"{name} exited five times within a minute")
        self.lines = lines


class StopAsked(Exception):
    """A signal asked for the end while something was still being waited for."""


@dataclass(slots=True)
class Child:
    """One program, its process while it runs, and its exits so far."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    exits: list[float] = field(default_factory=list)
    start_at: float = 0.0


class Supervisor:
    """Starts, watches and stops programs. One per process, in its main thread."""

    def __init__(self, log: Log, keep_open: tuple[int, ...] = ()) -> None:
        self._log = log
        self._children: list[Child] = []
        self._stop_asked = self._listening = False
        self._bell, self._ring = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._ring, False)
        self._guardian = Guardian(keep_open)

    @property
    def guardian_pid(self) -> int:
        """Process id of the guardian at this moment."""
        return self._guardian.pid

    def listen(self) -> None:
        """Take the stop signals from now on; only the first of them counts."""
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(number, self._heard)
        # Each signal then writes a byte, so that a nap ends at once.
        self._listening = True
        signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)

    def start(self, program: Program) -> None:
        """Start ``program`` and keep it running from now on."""
        child = Child(program)
        self._children.append(child)
        self._spawn(child)

    def running(self, name: str) -> bool:
        """Tell whether the child ``name`` is alive at this moment."""
        child = next(each for each in self._children if each.program.name == name)
        return child.process is not None and child.process.poll() is None

    def nap(self, seconds: float) -> None:
        """Wait, at most ``seconds``; raise StopAsked as soon as a signal asks."""
        self._doze(seconds)
        if self._stop_asked:
            raise StopAsked

    def watch(self) -> None:
        """Keep all children running until a signal asks for the end.

        Raises GivenUp when a child exits five times within a minute.
        """
        while not self._stop_asked:
            self.look()
            self._doze(self._until_next_start())

    def look(self) -> None:
        """Notice exits and start what is due; returns at once."""
        self._guardian.keep_alive()
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._note_exit(child, now)
            if child.process is None and now >= child.start_at:
                self._spawn(child)

    def stop(self) -> None:
        """Stop all children, stage by stage, then the guardian. Returns when done."""
        self._log.say("stopping; a further signal changes nothing")
        for stage in Stage:
            self._stop_stage([c for c in self._children if c.program.stage is stage])
        self._guardian.close()
        if self._listening:
            signal.set_wakeup_fd(-1)
        os.close(self._bell)
        os.close(self._ring)

    def _spawn(self, child: Child) -> None:
        child.process = start(child.program, self._log)
        self._guardian.watch(child.process.pid, child.program.guardian_kind)

    def _note_exit(self, child: Child, now: float) -> None:
        name, code = child.program.name, self._buried(child)
        child.exits.append(now)
        delay = delay_after(child.exits)
        if delay is None:
            raise GivenUp(name, self._log.tail(name))
        child.start_at = now + delay
        self._log.say(f"{name} ended ({_meaning(code)}); next start in {delay:g} s")

    def _buried(self, child: Child) -> int:
        # Called when the leader has exited: ends what it left and forgets it.
        process = child.process
        if process is None:
            return 0
        if child.program.stage is not Stage.DATABASE:
            guardian.kill_session(process.pid)
        self._guardian.forget(process.pid)
        child.process = None
        return process.wait()

    def _stop_stage(self, children: list[Child]) -> None:
        for program, process in _alive(children):
            process.send_signal(program.stop_signal)
        started = told = time.monotonic()
        while left := _alive(children):
            now = time.monotonic()
            for program, process in left:
                patience_s = program.patience_s
                if patience_s is not None and now - started >= patience_s:
                    self._log.say(f"{program.name} does not stop; killed")
                    guardian.kill_session(process.pid)
            if now - told >= STILL_WAITING_S:
                names = ", ".join(program.name for program, _ in left)
                self._log.say(f"waiting for {names} to end")
                told = now
            self._doze(0.1)
        for child in children:
            self._buried(child)

    def _until_next_start(self) -> float:
        waiting = [c.start_at for c in self._children if c.process is None]
        if not waiting:
            return LONGEST_NAP_S
        return min(LONGEST_NAP_S, max(0.0, min(waiting) - time.monotonic()))

    def _doze(self, seconds: float) -> None:
        ready, _, _ = select.select([self._bell], [], [], seconds)
        if ready:
            os.read(self._bell, 4096)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        # Nothing else: the log may be locked by the very line this interrupts.
        self._stop_asked = self._stop_asked or number != signal.SIGCHLD


def _alive(
    children: Iterable[Child],
) -> list[tuple[Program, subprocess.Popen[bytes]]]:
    return [
        (child.program, child.process)
        for child in children
        if child.process is not None and child.process.poll() is None
    ]


def _meaning(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
