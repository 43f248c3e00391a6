"""Does the client repeat, wait and give up the way an API would wish?"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from deliveries import outbound
from deliveries.outbound import (
    Answer,
    Refused,
    RefusedReason,
    Unclear,
    UnclearReason,
)
from triage.management.rest_client import PAGE, GaveUp, RestClient

OK = Answer(202, {}, b"{}")


class Server:
    """Answers in the given order and remembers what it was asked."""

    def __init__(self, *results: outbound.Result) -> None:
        self.results = list(results)
        self.asked: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self.waits: list[float] = []

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes
    ) -> outbound.Result:
        self.asked.append((method, url, headers, body))
        return self.results.pop(0) if len(self.results) > 1 else self.results[0]

    def client(self, monkeypatch: pytest.MonkeyPatch) -> RestClient:
        monkeypatch.setattr(outbound, "request", self.request)
        return RestClient("https://desk.example/", "und_key", self.waits.append)


def page(ids: list[int], link: str | None) -> Answer:
    body = {"results": [{"id": each} for each in ids], "next": link, "previous": None}
    return Answer(200, {}, json.dumps(body).encode())


def test_a_post_carries_key_body_and_idempotency_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(OK)

    answer = server.client(monkeypatch).post("/api/v1/reports/", {"a": "é"}, "run-1")

    method, url, headers, body = server.asked[0]
    assert answer is OK
    assert (method, url) == ("POST", "https://desk.example/api/v1/reports/")
    assert headers["Authorization"] == "Bearer und_key"
    assert headers["Idempotency-Key"] == "run-1"
    assert json.loads(body) == {"a": "é"}


@pytest.mark.parametrize(
    ("first", "wait"),
    [
        (Answer(429, {"retry-after": "3"}, b""), 3),
        (Answer(503, {"retry-after": "2"}, b""), 2),
        (Answer(503, {}, b""), 1),
        (Answer(429, {"retry-after": "86400"}, b""), 60),
        (Refused(RefusedReason.CONNECTION_REFUSED), 1),
        (Unclear(UnclearReason.TIMEOUT), 1),
    ],
)
def test_a_busy_or_absent_server_is_asked_again_under_the_same_key(
    monkeypatch: pytest.MonkeyPatch, first: outbound.Result, wait: float
) -> None:
    server = Server(first, OK)
    client = server.client(monkeypatch)

    assert client.post("/", {}, "run-1") is OK

    keys = [headers["Idempotency-Key"] for _, _, headers, _ in server.asked]
    assert keys == ["run-1", "run-1"]
    assert server.waits == [wait]
    assert client.server_errors == 0


def test_a_server_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(Refused(RefusedReason.CONNECTION_REFUSED))

    with pytest.raises(GaveUp, match="Is the stack running"):
        server.client(monkeypatch).post("/", {}, "run-1")

    assert sum(server.waits) == 60


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Answer(401, {}, b""), "key is refused"),
        (Answer(403, {}, b""), "key is refused"),
        (Refused(RefusedReason.BAD_REQUEST), "must be https"),
        (Refused(RefusedReason.FORBIDDEN_ADDRESS), "not public"),
        (Refused(RefusedReason.TLS_FAILED), "not trusted"),
    ],
)
def test_what_will_not_pass_is_given_up_at_once(
    monkeypatch: pytest.MonkeyPatch, result: outbound.Result, words: str
) -> None:
    server = Server(result)

    with pytest.raises(GaveUp, match=words):
        server.client(monkeypatch).post("/", {}, "run-1")

    assert server.waits == []


@pytest.mark.parametrize(
    "result",
    [
        Answer(500, {}, b""),
        Unclear(UnclearReason.BAD_GATEWAY, Answer(502, {}, b"")),
    ],
)
def test_errors_of_the_server_are_counted(
    monkeypatch: pytest.MonkeyPatch, result: outbound.Result
) -> None:
    client = Server(result).client(monkeypatch)

    assert client.post("/", {}, "run-1").status >= 500
    assert client.server_errors == 1


def test_a_list_is_read_to_its_end_at_our_own_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(
        page([1, 2], "http://inside:8000/api/v1/reports/?cursor=x&limit=200"),
        page([3], None),
    )

    rows = server.client(monkeypatch).rows("/api/v1/reports/", {"state": "received"})

    assert [row["id"] for row in rows] == [1, 2, 3]
    urls = [url for _, url, _, _ in server.asked]
    assert urls == [
        f"https://desk.example/api/v1/reports/?state=received&limit={PAGE}",
        "https://desk.example/api/v1/reports/?cursor=x&limit=200",
    ]


def test_a_list_that_is_refused_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Any = Server(Answer(400, {}, b"")).client(monkeypatch).rows("/", {})

    with pytest.raises(GaveUp, match="answered 400"):
        list(rows)
