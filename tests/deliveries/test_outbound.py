"""Is it certain, after a call, what the other side knows, and whom did we call?"""

import socket
import ssl
import struct
import threading
from pathlib import Path
from typing import Any

import httpcore
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from deliveries import outbound
from deliveries.outbound import Answer, Refused, RefusedReason, Unclear, UnclearReason
from tests.deliveries.certificates import self_signed
from tests.wire import free_port, hear, peer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(autouse=True)
def private_addresses(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


@pytest.fixture
def public_only(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False


@pytest.fixture
def short_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deliveries.outbound.call.TOTAL_S", 0.3)


def post(url: str, body: bytes = b"{}") -> outbound.Result:
    return outbound.request("POST", url, headers={"X-Mark": "7"}, body=body)


def answer_with(text: bytes) -> Any:
    def talk(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(text)

    return talk


def resolving_to(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    asked = []
    really = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: Any, **named: Any) -> list[Any]:
        if not host.endswith(".example"):
            return list(really(host, *rest, **named))
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_an_answer_is_returned_with_status_headers_and_body() -> None:
    heard = []

    def talk(connection: socket.socket) -> None:
        heard.append(hear(connection))
        connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nRetry-After: 3\r\n\r\n"))

    with peer(talk) as port:
        result = post(f"http://127.0.0.1:{port}/in?x=1", b'{"a": 1}')

    assert isinstance(result, Answer)
    assert (result.status, result.text) == (200, "ok")
    assert result.headers["retry-after"] == "3"
    assert heard[0].startswith(b"POST /in?x=1 HTTP/1.1\r\n")
    assert b"X-Mark: 7" in heard[0]
    assert heard[0].endswith(b'{"a": 1}')


def test_a_definite_no_is_an_answer_like_any_other() -> None:
    with peer(answer_with(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")) as port:
        result = post(f"http://127.0.0.1:{port}/")

    assert isinstance(result, Answer)
    assert result.status == 410


def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    with peer(answer_with(moved)) as port:
        result = post(f"http://127.0.0.1:{port}/")

    assert isinstance(result, Answer)
    assert result.status == 302


def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with peer(answer_with(OK)) as port:
        assert isinstance(post(f"http://127.0.0.1:{port}/"), Answer)


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    size = 4 * outbound.MAX_BODY
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
    with peer(answer_with(head + b"x" * size)) as port:
        result = post(f"http://127.0.0.1:{port}/")

    assert isinstance(result, Answer)
    assert len(result.body) == outbound.MAX_BODY


def test_text_of_an_answer_can_always_be_stored() -> None:
    assert Answer(200, {}, b"a\x00\xffb").text == "a��b"


@pytest.mark.parametrize("status", [502, 504, 524])
def test_a_gateway_leaves_open_what_happened_behind_it(status: int) -> None:
    bad = f"HTTP/1.1 {status} Oh\r\nContent-Length: 4\r\n\r\nmeh!".encode()
    with peer(answer_with(bad)) as port:
        result = post(f"http://127.0.0.1:{port}/")

    assert isinstance(result, Unclear)
    assert result.reason is UnclearReason.BAD_GATEWAY
    assert result.answer is not None
    assert result.answer.text == "meh!"


def test_nobody_listening_is_a_refusal() -> None:
    result = post(f"http://127.0.0.1:{free_port()}/")

    assert result == Refused(RefusedReason.CONNECTION_REFUSED)


def test_a_connection_that_takes_too_long_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def connect(*args: object, **named: object) -> None:
        raise httpcore.ConnectTimeout

    monkeypatch.setattr("httpcore.SyncBackend.connect_tcp", connect)

    result = post("http://127.0.0.1/")

    assert result == Refused(RefusedReason.CONNECT_TIMEOUT)


def test_a_name_that_is_not_found_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def getaddrinfo(*args: object, **named: object) -> None:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    result = post("http://nowhere.example/")

    assert result == Refused(RefusedReason.DNS_FAILED)


def test_a_resolver_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, short_call: None
) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **n: release.wait())
    try:
        result = post("http://slow.example/")
    finally:
        release.set()

    assert result == Refused(RefusedReason.DNS_FAILED)


def test_a_certificate_that_nobody_vouches_for_is_a_refusal(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with peer(talk) as port:
        result = post(f"https://127.0.0.1:{port}/")

    assert result == Refused(RefusedReason.TLS_FAILED)


def test_a_peer_that_does_not_speak_tls_is_a_refusal() -> None:
    with peer(lambda connection: connection.sendall(b"220 mail.example\r\n")) as port:
        result = post(f"https://127.0.0.1:{port}/")

    assert result == Refused(RefusedReason.TLS_FAILED)


def test_silence_after_the_request_is_unclear(short_call: None) -> None:
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        hear(connection)
        over.wait()

    with peer(talk) as port:
        result = post(f"http://127.0.0.1:{port}/")
        over.set()

    assert result == Unclear(UnclearReason.TIMEOUT)


def test_an_answer_that_drips_cannot_outlast_the_call(short_call: None) -> None:
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        hear(connection)
        for character in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 200:
            connection.sendall(bytes([character]))
            if over.wait(0.05):
                return

    with peer(talk) as port:
        result = post(f"http://127.0.0.1:{port}/")
        over.set()

    assert result == Unclear(UnclearReason.TIMEOUT)


def test_a_reset_after_the_request_is_unclear() -> None:
    def talk(connection: socket.socket) -> None:
        hear(connection)
        at_once = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)

    with peer(talk) as port:
        result = post(f"http://127.0.0.1:{port}/")

    assert result == Unclear(UnclearReason.CONNECTION_RESET)


@pytest.mark.parametrize(
    "half",
    [b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"],
    ids=["in the status line", "in the body"],
)
def test_half_an_answer_is_unclear(half: bytes) -> None:
    with peer(answer_with(half)) as port:
        result = post(f"http://127.0.0.1:{port}/")

    assert result == Unclear(UnclearReason.HALF_ANSWER)


def test_the_next_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, "127.0.0.77", "127.0.0.1")
    with peer(answer_with(OK)) as port:
        assert isinstance(post(f"http://two.example:{port}/"), Answer)


@pytest.mark.usefixtures("public_only")
class TestOnlyThePublicInternet:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0.0.0.0",  # noqa: S104  # called, not bound
            "10.1.2.3",
            "100.64.0.1",
            "169.254.169.254",
            "192.168.0.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[2002:7f00:1::]",
            "[64:ff9b::7f00:1]",
            "[fd00::1]",
            "[fe80::1]",
            "224.0.0.1",
            "localhost",
        ],
    )
    def test_a_private_address_is_never_called(self, host: str) -> None:
        reached = []
        with peer(reached.append) as port:
            result = post(f"https://{host}:{port}/")

        assert result == Refused(RefusedReason.FORBIDDEN_ADDRESS)
        assert not reached

    def test_one_private_address_of_many_spoils_the_name(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolving_to(monkeypatch, "93.184.216.34", "127.0.0.1")

        result = post("https://mixed.example/")

        assert result == Refused(RefusedReason.FORBIDDEN_ADDRESS)

    def test_a_name_is_asked_for_once_and_the_checked_address_is_called(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        called = []

        def connect(self: object, host: str, *rest: object, **named: object) -> None:
            called.append(host)
            raise httpcore.ConnectError

        monkeypatch.setattr("httpcore.SyncBackend.connect_tcp", connect)
        asked = resolving_to(monkeypatch, "93.184.216.34")

        post("https://rebinding.example/")

        assert asked == ["rebinding.example"]
        assert called == ["93.184.216.34"]

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "https://user:word@example.org/",
            "https:///path",
            "https://example.org:99999/",
            "no address at all",
            "",
        ],
    )
    def test_an_address_in_a_wrong_form_is_refused(self, url: str) -> None:
        assert post(url) == Refused(RefusedReason.BAD_REQUEST)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_never_makes_it_public(address: Any) -> None:
    number = int(address)
    wrapped = (
        f"::ffff:{address}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::",
        f"64:ff9b::{address}",
    )
    expected = outbound.is_public(str(address))

    assert [outbound.is_public(each) for each in wrapped] == [expected] * 3


def test_what_is_no_address_is_not_public() -> None:
    assert not outbound.is_public("example.org")


def test_a_line_break_cannot_enter_the_headers() -> None:
    with peer(answer_with(OK)) as port:
        result = outbound.request(
            "POST", f"http://127.0.0.1:{port}/", headers={"X-A": "b\r\nX-C: d"}
        )

    assert result == Refused(RefusedReason.BAD_REQUEST)


@pytest.mark.django_db(transaction=True)
def test_nobody_is_called_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(outbound.InsideTransaction):
        post("http://127.0.0.1/")

    assert not connection.in_atomic_block


@pytest.mark.parametrize("value", ["caf\u00e9", "a\r\nX: y", "a\nb", "a\0b", "\u2028"])
def test_a_header_that_is_none_is_not_sent(value: str) -> None:
    with peer(answer_with(OK)) as port:
        result = outbound.request(
            "POST", f"http://127.0.0.1:{port}/", headers={"X-Mark": value}
        )

    assert result == Refused(RefusedReason.BAD_REQUEST)


def test_a_call_may_be_given_less_time() -> None:
    with peer(lambda connection: hear(connection) and connection.recv(1)) as port:
        result = outbound.request(
            "POST", f"http://127.0.0.1:{port}/", headers={}, within_s=0.2
        )

    assert result == Unclear(UnclearReason.TIMEOUT)


@pytest.mark.usefixtures("public_only")
def test_who_needs_http2_is_not_called_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deliveries.outbound.call.HTTP2", False)
    asked = resolving_to(monkeypatch, "93.184.215.14")

    result = outbound.request("POST", "https://push.example/", headers={}, http2=True)

    assert result == Refused(RefusedReason.NO_HTTP2)
    assert asked == []


def test_a_provider_on_this_machine_makes_do_without_http2() -> None:
    with peer(answer_with(OK)) as port:
        result = outbound.request(
            "POST", f"http://127.0.0.1:{port}/", headers={}, http2=True
        )

    assert isinstance(result, Answer)


def test_no_two_protocols_share_what_they_offer() -> None:
    assert outbound.authorities("h2") is not outbound.authorities("http/1.1")
    assert outbound.authorities("h2") is outbound.authorities("h2")
