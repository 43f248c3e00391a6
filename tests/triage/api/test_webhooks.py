"""Can a program manage who is told of what happens to its messages, and no other?"""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from deliveries.models import ApiKey, IdempotencyKey, Source
from tests.callers import Caller, problem
from tests.people import Person, Program
from tests.rows import make
from triage import webhooks
from triage.models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db

ENDPOINTS = "/api/v1/webhook-endpoints/"
SOUND = {"url": "https://shop.example/hooks", "events": ["report.resolved"]}


def made(api: Caller, **said: object) -> dict[str, Any]:
    """An endpoint that the program has made."""
    answer = api.post(SOUND | said, ENDPOINTS)
    assert answer.status_code == 201, answer.content
    shown: dict[str, Any] = answer.json()
    return shown


def path_of(endpoint: dict[str, Any], tail: str = "") -> str:
    return f"{ENDPOINTS}{endpoint['id']}/{tail}"


def row_of(endpoint: dict[str, Any]) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(public_id=endpoint["id"])


def test_an_endpoint_is_made_and_its_secret_shown_once(api: Caller) -> None:
    endpoint = made(api, description="The shop's ear")
    secret = endpoint.pop("secret")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert endpoint["state"] == "active"
    assert api.get(path_of(endpoint)).json() == endpoint
    assert api.get(ENDPOINTS).json() == {"results": [endpoint]}
    row = row_of(endpoint)
    assert secret.encode() not in bytes(row.sealed_secret)
    assert row.secrets_at(timezone.now()) == [secret]


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "https://ana:pw@shop.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.8/in",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://169.254.169.254/latest/",
        "https:///in",
        "https://shop.example:99999/",
        "https://shop.example/#in",
        "https://shop.example/a b",
        "ftp://shop.example/",
        "shop.example",
        "https://shop.example/ünter",
    ],
)
def test_an_address_that_can_never_be_called_is_refused(
    api: Caller, settings: Settings, url: str
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    answer = api.post(SOUND | {"url": url}, ENDPOINTS)
    assert problem(answer) == (400, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/url"
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"events": []}, "/events"),
        ({"events": ["report.burnt"]}, "/events/0"),
        ({"description": "x" * 201}, "/description"),
        ({"url": "https://a.example/" + "x" * 2000}, "/url"),
    ],
)
def test_faults_are_named_where_they_are(
    api: Caller, said: dict[str, object], pointer: str
) -> None:
    answer = api.post(SOUND | said, ENDPOINTS)
    assert problem(answer) == (400, "invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_what_nobody_asked_for_is_refused(api: Caller) -> None:
    for name in ("state", "sealed_secret", "source", "failing_since"):
        answer = api.post(SOUND | {name: "active"}, ENDPOINTS)
        assert problem(answer) == (400, "unknown_field"), name
    assert not WebhookEndpoint.objects.exists()


def test_a_source_has_ten_endpoints_at_most(api: Caller, foreign: Caller) -> None:
    for _ in range(10):
        made(api)
    assert problem(api.post(SOUND, ENDPOINTS)) == (422, "transition_not_allowed")
    made(foreign)


def patch(api: Caller, path: str, said: object) -> Any:
    return api.client.patch(path, said, "application/json", headers=api.program.headers)


def test_an_endpoint_is_changed_switched_off_and_on_again(api: Caller) -> None:
    endpoint = made(api)
    waiting = make(WebhookDelivery, endpoint=row_of(endpoint), due_at=timezone.now())
    url = "https://other.example/in"
    off = patch(api, path_of(endpoint), {"url": url, "state": "disabled"}).json()
    assert (off["url"], off["state"], off["disabled_reason"]) == (
        url,
        "disabled",
        "by_hand",
    )
    waiting.refresh_from_db()
    assert (waiting.state, waiting.due_at) == ("dead", None)
    for tail in ("test/", "recovery/"):
        body = {"since": "2026-01-01T00:00:00Z"} if tail == "recovery/" else {}
        answer = api.post(body, path_of(endpoint, tail))
        assert problem(answer) == (422, "transition_not_allowed")
    on = patch(api, path_of(endpoint), {"state": "active"}).json()
    assert (on["state"], on["disabled_reason"], on["disabled_at"]) == (
        "active",
        "",
        None,
    )


def test_a_secret_is_rotated(api: Caller) -> None:
    endpoint = made(api)
    new = api.post({}, path_of(endpoint, "secret/"))
    assert new.status_code == 201
    now = timezone.now()
    secrets = row_of(endpoint).secrets_at(now)
    assert secrets == [new.json()["secret"], endpoint["secret"]]
    later = now + timedelta(hours=25)
    assert row_of(endpoint).secrets_at(later) == [new.json()["secret"]]


def test_a_test_event_is_written_whatever_is_listened_to(api: Caller) -> None:
    endpoint = made(api)
    answer = api.post({}, path_of(endpoint, "test/"))
    assert (answer.status_code, answer.json()["type"]) == (202, "endpoint.test")
    assert api.get(path_of(endpoint, "deliveries/")).json()["results"] == [
        answer.json()
    ]


def test_an_endpoint_is_deleted_with_its_deliveries(api: Caller) -> None:
    endpoint = made(api)
    api.post({}, path_of(endpoint, "test/"))
    gone = api.client.delete(path_of(endpoint), headers=api.program.headers)
    assert gone.status_code == 204
    assert not WebhookDelivery.objects.exists()
    assert problem(api.get(path_of(endpoint))) == (404, "not_found")


def test_deliveries_are_listed_by_state_and_in_parts(api: Caller) -> None:
    endpoint = made(api)
    row = row_of(endpoint)
    for state in ("dead", "due"):
        make(WebhookDelivery, endpoint=row, state=state, misses=1)
    for _ in range(3):
        make(
            WebhookDelivery,
            endpoint=row,
            state="delivered",
            delivered_at="2026-01-01T00:00Z",
        )
    path = path_of(endpoint, "deliveries/")
    failed = api.get(f"{path}?state=failed").json()["results"]
    assert [each["state"] for each in failed] == ["due", "dead"]
    first = api.get(f"{path}?limit=2").json()
    second = api.get(first["next"]).json()
    ids = [each["id"] for each in first["results"] + second["results"]]
    assert len(set(ids)) == 4
    assert problem(api.get(f"{path}?state=burnt")) == (400, "invalid")
    assert problem(api.get(f"{path}?burnt=1")) == (400, "unknown_parameter")


def test_failed_deliveries_are_sent_again_one_or_all(api: Caller) -> None:
    endpoint = made(api)
    row = row_of(endpoint)
    one, two, three = (
        make(WebhookDelivery, endpoint=row, state="dead", misses=8) for _ in range(3)
    )
    answer = api.post({}, f"/api/v1/webhook-deliveries/{one.public_id}/redelivery/")
    assert (answer.status_code, answer.json()["state"]) == (202, "due")
    assert answer.json()["event_id"] == one.event_id
    WebhookDelivery.objects.filter(pk=three.pk).update(
        created_at="2025-01-01T00:00:00Z"
    )
    since = {"since": "2026-01-01T00:00:00Z"}
    recovered = api.post(since, path_of(endpoint, "recovery/"))
    assert (recovered.status_code, recovered.json()) == (202, {"count": 1})
    two.refresh_from_db()
    assert (two.state, two.misses) == ("due", 0)


def test_a_foreign_endpoint_is_not_there(api: Caller, foreign: Caller) -> None:
    endpoint = made(api)
    delivery = api.post({}, path_of(endpoint, "test/")).json()
    before = (
        list(WebhookEndpoint.objects.values_list()),
        list(WebhookDelivery.objects.values_list()),
    )
    answers = [
        foreign.get(path_of(endpoint)),
        foreign.get(path_of(endpoint, "deliveries/")),
        patch(foreign, path_of(endpoint), {"description": "mine"}),
        foreign.client.delete(path_of(endpoint), headers=foreign.program.headers),
        foreign.post({}, path_of(endpoint, "test/")),
        foreign.post({}, path_of(endpoint, "secret/")),
        foreign.post({"since": "2026-01-01T00:00:00Z"}, path_of(endpoint, "recovery/")),
        foreign.post({}, f"/api/v1/webhook-deliveries/{delivery['id']}/redelivery/"),
    ]
    assert {problem(each) for each in answers} == {(404, "not_found")}
    assert foreign.get(ENDPOINTS).json() == {"results": []}
    after = (
        list(WebhookEndpoint.objects.values_list()),
        list(WebhookDelivery.objects.values_list()),
    )
    assert after == before


def test_a_key_without_the_scope_is_told_which_it_needs(
    sam: Program, api: Caller
) -> None:
    ApiKey.objects.filter(pk=sam.row.pk).update(scopes=["report:read"])
    answer = api.get(ENDPOINTS)
    assert problem(answer) == (403, "scope_missing")
    assert answer.json()["scope"] == "webhook:manage"


def test_a_person_of_the_source_uses_the_same_endpoints(
    sue: Person, stranger: Program
) -> None:
    answer = sue.browser.post(ENDPOINTS, SOUND, "application/json")
    assert answer.status_code == 201
    own = WebhookEndpoint.objects.get()
    assert (own.source.slug, own.created_by) == ("shop", sue.user)
    foreign, _ = webhooks.create(stranger.source, **SOUND)  # type: ignore[arg-type]
    assert len(sue.browser.get(ENDPOINTS).json()["results"]) == 1
    assert sue.browser.get(f"{ENDPOINTS}{foreign.public_id}/").status_code == 404


def test_fifty_deliveries_cost_no_more_queries_than_one(api: Caller) -> None:
    endpoint = made(api)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            api.get(path_of(endpoint, "deliveries/"))
        return len(seen)

    make(WebhookDelivery, endpoint=row_of(endpoint))
    queries()
    few = queries()
    for _ in range(49):
        make(WebhookDelivery, endpoint=row_of(endpoint))
    assert queries() <= few


def test_a_person_without_a_source_makes_none(ada: Person) -> None:
    Source.objects.create(slug="shop", name="Shop")
    answer = ada.browser.post(ENDPOINTS, SOUND, "application/json")
    assert problem(answer) == (403, "not_allowed")
    assert Client().get(ENDPOINTS).status_code == 401


# --- sent twice -----------------------------------------------------------------------


def test_a_repeated_request_makes_one_endpoint_and_shows_the_same_secret(
    api: Caller,
) -> None:
    key = {"Idempotency-Key": "hook-1"}
    first, second = (api.post(SOUND, ENDPOINTS, **key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert WebhookEndpoint.objects.count() == 1
    kept = IdempotencyKey.objects.get()
    assert first.json()["secret"] not in str(kept.response_body)
    other = api.post(SOUND | {"url": "https://shop.example/x"}, ENDPOINTS, **key)
    assert problem(other) == (422, "idempotency_mismatch")


@pytest.mark.parametrize("tail", ["test/", "secret/", "recovery/"])
def test_what_is_done_with_an_endpoint_is_done_once_for_a_key(
    api: Caller, tail: str
) -> None:
    endpoint, other = made(api), made(api)
    key = {"Idempotency-Key": "again"}
    body = {"since": "2026-11-22T02:00:00Z"} if tail == "recovery/" else {}
    first, second = (api.post(body, path_of(endpoint, tail), **key) for _ in range(2))
    assert second["Idempotent-Replayed"] == "true"
    assert second.json() == first.json()
    elsewhere = api.post(body, path_of(other, tail), **key)
    assert "Idempotent-Replayed" not in elsewhere


def test_a_delivery_is_sent_again_once_for_a_key(api: Caller) -> None:
    endpoint = made(api)
    delivery = api.post({}, path_of(endpoint, "test/")).json()
    path = f"/api/v1/webhook-deliveries/{delivery['id']}/redelivery/"
    epochs = []
    for _ in range(2):
        api.post({}, path, **{"Idempotency-Key": "once"})
        epochs.append(WebhookDelivery.objects.get().epoch)
    assert epochs[0] == epochs[1]


def test_a_refused_request_may_come_again_under_its_key(api: Caller) -> None:
    endpoint = made(api)
    patch(api, path_of(endpoint), {"state": "disabled"})
    key = {"Idempotency-Key": "later"}
    refused = api.post({}, path_of(endpoint, "test/"), **key)
    assert problem(refused) == (422, "transition_not_allowed")
    patch(api, path_of(endpoint), {"state": "active"})
    assert api.post({}, path_of(endpoint, "test/"), **key).status_code == 202


def test_a_key_of_spaces_is_refused(api: Caller) -> None:
    answer = api.post(SOUND, ENDPOINTS, **{"Idempotency-Key": "a b"})
    assert problem(answer) == (400, "invalid")
    assert not WebhookEndpoint.objects.exists()
