"""Can a source that sends itself take part in resends over REST, as documented?"""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from deliveries import sending
from deliveries.models import DelegatedSend, Message, Scope, Source, issue_key
from tests.callers import Caller, problem
from tests.factories import make_address, make_attempt, make_message
from tests.people import Program

pytestmark = pytest.mark.django_db(transaction=True)

RESENDS = "/api/v1/resends/"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
AT = "2026-11-22T02:00:00Z"


@pytest.fixture
def item(sam: Program) -> DelegatedSend:
    """A send that the shop has been asked to make."""
    return ask(sam.source)


def ask(source: Source) -> DelegatedSend:
    Source.objects.filter(pk=source.pk).update(resend_mode="delegated")
    message = make_message(source, address=make_address(source))
    make_attempt(message, due_at=LONG_AGO)
    sending.send_due()
    return DelegatedSend.objects.get(attempt__message=message)


def path(item: DelegatedSend, tail: str) -> str:
    return f"{RESENDS}{item.public_id}/{tail}/"


def test_a_source_polls_acknowledges_and_tells_the_result(
    api: Caller, item: DelegatedSend
) -> None:
    (claimable,) = api.get(f"{RESENDS}?state=claimable").json()["results"]
    assert claimable["item"] == item.public_id
    assert claimable["external_id"] == item.attempt.message.external_id
    assert claimable["idempotency_key"] == item.attempt.idempotency_key
    assert claimable["generation"] == 1
    assert claimable["ack_by"]
    ack = api.post({"generation": 1}, path(item, "ack"))
    assert (ack.status_code, ack.json()["state"]) == (200, "acknowledged")
    assert ack.json()["lease_until"]
    assert api.get(f"{RESENDS}?state=claimable").json()["results"] == []
    said = {"generation": 1, "outcome": "delivered", "code": "250", "at": AT}
    result = api.post(said, path(item, "result"))
    assert (result.status_code, result.json()["state"]) == (200, "settled")
    assert Message.objects.get().state == "delivered"


def test_each_refusal_of_the_table_has_its_code(
    api: Caller, sam: Program, item: DelegatedSend
) -> None:
    stale = api.post({"generation": 0}, path(item, "ack"))
    assert problem(stale) == (409, "stale_generation")
    api.post({"generation": 1}, path(item, "ack"))
    row, key = issue_key(sam.source, "second", list(Scope.values))
    second = Caller(Program(sam.source, row, key), Client())
    taken = second.post({"generation": 1}, path(item, "ack"))
    assert problem(taken) == (409, "conflict")
    assert taken.json()["by"] == sam.row.name
    assert taken.json()["at"].startswith("20")
    declined = api.post(
        {"generation": 1, "reason": "Not today."}, path(item, "refusal")
    )
    assert (declined.status_code, declined.json()["code"]) == (200, "declined")
    assert problem(api.post({"generation": 1}, path(item, "ack"))) == (410, "gone")


def test_a_foreign_send_is_not_there(foreign: Caller, item: DelegatedSend) -> None:
    assert foreign.get(RESENDS).json()["results"] == []
    bodies: dict[str, dict[str, Any]] = {
        "ack": {"generation": 1},
        "result": {"generation": 1, "outcome": "accepted", "at": AT},
        "refusal": {"generation": 1, "reason": "Mine."},
    }
    for tail, body in bodies.items():
        assert problem(foreign.post(body, path(item, tail))) == (404, "not_found")
    item.refresh_from_db()
    assert item.state == "requested"


@pytest.mark.parametrize(
    ("tail", "body", "pointer"),
    [
        ("ack", {}, "/generation"),
        ("ack", {"generation": "1"}, "/generation"),
        ("result", {"generation": 1, "outcome": "sent", "at": AT}, "/outcome"),
        ("result", {"generation": 1, "outcome": "accepted"}, "/at"),
        ("refusal", {"generation": 1}, "/reason"),
        ("refusal", {"generation": 1, "reason": ""}, "/reason"),
    ],
)
def test_a_body_that_says_too_little_is_refused(
    api: Caller, item: DelegatedSend, tail: str, body: object, pointer: str
) -> None:
    answer = api.post(body, path(item, tail))
    assert problem(answer) == (400, "invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer
    item.refresh_from_db()
    assert item.state == "requested"


def test_a_list_of_fifty_costs_no_more_queries_than_one(
    api: Caller, sam: Program, django_assert_max_num_queries: Any
) -> None:
    ask(sam.source)
    api.get(RESENDS)
    with transaction.atomic(), django_assert_max_num_queries(3):
        api.get(RESENDS)
    for _ in range(9):
        ask(sam.source)
    with transaction.atomic(), django_assert_max_num_queries(3):
        api.get(RESENDS)
