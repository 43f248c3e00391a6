"""Where does one stack keep its data, sockets, locks and logs?

Every process of a stack (servers, web, workers, commands) asks here with the same
folder and gets the same answer, so none has to be told where the sockets are.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from triage.stack.identity import Identity, serving_identities
from triage.stack.programs import find

# A Unix socket path may have 107 bytes (103 on macOS); 85 leaves room for the
# longest socket name that PostgreSQL or Valkey makes in the directory.
LONGEST_RUN_PATH = 85

# Survives a reboot, unlike /tmp, and every user may enter it.
SHELTER = Path("/var/tmp")  # noqa: S108  # only 0700 folders are made there


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one stack; all of them absolute.

    ``home`` holds what belongs to the servers: ``var`` itself, or a folder under
    ``/var/tmp`` when no user that may serve can enter ``var``. ``owner`` is the user
    that root lends to the servers; None when they run as whoever starts them.
    """

    var: Path
    home: Path
    pg: Path
    valkey: Path
    run: Path
    log: Path
    lock: Path
    owner: Identity | None

    @property
    def valkey_socket(self) -> Path:
        """The socket of the queue store; PostgreSQL names its own in ``run``."""
        return self.run / "valkey.sock"

    @property
    def sheltered(self) -> bool:
        """True when the servers live outside ``var``, with their own programs."""
        return self.home != self.var


def places(var: Path) -> Places:
    """Say where the stack under ``var`` keeps what; touches nothing.

    Not root: under ``var``. Root: under ``var`` if an existing ``postgres``, else
    ``nobody``, can enter both ``var`` and the folders of the programs; otherwise
    under ``/var/tmp/undelivered-<hash>``. Data that already lies under ``var`` keeps
    its place and its owner, so a later change of mode never hides a database.
    """
    var = var.resolve()
    home, owner = _seat(var, serving_identities())
    return Places(
        var=var,
        home=home,
        pg=home / "pg",
        valkey=home / "valkey",
        run=_run(home),
        log=var / "log",
        lock=var / "up.lock",
        owner=owner,
    )


def _seat(var: Path, identities: tuple[Identity, ...]) -> tuple[Path, Identity | None]:
    if not identities:
        return var, None
    for kept in (var / "pg", var / "valkey"):
        if kept.is_dir():
            uid = kept.stat().st_uid
            owners = [each for each in identities if each.uid == uid]
            return var, (owners or identities)[0]
    needed = [var, *find().paths()]
    for identity in identities:
        if all(identity.reaches(path) for path in needed):
            return var, identity
    return SHELTER / f"undelivered-{_digest(var)}", identities[0]


def _run(home: Path) -> Path:
    run = home / "run"
    if len(os.fsencode(run)) <= LONGEST_RUN_PATH:
        return run
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    # Root's own runtime folder is closed to the user that serves.
    if runtime and os.geteuid() != 0:
        return Path(runtime) / f"undelivered-{_digest(home)}"
    return Path("/tmp") / f"undelivered-{os.geteuid()}-{_digest(home)}"  # noqa: S108


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
