"""Is every refusal told in one shape, in the reader's language, without a secret?"""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from django.utils import translation
from rest_framework.exceptions import MethodNotAllowed, Throttled, ValidationError
from rest_framework.response import Response

from deliveries import idempotency
from deliveries.api.problems import KINDS, Problem, ProblemHandler, problem_response


def told(error: Exception) -> tuple[Response, dict[str, Any]]:
    request = SimpleNamespace(request_id="req_1", _request=RequestFactory().get("/"))
    context: Any = {"request": request, "view": None, "args": (), "kwargs": {}}
    response = ProblemHandler(error, context).run()
    assert response is not None
    assert isinstance(response.data, dict)
    return response, response.data


def test_a_problem_has_the_members_of_the_standard_and_ours() -> None:
    response, body = told(ValidationError({"channel": ["Say which."]}, "required"))
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"
    assert body == {
        "type": "urn:undelivered:problem:invalid",
        "title": "The request is not valid.",
        "status": 400,
        "code": "invalid",
        "detail": "1 field needs attention.",
        "retryable": False,
        "request_id": "req_1",
        "errors": [{"code": "required", "detail": "Say which.", "pointer": "/channel"}],
    }


def test_a_body_with_nothing_but_unknown_fields_says_so() -> None:
    fault = ValidationError({"tier": ["There is no such field."]}, "unknown_field")
    assert told(fault)[1]["code"] == "unknown_field"


def test_a_database_that_is_away_is_worth_a_second_try() -> None:
    response, body = told(OperationalError("connection to 10.0.0.1 refused"))
    assert (response.status_code, body["code"]) == (503, "unavailable")
    assert body["retryable"]
    assert response.headers["Retry-After"] == "5"
    assert "10.0.0.1" not in json.dumps(body)


def test_our_own_mistake_tells_nothing_of_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response, body = told(ZeroDivisionError("secret"))
    assert (response.status_code, body["code"]) == (500, "internal")
    assert "secret" not in json.dumps(body)
    assert "secret" in caplog.text or caplog.records


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (idempotency.Mismatch(), 422, "idempotency_mismatch", None),
        (idempotency.InProgress(), 409, "idempotency_in_progress", "1"),
        (Throttled(wait=17), 429, "rate_limited", "17"),
        (MethodNotAllowed("PUT"), 405, "method_not_allowed", None),
        (Problem("not_found"), 404, "not_found", None),
    ],
)
def test_what_use_cases_and_the_framework_raise_has_its_code(
    error: Exception, status: int, code: str, retry_after: str | None
) -> None:
    response, body = told(error)
    assert (response.status_code, body["code"]) == (status, code)
    assert response.headers.get("Retry-After") == retry_after
    assert body["retryable"] == (retry_after is not None)


def test_a_body_with_a_thousand_faults_is_not_answered_with_a_thousand() -> None:
    fault = ValidationError({f"k{i}": ["No."] for i in range(1000)}, "unknown_field")
    _, body = told(fault)
    assert body["detail"] == "1000 fields need attention."
    assert len(body["errors"]) == 50


def test_a_refusal_outside_the_framework_has_the_same_shape() -> None:
    request = RequestFactory().get("/")
    response = problem_response(request, 401, "unauthenticated", scope="")
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Cache-Control"] == "no-store"
    body = json.loads(response.content)
    assert body["type"] == "urn:undelivered:problem:unauthenticated"
    assert "scope" not in body


def test_a_missing_scope_is_named() -> None:
    request = RequestFactory().get("/")
    response = problem_response(request, 403, "scope_missing", scope="report:write")
    body = json.loads(response.content)
    assert body["scope"] == "report:write"
    assert "report:write" in body["detail"]


def test_codes_are_the_same_in_every_language() -> None:
    with translation.override("zh-hans"):
        _, body = told(Problem("too_large"))
    assert body["code"] == "too_large"


def test_every_retryable_problem_says_when() -> None:
    soon = [code for code, kind in KINDS.items() if kind.status in {429, 500, 503}]
    soon.append("idempotency_in_progress")
    assert all(KINDS[code].retry_after_s for code in soon)
