"""What is a report answered when it is filed, and what when it is refused?"""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from deliveries import bell
from deliveries.models import IdempotencyKey, Message, Recipient
from tests.callers import LEAST, REPORTS, Caller, problem
from tests.people import Program
from triage import intake
from triage.models import FailureReport

EVERYTHING: dict[str, Any] = {
    **LEAST,
    "client_report_id": "shop-1",
    "message_ref": "order-1",
    "recipient_ref": "user@tenant",
    "purpose": "security",
    "provider": "northpost",
    "provider_code": "550",
    "enhanced_code": "5.1.1",
    "provider_answer": "550 5.1.1 unknown",
    "template": {"key": "welcome", "version": 3, "locale": "en-GB"},
    "region": "eu-west",
    "locale": "zh-Hans",
    "expires_at": "2026-03-02T09:30:00Z",
    "client": {"app": "shop", "version": "4", "os": "Android", "network": "wifi"},
    "attempts": [
        {"at": "2026-03-01T09:29:00Z", "code": "421", "retry_after_s": 60},
    ],
    "logs": [{"kind": "smtp", "text": "250 ok"}],
    "consent_to_logs": True,
    "contact": {"channel": "sms", "address": "+8613812345621"},
    "detail": "It never came.",
    "meta": {"order": "A-1", "nested": {"deep": [1, 2.5, None, True]}},
}
NEVER_SET = {
    "id": 1,
    "state": "resolved",
    "category": "network.timeout",
    "tier": "S1",
    "tier_override": "S1",
    "queue": 1,
    "assignee": 1,
    "source": 2,
    "source_id": 2,
    "origin": "machine",
    "group": 1,
    "ticket": 1,
    "received_at": "2000-01-01T00:00:00Z",
    "due_at": None,
    "sanitized": False,
    "duplicate_of": 1,
}


def test_a_report_is_accepted_and_told_where_to_look(api: Caller) -> None:
    response = api.file(client_report_id="shop-1")
    body = response.json()
    assert response.status_code == 202
    assert {**body, "id": "", "received_at": "", "status_url": ""} == {
        "id": "",
        "client_report_id": "shop-1",
        "state": "received",
        "dedup": "new",
        "status_url": "",
        "warnings": [],
        "next_poll_s": 5,
        "received_at": "",
        "sanitized": False,
    }
    assert body["status_url"].endswith(f"/api/v1/reports/{body['id']}/")
    assert api.get(body["status_url"]).json()["id"] == body["id"]
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Request-Id"].startswith("req_")


def test_every_field_is_taken_and_kept(api: Caller) -> None:
    response = api.post(EVERYTHING)
    assert (response.status_code, response.json()["warnings"]) == (202, [])
    report = FailureReport.objects.get()
    assert report.template == {"key": "welcome", "version": "3", "locale": "en-GB"}
    assert report.client == EVERYTHING["client"]
    assert report.meta == EVERYTHING["meta"]
    assert report.attempts == EVERYTHING["attempts"]
    assert (report.purpose, report.region, report.locale) == (
        "security",
        "eu-west",
        "zh-Hans",
    )
    assert report.contact_address is not None


def test_im_is_read_as_chat(api: Caller) -> None:
    api.file(channel="im")
    assert FailureReport.objects.get().channel == "chat"


def test_the_same_request_gets_the_same_answer(api: Caller) -> None:
    first = api.post(LEAST, **{"Idempotency-Key": "k"})
    again = api.post(json.dumps(LEAST, indent=4), **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (202, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first


def test_another_body_under_a_used_key_is_refused(api: Caller) -> None:
    api.post(LEAST, **{"Idempotency-Key": "k"})
    response = api.post(LEAST | {"detail": "x"}, **{"Idempotency-Key": "k"})
    assert problem(response) == (422, "idempotency_mismatch")
    assert FailureReport.objects.count() == 1


def test_the_clients_id_alone_makes_a_replay(api: Caller) -> None:
    said = LEAST | {"client_report_id": "r"}
    first, again = api.post(said), api.post(said)
    assert (again.status_code, again.json()["dedup"]) == (200, "replay")
    assert again.json()["id"] == first.json()["id"]


def test_without_any_key_a_warning_is_given(api: Caller) -> None:
    assert api.post(LEAST).json()["warnings"] == ["no_idempotency_key"]


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 129])
def test_a_key_is_visible_ascii(api: Caller, key: str) -> None:
    response = api.post(LEAST, **{"Idempotency-Key": key})
    assert problem(response) == (400, "invalid")
    assert not FailureReport.objects.exists()


def test_what_cannot_be_stored_is_replaced_and_told(api: Caller) -> None:
    response = api.file(detail="a\x00b\ud800", client_report_id="r\x00")
    assert response.json()["sanitized"]
    assert response.json()["client_report_id"] == "r\ufffd"
    assert FailureReport.objects.get().detail == "a\ufffdb\ufffd"


@pytest.mark.parametrize("name", sorted(NEVER_SET))
def test_a_reporter_writes_facts_not_decisions(api: Caller, name: str) -> None:
    response = api.file(**{name: NEVER_SET[name]})
    assert problem(response) == (400, "unknown_field")
    assert response.json()["errors"][0]["pointer"] == f"/{name}"
    assert not FailureReport.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "fax"),
        ("channel", 1),
        ("symptom", None),
        ("occurred_at", "yesterday"),
        ("client_report_id", ""),
        ("client_report_id", "x" * 129),
        ("message_ref", "two words"),
        ("recipient_ref", "ana@example.org"),
        ("recipient_ref", "+8613812345621"),
        ("detail", "x" * 4097),
        ("provider_answer", "x" * 16_385),
        ("locale", "../../etc"),
        ("attempts", [LEAST] * 21),
        ("attempts", {}),
        ("logs", [{"kind": "diary", "text": ""}]),
        ("consent_to_logs", "yes"),
        ("contact", {"channel": "email", "address": "a@b.c,victim@x.y"}),
        ("contact", {"channel": "email", "address": "a@b.c\nBcc: v@x.y"}),
        ("contact", {"channel": "chat", "address": "ana\u0085berg"}),
        ("contact", {"channel": "chat", "address": "ana\ufeffberg"}),
        ("template", {"version": 1}),
        ("meta", [1]),
        ("meta", {str(i): i for i in range(21)}),
        ("meta", {"a": "x" * 5000}),
    ],
)
def test_a_field_that_is_wrong_is_pointed_to(
    api: Caller, field: str, value: object
) -> None:
    response = api.file(**{field: value})
    assert problem(response) == (400, "invalid")
    assert {e["pointer"].split("/")[1] for e in response.json()["errors"]} == {field}
    assert not FailureReport.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_nothing_is_stored_by_half(api: Caller) -> None:
    api.file(message_ref="m", recipient_ref="u", logs=[{"kind": "smtp"}])
    assert not Message.objects.exists()
    assert not Recipient.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"[" * 10_000, 400, "nesting_too_deep"),
        (b'{"a": 1, "a": 2}', 400, "duplicate_key"),
        (b'{"a": NaN}', 400, "malformed_json"),
        (b"[]", 400, "invalid"),
        (b'"x"', 400, "invalid"),
        (b" " * (1024 * 1024 + 1), 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    api: Caller, raw: bytes, status: int, code: str
) -> None:
    assert problem(api.post(raw)) == (status, code)


def test_only_json_is_taken(api: Caller) -> None:
    headers = api.program.headers
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
        response = api.client.post(REPORTS, b"{}", kind, headers=headers)
        assert problem(response) == (415, "media_type_unsupported")
    assert problem(api.post(LEAST, **{"Content-Encoding": "gzip"}))[0] == 415


def test_only_json_is_answered(api: Caller) -> None:
    assert problem(api.post(LEAST, Accept="text/html")) == (406, "not_acceptable")
    assert not FailureReport.objects.exists()


def test_a_contact_that_failed_is_no_contact(
    api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise intake.SameAddress

    monkeypatch.setattr(intake, "file", refuse)
    response = api.file()
    assert problem(response) == (400, "invalid")
    assert response.json()["errors"][0]["pointer"] == "/contact/address"


def test_a_database_that_is_away_is_a_reason_to_come_back(
    api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(intake, "file", away)
    response = api.file()
    assert problem(response) == (503, "unavailable")
    assert response["Retry-After"] == "5"


def test_the_bell_rings_after_the_commit_and_not_for_a_replay(
    api: Caller,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(bell, "ring", rung.append)
    with django_capture_on_commit_callbacks() as callbacks:
        api.post(LEAST, **{"Idempotency-Key": "k"})
        api.post(LEAST, **{"Idempotency-Key": "k"})
    assert rung == []
    assert len(callbacks) == 1
    callbacks[0]()
    assert rung == ["triage.tasks.diagnose_due"]


def test_a_source_may_have_a_rate_of_its_own(sam: Program) -> None:
    sam.source.limits = {"reports": 2}
    sam.source.save()
    api = Caller(sam, Client())
    first, second, third = api.file(), api.file(), api.file()
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert (second.status_code, second["RateLimit-Remaining"]) == (202, "0")
    assert problem(third) == (429, "rate_limited")
    assert 1 <= int(third["Retry-After"]) <= 60
    assert third["RateLimit-Reset"] == third["Retry-After"]
    assert FailureReport.objects.count() == 2
