"""Which existing user may the embedded servers run as, and which folders can it enter?

PostgreSQL refuses to run as root. No user is ever created: an existing one serves.
"""

import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Asked in this order. Debian's package makes the first, every system has the second.
SERVING_USERS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user that root lends to the servers; it keeps no supplementary group."""

    name: str
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Tell whether this user may pass every folder down to ``path``.

        Folders that do not exist yet count as passable: whoever makes them decides.
        ``path`` itself counts if it is a folder. Access lists are not looked at.
        """
        return all(self._may_pass(folder) for folder in _folders_down_to(path))

    def _may_pass(self, folder: os.stat_result) -> bool:
        if folder.st_uid == self.uid:
            return bool(folder.st_mode & stat.S_IXUSR)
        if folder.st_gid == self.gid:
            return bool(folder.st_mode & stat.S_IXGRP)
        return bool(folder.st_mode & stat.S_IXOTH)


def serving_identities() -> tuple[Identity, ...]:
    """The users that root may lend, best first; empty when root is not asking."""
    if os.geteuid() != 0:
        return ()
    return tuple(_existing(SERVING_USERS))


def _existing(names: tuple[str, ...]) -> Iterator[Identity]:
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        yield Identity(name, entry.pw_uid, entry.pw_gid)


def _folders_down_to(path: Path) -> Iterator[os.stat_result]:
    for part in (path, *path.parents):
        try:
            found = part.stat()
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(found.st_mode):
            yield found
