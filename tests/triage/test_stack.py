"""Do the embedded servers live where, and as whom, the rules say?"""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.embedded import folder_for_a_stack
from triage import stack
from triage.stack import Identity, StackError
from triage.stack.identity import serving_identities
from triage.stack.layout import SHELTER

# Somebody who owns nothing here.
STRANGER = Identity("stranger", uid=65_432, gid=65_432)
LONGEST_SOCKET_PATH = 103  # bytes, the shorter limit of the two systems we serve


@pytest.fixture
def var() -> Iterator[Path]:
    with folder_for_a_stack() as folder:
        yield folder


@pytest.fixture
def asked_by_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.stack.layout.serving_identities", lambda: (STRANGER,))


@pytest.fixture
def asked_by_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.stack.layout.serving_identities", tuple)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("asked_by_a_user")
def test_a_user_keeps_everything_under_var(var: Path) -> None:
    places = stack.places(var)
    assert places.owner is None
    assert {places.pg.parent, places.valkey.parent, places.run.parent} == {var}


def test_nobody_serves_where_there_is_no_user_postgres(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody = SimpleNamespace(pw_uid=65534, pw_gid=65534)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwnam", {"nobody": nobody}.__getitem__)
    assert serving_identities() == (Identity("nobody", uid=65534, gid=65534),)


def test_a_user_who_is_not_root_serves_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert serving_identities() == ()


def test_root_without_anybody_to_serve_is_told_both_cures(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = replace(stack.places(var), owner=None)
    monkeypatch.setattr("triage.stack.servers.os.geteuid", lambda: 0)
    with pytest.raises(StackError, match=r"as root.*DATABASE_URL.*normal user"):
        stack.prepare(places, database=True, queue_store=True)
    assert not places.run.exists()


@pytest.mark.usefixtures("asked_by_root")
def test_root_lends_an_open_folder_to_the_user_that_serves(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = stack.Programs(postgres=None, initdb=None, valkey=None)
    monkeypatch.setattr("triage.stack.layout.find", lambda: nothing)
    places = stack.places(var)
    assert (places.home, places.owner) == (var, STRANGER)


@pytest.mark.usefixtures("asked_by_root")
def test_root_moves_the_servers_out_of_a_closed_folder() -> None:
    with folder_for_a_stack(closed=True) as var:
        places = stack.places(var)
        assert places.sheltered
        assert places.home.parent == SHELTER
        assert places.run.parent == places.home
        assert places.lock.parent == var


@pytest.mark.usefixtures("asked_by_root")
def test_data_that_is_there_keeps_its_place_when_a_folder_is_closed_later() -> None:
    with folder_for_a_stack(closed=True) as var:
        (var / "pg").mkdir(parents=True)
        assert stack.places(var).home == var


def test_the_same_folder_always_gives_the_same_places(var: Path) -> None:
    before = stack.places(var)
    stack.prepare(before, database=True, queue_store=True)
    assert stack.places(var) == before
    assert stack.places(var / ".." / var.name) == before


@pytest.mark.parametrize("runtime", ["/run/user/1000", None])
@pytest.mark.usefixtures("asked_by_a_user")
def test_a_socket_path_stays_short_however_deep_the_checkout_lies(
    runtime: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    var = Path("/srv") / ("deep" * 40) / "var"
    for socket in (".s.PGSQL.5432.lock", "valkey.sock"):
        path = stack.places(var).run / socket
        assert len(os.fsencode(path)) <= LONGEST_SOCKET_PATH


def test_folders_of_the_servers_are_closed_to_everybody_else(var: Path) -> None:
    places = stack.places(var)
    stack.prepare(places, database=True, queue_store=True)
    assert [mode_of(each) for each in (places.run, places.valkey, places.log)] == [
        0o700,
        0o700,
        0o700,
    ]


def test_a_looser_mode_is_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o777)
    stack.private_folder(folder, None)
    assert mode_of(folder) == stat.S_IRWXU


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    target, link = tmp_path / "elsewhere", tmp_path / "run"
    target.mkdir()
    target.chmod(0o755)
    link.symlink_to(target)
    with pytest.raises(StackError, match="symbolic link"):
        stack.private_folder(link, None)
    assert mode_of(target) == 0o755


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("not a folder")
    with pytest.raises(StackError, match="must be a folder"):
        stack.private_folder(tmp_path / "run", None)


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    before = folder.stat()
    with pytest.raises(StackError, match="belongs to user id"):
        stack.private_folder(folder, STRANGER)
    assert (folder.stat().st_uid, folder.stat().st_mode) == (
        before.st_uid,
        before.st_mode,
    )


def test_a_user_reaches_what_every_folder_above_lets_pass(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    me = Identity("me", uid=os.geteuid(), gid=os.getegid())
    assert me.reaches(inner)
    (tmp_path / "a").chmod(0o700)
    assert me.reaches(inner)
    assert not STRANGER.reaches(inner)


def test_a_missing_server_names_both_cures(var: Path) -> None:
    nothing = stack.Programs(postgres=None, initdb=None, valkey=None)
    with pytest.raises(StackError, match=r"local.*DATABASE_URL and REDIS_URL"):
        stack.usable_programs(
            stack.places(var), nothing, database=True, queue_store=False
        )


def test_a_program_that_does_not_run_is_found_before_any_data_is_made(
    var: Path,
) -> None:
    broken = stack.Programs(
        postgres=Path("/bin/false"), initdb=None, valkey=Path("/bin/false")
    )
    with pytest.raises(StackError, match="/bin/false does not run"):
        stack.usable_programs(
            stack.places(var), broken, database=True, queue_store=True
        )


def test_an_interrupted_first_start_leaves_nothing_half_made(var: Path) -> None:
    places = stack.places(var)
    wanted = {"database": True, "queue_store": False}
    stack.prepare(places, **wanted)
    programs = stack.usable_programs(places, stack.find(), **wanted)
    half_made = places.pg.with_suffix(".new")
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("half")
    stack.make_cluster(places, programs)
    assert (places.pg / "PG_VERSION").read_text().strip().isdigit()
    assert not half_made.exists()


def test_another_major_version_is_refused_with_the_way_out(var: Path) -> None:
    places = stack.places(var)
    wanted = {"database": True, "queue_store": False}
    stack.prepare(places, **wanted)
    programs = stack.usable_programs(places, stack.find(), **wanted)
    places.pg.mkdir()
    (places.pg / "PG_VERSION").write_text("12\n")
    with pytest.raises(StackError, match=r"PostgreSQL 12; .*pg_dump .*pg_restore"):
        stack.make_cluster(places, programs)


def test_values_of_failed_statements_stay_out_of_the_log(var: Path) -> None:
    server = stack.postgres(stack.places(var), stack.find(), connections=50)
    assert "log_min_messages=log" in server.argv
    assert "log_min_error_statement=panic" in server.argv
    assert "listen_addresses=" in server.argv


def test_the_queue_store_keeps_everything_and_listens_on_its_socket_alone(
    var: Path,
) -> None:
    argv = stack.valkey(stack.places(var), stack.find()).argv
    options = dict(zip(argv[1::2], argv[2::2], strict=True))
    assert options["--port"] == "0"
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
