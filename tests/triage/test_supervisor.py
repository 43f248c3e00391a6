"""Are children watched, started again, stopped in order, and never left behind?"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from triage.supervisor import guardian, lock, probe, programs, watch
from triage.supervisor.children import Program, Stage
from triage.supervisor.lock import Busy
from triage.supervisor.log import LONGEST_LINE, Log
from triage.supervisor.restarts import delay_after
from triage.supervisor.watch import GivenUp, Supervisor

PATIENCE_S = 10.0
WAIT = "import signal; signal.pause()"
AUTOGROUP = Path("/proc/self/autogroup")
DEAF = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf')"


def wait_until(true: Callable[[], object], supervisor: Supervisor) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        supervisor.look()
        supervisor.nap(0.01)


def python(
    source: str, name: str = "child", stage: Stage = Stage.WORK, patience_s: float = 5
) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-uIS", "-c", source),
        folder=Path("/"),
        environment={"PATH": os.defpath},
        stage=stage,
        patience_s=patience_s,
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "up.log", echo=False)
    yield log
    log.close()


@pytest.fixture
def supervisor(log: Log) -> Iterator[Supervisor]:
    supervisor = Supervisor(log)
    yield supervisor
    supervisor.stop()


# --- when to start again ----------------------------------------------------------


def test_restarts_wait_twice_as_long_each_time() -> None:
    exits: list[float] = []
    delays = []
    for at in (0.0, 20.0, 40.0, 62.0, 85.0, 110.0, 140.0):
        exits.append(at)
        delays.append(delay_after(exits))
    assert delays == [1, 2, 4, 8, 16, 30, 30]


def test_a_minute_without_an_exit_starts_the_delays_anew() -> None:
    assert delay_after([0.0, 10.0, 70.0]) == 1


def test_five_exits_within_a_minute_are_given_up() -> None:
    assert delay_after([0.0, 1.0, 3.0, 7.0]) == 8
    assert delay_after([0.0, 1.0, 3.0, 7.0, 59.0]) is None


# --- the log ----------------------------------------------------------------------


def test_every_line_names_the_process_that_wrote_it(
    log: Log, supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(python(f"print('hello'); {WAIT}", name="web"))
    wait_until(lambda: log.tail("web"), supervisor)
    line = (tmp_path / "up.log").read_text().splitlines()[0]
    assert line.endswith("Z web      | hello")


def test_a_line_cannot_steer_the_terminal_of_its_reader(log: Log) -> None:
    log.say("\x1b[2Jred\r\n", "web")
    assert log.tail("web") == ["?[2Jred"]


def test_a_runaway_line_is_cut(log: Log) -> None:
    log.say("x" * (LONGEST_LINE + 1), "web")
    assert len(log.tail("web")[0]) == LONGEST_LINE


# --- watching ---------------------------------------------------------------------


def test_a_child_that_exits_is_started_again(
    log: Log, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "delay_after", lambda _exits: 0.0)
    supervisor.start(python("print('started')"))
    wait_until(lambda: log.tail("child").count("started") > 1, supervisor)
    assert "child ended (exit code 0); next start in 0 s" in log.tail("up")


def test_background_work_leaves_the_processor_to_what_people_wait_for(
    log: Log, supervisor: Supervisor
) -> None:
    own = python("import os; print(os.nice(0))")
    supervisor.start(replace(own, niceness=7))
    wait_until(lambda: log.tail("child"), supervisor)
    assert int(log.tail("child")[0]) == min(19, os.nice(0) + 7)


@pytest.mark.skipif(
    not AUTOGROUP.exists(), reason="this kernel has no automatic groups"
)
def test_so_does_its_whole_session_where_the_kernel_counts_by_session(
    log: Log, supervisor: Supervisor
) -> None:
    own = python(f"print(open({str(AUTOGROUP)!r}).read())")
    supervisor.start(replace(own, niceness=7))
    wait_until(lambda: log.tail("child"), supervisor)
    assert log.tail("child")[0].endswith("nice 7")


def test_two_hundred_open_pages_keep_nobody_waiting() -> None:
    # What the server calls backpressure are connections, and open pages keep theirs.
    site = programs.Site(Path("/"), Path("/var"), "127.0.0.1", 8000, 1, 8)
    contrib = Path(programs.__file__).parents[2] / "contrib"
    files = (contrib / "Procfile", contrib / "systemd/undelivered-web.service")
    started = [each.read_text(encoding="utf-8") for each in files]
    for words in (" ".join(programs.web(site).argv), *started):
        assert f"--backpressure {programs.CONNECTIONS_A_WORKER} " in words
    assert programs.CONNECTIONS_A_WORKER > 200


def test_work_is_nicer_than_the_web() -> None:
    site = programs.Site(Path("/"), Path("/"), "127.0.0.1", 1, 1, 1)
    assert programs.web(site).niceness == 0
    assert {each.niceness for each in programs.behind_the_web(site)} == {5}


def test_a_child_that_cannot_start_is_given_up_with_its_last_lines(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        watch, "delay_after", lambda exits: None if len(exits) > 4 else 0.0
    )
    supervisor.start(python("raise SystemExit('no database here')"))
    with pytest.raises(GivenUp) as caught:
        wait_until(lambda: False, supervisor)
    assert caught.value.lines[-1] == "no database here"


def test_what_a_dead_child_started_is_ended_before_its_next_start(
    log: Log, supervisor: Supervisor
) -> None:
    # As an RQ worker does: a child of its own in a process group of its own.
    supervisor.start(
        python(
            "import os, signal\n"
            "if os.fork() == 0:\n"
            "    os.setpgrp(); print(os.getpid()); signal.pause()\n"
            "signal.pause()"
        )
    )
    wait_until(lambda: log.tail("child"), supervisor)
    orphan = int(log.tail("child")[0])
    os.kill(leader_of(orphan), signal.SIGKILL)
    wait_until(lambda: not alive(orphan), supervisor)


def test_a_killed_guardian_is_replaced(supervisor: Supervisor) -> None:
    first = supervisor.guardian_pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: supervisor.guardian_pid != first, supervisor)


# --- stopping ---------------------------------------------------------------------


def test_the_web_stops_before_the_workers_and_the_database_last(
    log: Log, tmp_path: Path
) -> None:
    ends, supervisor = tmp_path / "ends", Supervisor(log)
    stages = (Stage.DATABASE, Stage.STORE, Stage.WORK, Stage.WEB)
    for stage in stages:
        note = f"open({str(ends)!r}, 'a').write('{stage.name} '); raise SystemExit"
        source = f"import signal\ndef end(*_): {note}\nsignal.signal(15, end)\n"
        source += "print('up'); signal.pause()"
        supervisor.start(python(source, stage.name, stage))
    wait_until(lambda: all(log.tail(stage.name) for stage in stages), supervisor)
    supervisor.stop()
    assert ends.read_text().split() == ["WEB", "WORK", "STORE", "DATABASE"]


def test_a_child_that_ignores_the_signal_is_killed_when_patience_ends(
    log: Log, supervisor: Supervisor
) -> None:
    deaf = Supervisor(log)
    deaf.start(python(f"{DEAF}; {WAIT}", patience_s=0.2))
    wait_until(lambda: log.tail("child"), deaf)
    deaf.stop()
    assert "child does not stop; killed" in log.tail("up")


def test_a_second_signal_changes_nothing(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from triage.supervisor.log import Log\n"
        "from triage.supervisor.watch import Supervisor\n"
        "from triage.supervisor.children import Program, Stage\n"
        "log = Log(Path(sys.argv[1])); supervisor = Supervisor(log)\n"
        "supervisor.listen()\n"
        "slow = 'import signal, select as s; signal.signal(15, lambda *a:'\n"
        "slow += ' (s.select([], [], [], 1),'\n"
        'slow += \' print("ended"), exit())); print("ready"); signal.pause()\'\n'
        "supervisor.start(Program('slow', (sys.executable, '-uIS', '-c', slow),\n"
        "    Path('/'), {}, Stage.WORK, 10))\n"
        "supervisor.watch(); supervisor.stop(); log.close()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "up.log")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=programs.__file__.partition("/triage/")[0],
    ) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line.partition("|")[2].strip())
            if seen[-1] in {"ready", "stopping; a further signal changes nothing"}:
                process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert "ended" in seen


# --- the guardian -----------------------------------------------------------------


def test_the_guardian_ends_what_a_killed_supervisor_leaves(log: Log) -> None:
    left = subprocess.Popen(
        [sys.executable, "-uIS", "-c", f"{DEAF}; {WAIT}"],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    with (
        left,
        subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__], stdin=subprocess.PIPE
        ) as watcher,
    ):
        assert left.stdout is not None
        left.stdout.readline()
        watcher.communicate(f"+ {left.pid} {guardian.WORK}\n".encode())
    assert left.wait() == -signal.SIGKILL


def test_the_guardian_leaves_alone_what_was_taken_off_its_list() -> None:
    kept = subprocess.Popen([sys.executable, "-IS", "-c", WAIT], start_new_session=True)
    with kept:
        with subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__], stdin=subprocess.PIPE
        ) as watcher:
            lines = f"+ {kept.pid} {guardian.WORK}\n- {kept.pid}\n"
            watcher.communicate(lines.encode())
        assert kept.poll() is None
        kept.kill()


# --- one stack a folder -----------------------------------------------------------


def test_a_second_start_is_refused_with_pid_and_address(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"
    handle = lock.acquire(path, "http://127.0.0.1:8000/", print)
    with pytest.raises(Busy, match=rf"pid {os.getpid()}, http://127.0.0.1:8000/"):
        lock.acquire(path, "http://127.0.0.1:9000/", print)
    assert lock.holder(path) == (os.getpid(), "http://127.0.0.1:8000/")
    os.close(handle)


def test_a_start_waits_for_what_a_killed_one_left_behind(tmp_path: Path) -> None:
    path, said = tmp_path / "up.lock", []
    handle = lock.acquire(path, "http://127.0.0.1:8000/", print)
    heir = subprocess.Popen(
        [sys.executable, "-IS", "-c", "input()"],
        pass_fds=(handle,),
        stdin=subprocess.PIPE,
    )
    os.close(handle)
    gone = subprocess.Popen([sys.executable, "-IS", "-c", ""])
    gone.wait()
    path.write_text(f"{gone.pid}\nhttp://127.0.0.1:8000/\n")

    def hear(line: str) -> None:
        said.append(line)
        heir.communicate(b"\n")

    os.close(lock.acquire(path, "http://127.0.0.1:8000/", hear))
    assert said == [f"waiting for what pid {gone.pid} left behind to end"]


# --- the command ------------------------------------------------------------------


def test_a_demo_is_refused_outside_development(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="refuses to run with DEBUG off"):
        call_command("up", "--demo")


def test_the_web_has_a_thread_for_each_connection_of_its_pool() -> None:
    site = programs.Site(Path("/"), Path("/var"), "127.0.0.1", 8000, 2, web_threads=8)
    argv = programs.web(site).argv
    assert argv[argv.index("--blocking-threads") + 1] == "8"
    assert programs.web(site).environment["UNDELIVERED_ROLE"] == "web"
    assert programs.worker(site).environment["UNDELIVERED_ROLE"] == "worker"


def test_the_probe_reads_the_status_of_our_own_web_server() -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if self.path == "/readyz" else 200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    port = server.server_port
    try:
        assert probe.is_taken("127.0.0.1", port)
        assert probe.status_of("127.0.0.1", port, "/readyz", "localhost") == 503
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not probe.is_taken("127.0.0.1", port)
    assert probe.status_of("127.0.0.1", port, "/readyz", "localhost") is None


def leader_of(pid: int) -> int:
    """The leader of the session that ``pid`` lives in."""
    return os.getsid(pid)


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "\nState:\tZ" not in status


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),  # noqa: S104  # read, not bound
        ("::", "http://[::1]:8000/"),
    ],
    ids=["one address", "every address", "every address of IPv6"],
)
def test_the_demo_knows_where_the_desk_takes_receipts(host: str, url: str) -> None:
    site = programs.Site(Path("/"), Path("/var"), host, 8000, 1, 8, live_demo=True)
    *_, demo = programs.behind_the_web(site)
    assert demo.argv[-2:] == ("--site", url)
    assert demo.environment["UNDELIVERED_DEMO"] == "1"


def test_without_a_demo_the_site_is_told_so() -> None:
    site = programs.Site(Path("/"), Path("/var"), "127.0.0.1", 8000, 1, 8)
    assert programs.web(site).environment["UNDELIVERED_DEMO"] == "0"
