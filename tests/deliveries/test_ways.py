"""Is a connection used again only where a call may be made twice?"""

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
                    hear(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield it
        finally:
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


def test_a_connection_ends_with_its_block() -> None:
    with provider(lambda caller: [OK]) as it:
        for _ in range(2):
            with outbound.kept_connections():
                assert answers(it.post())

    assert it.callers == 2


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
    monkeypatch.setattr("deliveries.outbound.ways.IDLE_S", 60.0)
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
