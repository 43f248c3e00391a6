"""Where do the embedded PostgreSQL and Valkey live, and how are they run?"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

# A Unix socket path may have 107 bytes (103 on macOS); 85 leaves room for the
# longest socket name that PostgreSQL or Valkey makes in the directory.
LONGEST_RUN_PATH = 85


@dataclass(frozen=True, slots=True)
class Places:
    """The directories and files of one stack; all of them absolute."""

    var: Path
    pg: Path
    valkey: Path
    run: Path
    log: Path
    lock: Path

    @property
    def valkey_socket(self) -> Path:
        return self.run / "valkey.sock"


def places(var: Path) -> Places:
    """Say where the stack under ``var`` keeps what; touches nothing."""
    var = var.resolve()
    run = var / "run"
    if len(os.fsencode(run)) > LONGEST_RUN_PATH:
        run = _short_run(var)
    return Places(
        var=var,
        pg=var / "pg",
        valkey=var / "valkey",
        run=run,
        log=var / "log",
        lock=var / "up.lock",
    )


def _short_run(var: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return Path(runtime) / f"undelivered-{digest}"
    return Path("/tmp") / f"undelivered-{os.getuid()}-{digest}"  # noqa: S108
