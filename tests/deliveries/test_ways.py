"""Is a connection used again only where a call may be made twice?"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from pytest_django import Settings

from deliveries import outbound
from deliveries.outbound import Answer, Unclear, UnclearReason
from tests.wire import hear

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSING = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


@pytest.fixture(autouse=True)
def private_addresses(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


@dataclass
class Provider:
    """Answers on every connection as often as it is told to, then hangs up."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    callers: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)

    def post(self, path: str = "") -> outbound.Result:
        url = f"http://127.0.0.1:{self.port}/{path}"
        return outbound.request("POST", url, headers={}, body=b"{}")


@contextmanager
def provider(answers: Callable[[int], list[bytes]]) -> Iterator[Provider]:
    """Serve callers one after the other; ``answers`` are those of the nth of them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        it = Provider(server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                it.callers += 1
                with connection, suppress(OSError):
                    for answer in answers(it.callers):
                        it.heard.append(hear(connection))
                        connection.sendall(answer)
                    # Hangs up on the next request only after it was read.
                    if not hear(connection):
                        it.hung_up.set()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield it
        finally:
            outbound.close_kept()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def answers(result: outbound.Result) -> bool:
    return isinstance(result, Answer) and result.text == "ok"


def test_every_call_has_a_connection_of_its_own() -> None:
    with provider(lambda caller: [OK]) as it:
        assert answers(it.post())
        assert answers(it.post())

    assert it.callers == 2
    assert b"Connection: close" in it.heard[0]


def test_calls_of_a_block_share_a_connection() -> None:
    with provider(lambda caller: [OK] * 3) as it, outbound.kept_connections():
        assert all(answers(it.post(str(n))) for n in range(3))

    assert it.callers == 1
    assert [each.split()[1] for each in it.heard] == [b"/0", b"/1", b"/2"]
    assert b"Connection: close" not in it.heard[0]


def test_a_connection_is_there_for_the_next_block() -> None:
    with provider(lambda caller: [OK] * 2) as it:
        for _ in range(2):
            with outbound.kept_connections():
                assert answers(it.post())

    assert it.callers == 1


def test_a_call_outside_of_a_block_does_not_take_it() -> None:
    with provider(lambda caller: [OK]) as it:
        with outbound.kept_connections():
            assert answers(it.post())
        outbound.close_kept()  # the provider hears one caller at a time
        assert answers(it.post())

    assert it.callers == 2
    assert b"Connection: close" in it.heard[1]


def test_what_has_rested_for_too_long_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deliveries.outbound.http11.IDLE_S", 0.0)
    with provider(lambda caller: [OK]) as it, outbound.kept_connections():
        assert answers(it.post())
        assert answers(it.post())

    assert it.callers == 2


def test_a_name_is_looked_up_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deliveries.outbound.http11.OLDEST_S", 0.0)
    with provider(lambda caller: [OK]) as it, outbound.kept_connections():
        assert answers(it.post())
        assert answers(it.post())

    assert it.callers == 2


def test_what_has_rested_for_too_long_is_closed_when_another_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with provider(lambda caller: [OK]) as it, provider(lambda caller: [OK]) as other:
        with outbound.kept_connections():
            assert answers(it.post())
            monkeypatch.setattr("deliveries.outbound.http11.IDLE_S", 0.0)
            assert answers(other.post())

        assert it.hung_up.wait(5)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_child_does_not_speak_over_the_connection_of_its_parent() -> None:
    with provider(lambda caller: [OK] * 3) as it, outbound.kept_connections():
        assert answers(it.post())
        child = os.fork()
        if child == 0:  # nothing of the test may run on here
            os._exit(outbound.keeps_any())
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert outbound.keeps_any()
        assert answers(it.post())

    assert it.callers == 1


def test_a_provider_that_wants_to_close_is_called_anew() -> None:
    with provider(lambda caller: [CLOSING]) as it, outbound.kept_connections():
        assert answers(it.post())
        assert answers(it.post())

    assert it.callers == 2


def test_a_call_that_an_old_connection_lost_is_made_again() -> None:
    with provider(lambda caller: [OK]) as it, outbound.kept_connections():
        assert answers(it.post("first"))
        assert answers(it.post("second"))

    assert it.callers == 2


def test_a_call_that_a_new_connection_lost_is_not() -> None:
    with provider(lambda caller: []) as it, outbound.kept_connections():
        assert it.post() == Unclear(UnclearReason.CONNECTION_RESET)

    assert it.callers == 1


def test_every_call_has_its_whole_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("deliveries.outbound.call.time.monotonic", lambda: now[0])
    monkeypatch.setattr("deliveries.outbound.http11.IDLE_S", 60.0)
    with provider(lambda caller: [OK] * 3) as it, outbound.kept_connections():
        for _ in range(3):
            assert answers(it.post())
            now[0] += outbound.TOTAL_S - 1

    assert it.callers == 1


def test_an_address_is_checked_before_a_connection_is_made(
    settings: Settings,
) -> None:
    with provider(lambda caller: [OK] * 2) as it, outbound.kept_connections():
        assert answers(it.post())
        settings.OUTBOUND_ALLOW_PRIVATE = False
        url = f"https://127.0.0.1:{it.port}/"
        refused = outbound.request("POST", url, headers={}, body=b"{}")

    assert isinstance(refused, outbound.Refused)
    assert refused.reason == outbound.RefusedReason.FORBIDDEN_ADDRESS
    assert it.callers == 1
