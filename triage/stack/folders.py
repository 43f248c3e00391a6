"""How is a folder made that only the serving user may enter?"""

import os
import stat
from pathlib import Path

from triage.stack.identity import Identity

PRIVATE = 0o700


class StackError(Exception):
    """The embedded servers cannot run as asked; the message names the cure."""


def private_folder(path: Path, owner: Identity | None) -> None:
    """Make ``path`` a folder with mode 0700 that belongs to ``owner``.

    None stands for the caller. A looser mode is tightened. A symbolic link, a file
    or a foreign owner is refused with StackError; parents are left alone.
    """
    try:
        path.mkdir(mode=PRIVATE)
        made = True
    except FileExistsError:
        made = False
    try:
        # Opened without following links, so what is checked is what is changed.
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise StackError(
            f"{path} must be a folder, neither a file nor a symbolic link."
            " Move it away and start again."
        ) from error
    try:
        _claim(path, handle, owner, made=made)
    finally:
        os.close(handle)


def public_folder(path: Path) -> None:
    """Make ``path``, and what is missing above it, enterable; keep what exists."""
    for missing in [p for p in (path, *path.parents) if not p.exists()][::-1]:
        missing.mkdir(exist_ok=True)
        missing.chmod(0o755)


def _claim(path: Path, handle: int, owner: Identity | None, *, made: bool) -> None:
    uid = os.geteuid() if owner is None else owner.uid
    found = os.fstat(handle)
    if found.st_uid != uid:
        if not (made and found.st_uid == os.geteuid()):
            raise StackError(_foreign(path, found.st_uid, uid))
        os.fchown(handle, uid, -1 if owner is None else owner.gid)
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        os.fchmod(handle, PRIVATE)


def _foreign(path: Path, found: int, wanted: int) -> str:
    return (
        f"{path} belongs to user id {found}, but the servers would run as user id"
        f" {wanted}. Start as the user who made it, or choose another folder with"
        " --var."
    )
