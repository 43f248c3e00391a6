"""Do programs and people get the same product, through as many layers as they need?"""

import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from deliveries.api.authentication import forget_keys
from tests.callers import LEAST, REPORTS
from tests.people import Program
from triage import wsgi

# Headers that every answer to a program carries.
ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@pytest.fixture(autouse=True)
def one_transaction() -> Any:
    """Keep the connection of the test, which a served request would give back."""
    forget_keys()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def call(
    method: str, path: str, body: bytes = b"", **more: str
) -> tuple[int, dict[str, str], bytes]:
    """Make one request of the application, as a server does."""
    said: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        said.update(status=int(status.split(maxsplit=1)[0]), headers=dict(headers))

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **more,
    }
    answer = wsgi.application(environ, start)
    raw = b"".join(answer)
    answer.close()
    return said["status"], said["headers"], raw


def bearer(sam: Program) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {sam.key}"}


def test_a_program_files_through_its_own_door(sam: Program) -> None:
    status, headers, raw = call(
        "POST", REPORTS, json.dumps(LEAST).encode(), **bearer(sam)
    )
    assert status == 202
    assert headers["X-Request-Id"].startswith("req_")
    assert headers["Content-Length"] == str(len(raw))
    assert ALWAYS.items() <= headers.items()
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", REPORTS, b"", 200),
        ("POST", REPORTS, b"{", 400),
        ("PUT", REPORTS, b"", 405),
        ("GET", "/api/v1/nothing/", b"", 404),
        ("GET", f"{REPORTS}count", b"", 404),
    ],
)
def test_both_doors_give_the_same_answer(
    sam: Program, method: str, path: str, body: bytes, status: int
) -> None:
    here, headers, raw = call(method, path, body, **bearer(sam))
    there = Client().generic(
        method, path, body, "application/json", headers=sam.headers
    )
    assert (here, there.status_code) == (status, status)
    assert headers["Content-Length"] == str(len(raw))
    ours, theirs = json.loads(raw), there.json()
    assert {**ours, "request_id": 0} == {**theirs, "request_id": 0}


def test_the_language_is_the_programs_own(sam: Program) -> None:
    _, headers, _ = call("GET", REPORTS, HTTP_ACCEPT_LANGUAGE="zh-hans", **bearer(sam))
    assert headers["Content-Language"] == "zh-hans"


def test_a_host_that_is_not_ours_is_refused(sam: Program) -> None:
    status, _, raw = call("GET", REPORTS, **bearer(sam) | {"HTTP_HOST": "evil.example"})
    assert (status, json.loads(raw)["code"]) == (400, "invalid")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic AAAA", "\xff"])
def test_a_key_that_is_none_opens_no_door(db: None, header: str) -> None:
    status, headers, _ = call("GET", REPORTS, HTTP_AUTHORIZATION=header)
    assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_person_passes_every_layer(db: None) -> None:
    status, headers, _ = call("GET", REPORTS)
    assert status == 401
    assert headers["X-Frame-Options"] == "DENY"
    status, headers, _ = call("GET", "/", HTTP_AUTHORIZATION="Bearer x")
    assert headers["X-Frame-Options"] == "DENY"


def test_only_layers_that_there_are_can_be_left_out() -> None:
    assert set(settings.MIDDLEWARE) > settings.FOR_PEOPLE
    kept = [name for name in settings.MIDDLEWARE if name not in settings.FOR_PEOPLE]
    assert kept[-1] == "triage.middleware.Gatekeeper"
