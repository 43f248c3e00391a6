"""How do the lines of all processes become one log?

Each line goes to standard output and to ``up.log``, marked with the process that
wrote it. A thread reads, so a talkative child never waits for the supervisor.
"""

import logging
import os
import sys
import threading
from collections import defaultdict, deque
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

TAIL_LINES = 20
# A runaway line is cut here; nothing that a person reads is longer.
LONGEST_LINE = 4000
FILE_BYTES = 10_000_000
FILES_KEPT = 3

# A child's output must not steer the reader's terminal.
_CONTROLS = {code: "?" for code in (*range(32), 127, *range(128, 160)) if code != 9}


class Log:
    """One log for many processes. Thread-safe."""

    def __init__(self, path: Path, *, echo: bool = True) -> None:
        self._file = RotatingFileHandler(
            path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
        self._echo = echo
        self._tails: dict[str, deque[str]] = defaultdict(
            lambda: deque(maxlen=TAIL_LINES)
        )
        self._guard = threading.Lock()
        self._readers: list[threading.Thread] = []

    def say(self, line: str, name: str = "up") -> None:
        """Write one line for the process ``name``."""
        line = line.rstrip("\r\n").translate(_CONTROLS)[:LONGEST_LINE]
        with self._guard:
            self._tails[name].append(line)
            marked = f"{name:<8} | {line}"
            if self._echo:
                _print(marked)
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._file.emit(logging.makeLogRecord({"msg": f"{stamp} {marked}"}))

    def follow(self, handle: int, name: str) -> None:
        """Copy lines from the descriptor ``handle`` until it closes; owns it."""
        reader = threading.Thread(target=self._copy, args=(handle, name), daemon=True)
        reader.start()
        self._readers = [each for each in self._readers if each.is_alive()]
        self._readers.append(reader)

    def tail(self, name: str) -> list[str]:
        """The last 20 lines of one process, oldest first."""
        with self._guard:
            return list(self._tails[name])

    def close(self) -> None:
        """Wait a moment for last words, then close the file."""
        for reader in self._readers:
            reader.join(timeout=0.5)
        with self._guard:
            self._file.close()

    def _copy(self, handle: int, name: str) -> None:
        with os.fdopen(handle, encoding="utf-8", errors="replace") as lines:
            while line := lines.readline(LONGEST_LINE):
                self.say(line, name)


def _print(line: str) -> None:
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        # Whoever read our output has gone; the file still has it all.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    except UnicodeEncodeError:
        sys.stdout.write(line.encode("ascii", "replace").decode() + "\n")
