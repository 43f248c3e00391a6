"""Does the published schema say what the API does? And does the API keep to it?"""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.test import Client
from django.test.client import ClientHandler
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from tests.callers import Caller
from tests.factories import make_route
from tests.people import Person, Program
from tests.resends import make_failed, planned
from triage.models import Queue

SCHEMA = "/api/schema/?format=json"
REFUSABLE = ["2xx", "404", "422"]
BOTH = {"400", "401", "403", "404", "429", "503"}
WITH_BODY = {"409", "413", "415", "422"}


@pytest.fixture
def document(api: Caller) -> dict[str, Any]:
    """The published schema."""
    response = api.get(SCHEMA)
    assert response.status_code == 200
    read: dict[str, Any] = response.json()
    return read


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/api/v1/categories/",
        "/api/v1/hooks/{provider}/{token}/",
        "/api/v1/messages/{name}/",
        "/api/v1/messages/{name}/events/",
        "/api/v1/reports/",
        "/api/v1/reports/count/",
        "/api/v1/reports/{id}/",
        "/api/v1/reports/{id}/confirmation/",
        "/api/v1/reports/{id}/reopening/",
        "/api/v1/reports/{id}/withdrawal/",
        "/api/v1/resend-operations/",
        "/api/v1/resend-operations/count/",
        "/api/v1/resend-operations/{number}/",
        "/api/v1/resend-operations/{number}/approval/",
        "/api/v1/resend-operations/{number}/cancellation/",
        "/api/v1/resend-operations/{number}/items/",
        "/api/v1/resend-operations/{number}/pause/",
        "/api/v1/resend-operations/{number}/plan/",
        "/api/v1/resend-operations/{number}/start/",
        "/api/v1/resends/",
        "/api/v1/resends/{id}/ack/",
        "/api/v1/resends/{id}/refusal/",
        "/api/v1/resends/{id}/result/",
        "/api/v1/tips/",
        "/api/v1/tips/showings/",
        "/api/v1/webhook-deliveries/{id}/redelivery/",
        "/api/v1/webhook-endpoints/",
        "/api/v1/webhook-endpoints/{id}/",
        "/api/v1/webhook-endpoints/{id}/deliveries/",
        "/api/v1/webhook-endpoints/{id}/recovery/",
        "/api/v1/webhook-endpoints/{id}/secret/",
        "/api/v1/webhook-endpoints/{id}/test/",
    }


def test_every_refusal_is_documented(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for method, operation in methods.items():
            expected = BOTH | (WITH_BODY if method == "post" else set())
            assert expected <= set(operation["responses"])
            refusal = operation["responses"]["400"]["content"]
            assert set(refusal) == {"application/problem+json"}


def test_a_report_is_described_with_its_limits(document: dict[str, Any]) -> None:
    report = document["components"]["schemas"]["ReportCreate"]
    fields = report["properties"]
    assert report["additionalProperties"] is False
    assert set(report["required"]) == {"channel", "symptom", "occurred_at"}
    assert fields["detail"]["maxLength"] == 4096
    assert fields["provider_answer"]["maxLength"] == 16 * 1024
    assert (fields["attempts"]["maxItems"], fields["logs"]["maxItems"]) == (20, 10)
    assert fields["meta"]["maxProperties"] == 20
    assert set(fields["channel"]["enum"]) == {
        *("push", "email", "sms", "chat", "social", "webhook", "im"),
    }


def test_a_key_is_how_one_enters(document: dict[str, Any]) -> None:
    scheme = document["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_what_no_key_may_do_is_entered_by_a_session(document: dict[str, Any]) -> None:
    found = {
        path
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if operation.get("security") == [{"session": []}]
    }
    assert found == {each for each in document["paths"] if "-operations/" in each}
    assert document["components"]["securitySchemes"]["session"]["in"] == "cookie"


def test_a_stranger_reads_no_schema(db: None, client: Client) -> None:
    assert client.get(SCHEMA).status_code in {302, 401}


def test_the_page_of_the_api_needs_nothing_from_elsewhere(ana: Person) -> None:
    page = ana.browser.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "://" not in text
    assert "<style" not in text
    assert "script-src 'self'" in page["Content-Security-Policy"]
    script = ana.browser.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert '"validatorUrl": null' in script.content.decode()


def application(
    environ: dict[str, Any], start_response: Callable[..., object]
) -> list[bytes]:
    """The product as a WSGI application that stays within the test's transaction."""
    response = ClientHandler(enforce_csrf_checks=True)(environ)
    status = f"{response.status_code} {response.reason_phrase}"
    start_response(status, list(response.items()))
    return [response.content]


@pytest.fixture
def generated(sam: Program) -> schemathesis.BaseSchema:
    """The schema as the source of requests, good and bad."""
    # Generated bodies come faster than any client's.
    sam.source.limits = {"reports": 10**6, "reads": 10**6}
    sam.source.save()
    # A sound body is refused when its key was used with another one; a bad one may be
    # refused for its size before it is read.
    refusable = {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": REFUSABLE},
            "negative_data_rejection": {"expected-statuses": ["4XX"]},
        }
    }
    return schemathesis.openapi.from_wsgi(
        SCHEMA,
        application,
        config=schemathesis.Config.from_dict(refusable),
        headers=sam.headers,
    )


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/reports/"),
        ("GET", "/api/v1/reports/"),
        ("GET", "/api/v1/reports/count/"),
        ("GET", "/api/v1/reports/{id}/"),
        ("POST", "/api/v1/reports/{id}/confirmation/"),
        ("GET", "/api/v1/categories/"),
        ("GET", "/api/v1/webhook-endpoints/"),
        ("PATCH", "/api/v1/webhook-endpoints/{id}/"),
        ("POST", "/api/v1/webhook-endpoints/{id}/recovery/"),
        ("GET", "/api/v1/resends/"),
        ("PUT", "/api/v1/messages/{name}/"),
        ("POST", "/api/v1/messages/{name}/events/"),
        ("POST", "/api/v1/resends/{id}/result/"),
        ("GET", "/api/v1/hooks/{provider}/{token}/"),
        ("POST", "/api/v1/hooks/{provider}/{token}/"),
    ],
)
def test_generated_requests_are_answered_as_documented(
    generated: schemathesis.BaseSchema,
    sam: Program,
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    strategy = generated[path][method].as_strategy(generation_mode=mode)

    @given(case=strategy)
    # Where a body is free, the generator throws most of what it makes wrong away.
    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    def check(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            case.query.pop("cursor", None)  # which only a page before can give
        # What calls the application without a wire reads no compressed answer.
        plain = {"Accept-Encoding": "identity"}
        case.call_and_validate(headers={**sam.headers, **plain})

    check()


@pytest.mark.parametrize("tail", ["", "count/", "{number}/", "{number}/items/"])
def test_what_people_read_of_resends_is_answered_as_documented(
    document: dict[str, Any], leo: Person, general: Queue, tail: str
) -> None:
    make_route()
    row = planned(leo.user, make_failed(2), queues=[general.pk])
    path = f"/api/v1/resend-operations/{tail}"
    answer = leo.browser.get(path.replace("{number}", str(row.number)))
    described = document["paths"][path]["get"]["responses"]["200"]
    schema = described["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole).validate(answer.json())
