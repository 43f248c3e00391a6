"""Can people plan, watch, hold and stop bulk resends over REST, and can no key?"""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from deliveries import resend
from deliveries.models import IdempotencyKey, Message, ResendItem, ResendOperation
from tests.callers import Caller, problem
from tests.factories import make_address, make_message, make_route
from tests.people import Person, make_person
from tests.resends import Carrier, fresh, make_failed, planned, run
from tests.work import hand_to_people, make_report
from triage.models import MemberRole, Queue, Ticket

pytestmark = pytest.mark.django_db(transaction=True)

OPERATIONS = "/api/v1/resend-operations/"


@pytest.fixture
def ticket(general: Queue) -> Ticket:
    """A ticket about two messages that may be sent again."""
    make_route()
    messages = [
        make_message(address=make_address(value=f"https://p{nth}.example/"))
        for nth in range(2)
    ]
    return hand_to_people([make_report(each) for each in messages])[0]


def post(person: Person, path: str, body: object = None, key: str = "") -> Any:
    raw = "" if body is None else json.dumps(body)
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return person.browser.post(path, raw, "application/json", headers=headers)


def path_of(operation: ResendOperation | dict[str, Any], tail: str = "") -> str:
    number = operation["number"] if isinstance(operation, dict) else operation.number
    return f"{OPERATIONS}{number}/{tail}"


def made(person: Person, **said: Any) -> dict[str, Any]:
    """A plan that the person asked for and that was judged."""
    answer = post(person, OPERATIONS, said)
    assert answer.status_code == 201, answer.content
    shown: dict[str, Any] = answer.json()
    operation = ResendOperation.objects.get(number=shown["number"])
    resend.plan(operation.pk, timezone.now)
    return shown


# --- planning -------------------------------------------------------------------------


def test_a_lead_plans_a_resend_and_it_is_sent(leo: Person, ticket: Ticket) -> None:
    draft = made(leo, query={"ticket": ticket.number}, rate_per_s=100)
    assert (draft["state"], draft["matched"]) == ("draft", 2)
    assert draft["estimate"] == {"messages": 2, "seconds": 1}
    assert draft["query"] == {"ticket": ticket.number}
    assert draft["abort"] == {"percent": 5, "window": 50}
    judged = leo.browser.get(path_of(draft)).json()
    assert (judged["state"], judged["will_send"]) == ("planned", 2)
    begun = post(leo, path_of(draft, "start/"))
    assert (begun.status_code, begun.json()["state"]) == (200, "canary")
    operation = ResendOperation.objects.get()
    run(operation, Carrier())
    over = leo.browser.get(path_of(draft)).json()
    assert over["state"] == "completed"
    assert over["counters"]["delivered"] == over["judged"] == 2
    assert [each["state"] for each in over["history"]][:2] == ["draft", "planned"]
    assert over["history"][0]["by"] == "Leo"
    assert over["history"][1]["by"] is None


def test_everything_that_may_be_said_is_kept(leo: Person, ticket: Ticket) -> None:
    ahead = timezone.now() + timedelta(days=1)
    draft = made(
        leo,
        message_ids=list(Message.objects.values_list("public_id", flat=True)),
        query={"channel": "webhook", "since": "2026-01-01T00:00:00Z"},
        remedy="waited",
        patch={"region": "eu", "expires_at": ahead.isoformat()},
        with_unclear=True,
        canary=1,
        ramp=[2, 3],
        rate_per_s=0.5,
        abort={"percent": 0, "window": 100},
    )
    row = ResendOperation.objects.get()
    assert (row.remedy, row.canary_size, row.ramp) == ("waited", 1, [2, 3])
    assert row.patch == {"region": "eu", "expires_at": ahead.isoformat()}
    assert (row.rule.percent, row.rule.window) == (0, 100)
    assert (draft["with_unclear"], draft["rate_per_s"]) == (True, 0.5)
    assert fresh(row).needs_second_person


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, "/query"),
        ({"query": {}}, "/query"),
        ({"query": {"channel": "sms"}}, "/query"),
        ({"query": {"channel": "fax"}}, "/query/channel"),
        ({"query": {"ticket": "1"}}, "/query/ticket"),
        ({"query": {"queue": 1}}, "/query/queue"),
        ({"message_ids": []}, "/message_ids"),
        ({"message_ids": ["m-1"]}, "/message_ids/0"),
        ({"message_ids": ["msg_" + "0" * 26] * 1001}, "/message_ids"),
        ({"remedy": "prayer"}, "/remedy"),
        ({"patch": {"body": "Buy!"}}, "/patch/body"),
        ({"patch": {"expires_at": "2020-01-01T00:00:00Z"}}, "/patch/expires_at"),
        ({"canary": 0}, "/canary"),
        ({"ramp": []}, "/ramp"),
        ({"ramp": [0]}, "/ramp/0"),
        ({"rate_per_s": "5"}, "/rate_per_s"),
        ({"rate_per_s": 101}, "/rate_per_s"),
        ({"abort": {"percent": 51}}, "/abort/percent"),
        ({"abort": {"window": 19}}, "/abort/window"),
    ],
    ids=lambda value: json.dumps(value)[:50] if isinstance(value, dict) else value,
)
def test_what_makes_no_plan_is_refused_where_it_is_wrong(
    leo: Person, ticket: Ticket, said: dict[str, Any], pointer: str
) -> None:
    answer = post(leo, OPERATIONS, said)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not ResendOperation.objects.exists()


def test_an_unknown_cause_is_for_specialists_to_vouch_for(
    ana: Person, ticket: Ticket
) -> None:
    said = {"query": {"ticket": ticket.number}, "remedy": "human_judgement"}
    answer = post(ana, OPERATIONS, said)
    assert problem(answer) == (400, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/remedy"


def test_a_plan_that_is_judged_stays_as_it_is(leo: Person, ticket: Ticket) -> None:
    draft = made(leo, query={"ticket": ticket.number})
    again = post(leo, path_of(draft, "plan/"))
    assert (again.status_code, again.json()["state"]) == (200, "planned")
    post(leo, path_of(draft, "cancellation/"))
    late = post(leo, path_of(draft, "plan/"))
    assert problem(late) == (422, "transition_not_allowed")


# --- once for a key -------------------------------------------------------------------


def test_a_plan_is_made_once_for_a_key(leo: Person, ticket: Ticket) -> None:
    said = {"query": {"ticket": ticket.number}}
    first, second = (post(leo, OPERATIONS, said, key="plan-1") for _ in range(2))
    assert second.json() == first.json()
    assert second["Idempotent-Replayed"] == "true"
    assert ResendOperation.objects.count() == 1
    assert IdempotencyKey.objects.get().person == leo.user
    other = post(leo, OPERATIONS, said | {"canary": 1}, key="plan-1")
    assert problem(other) == (422, "idempotency_mismatch")


@pytest.mark.parametrize(
    "tail", ["", "plan/", "approval/", "start/", "pause/", "cancellation/"]
)
def test_nothing_is_decided_without_a_key(
    leo: Person, ticket: Ticket, tail: str
) -> None:
    operation = planned(leo.user, list(Message.objects.all()), queues=[ticket.queue_id])
    said = json.dumps({"query": {"ticket": ticket.number}})
    path = path_of(operation, tail) if tail else OPERATIONS
    answer = leo.browser.post(path, said, "application/json")
    assert problem(answer) == (400, "invalid")
    assert fresh(operation).state == "planned"
    assert ResendOperation.objects.count() == 1


# --- deciding -------------------------------------------------------------------------


def test_a_second_person_agrees_and_nobody_agrees_to_their_own(
    leo: Person, kim: Person, ana: Person, ticket: Ticket
) -> None:
    draft = made(leo, query={"ticket": ticket.number}, patch={"region": "eu"})
    make_route(region="eu")
    assert problem(post(leo, path_of(draft, "approval/"))) == (403, "not_allowed")
    assert problem(post(kim, path_of(draft, "approval/"))) == (403, "not_allowed")
    early = post(leo, path_of(draft, "start/"))
    assert problem(early) == (422, "transition_not_allowed")
    lea = make_person("lea", MemberRole.LEAD, ticket.queue)
    agreed = post(lea, path_of(draft, "approval/"))
    assert (agreed.status_code, agreed.json()["approved_by"]) == (200, "Lea")
    assert problem(post(lea, path_of(draft, "approval/"))) == (
        422,
        "transition_not_allowed",
    )
    assert post(ana, path_of(draft, "start/")).status_code == 200


def test_more_than_ones_amount_is_for_somebody_else_to_start(
    ana: Person, kim: Person, ticket: Ticket
) -> None:
    draft = made(kim, query={"ticket": ticket.number})
    answer = post(ana, path_of(draft, "start/"))
    assert problem(answer) == (403, "amount_exceeded")
    assert post(kim, path_of(draft, "start/")).status_code == 200


def test_it_is_paused_and_started_again_and_cancelled(
    leo: Person, ticket: Ticket
) -> None:
    draft = made(leo, query={"ticket": ticket.number})
    assert problem(post(leo, path_of(draft, "pause/"))) == (
        422,
        "transition_not_allowed",
    )
    seen = [
        post(leo, path_of(draft, tail)).json()["state"]
        for tail in ("start/", "pause/", "start/", "cancellation/")
    ]
    assert seen == ["canary", "paused", "canary", "cancelled"]
    late = post(leo, path_of(draft, "start/"))
    assert problem(late) == (422, "transition_not_allowed")


def test_an_admin_stops_but_starts_nothing(
    leo: Person, ada: Person, ticket: Ticket
) -> None:
    draft = made(leo, query={"ticket": ticket.number})
    assert problem(post(ada, path_of(draft, "start/"))) == (403, "not_allowed")
    assert post(ada, path_of(draft, "cancellation/")).status_code == 200


# --- who may not ----------------------------------------------------------------------


def test_a_key_neither_sees_nor_decides(
    api: Caller, leo: Person, ticket: Ticket
) -> None:
    operation = planned(leo.user, list(Message.objects.all()), queues=[ticket.queue_id])
    for path in (OPERATIONS, path_of(operation), path_of(operation, "items/")):
        assert problem(api.get(path)) == (403, "not_allowed")
    for tail in ("plan/", "approval/", "start/", "pause/", "cancellation/"):
        assert problem(api.post({}, path_of(operation, tail))) == (403, "not_allowed")
    answer = api.post({"query": {"ticket": ticket.number}}, OPERATIONS)
    assert problem(answer) == (403, "not_allowed")
    assert fresh(operation).state == "planned"


def test_eve_finds_nothing(eve: Person, leo: Person, ticket: Ticket) -> None:
    operation = planned(leo.user, list(Message.objects.all()), queues=[ticket.queue_id])
    assert eve.browser.get(OPERATIONS).json()["results"] == []
    assert eve.browser.get(f"{OPERATIONS}count/").json()["count"] == 0
    for tail in ("", "items/"):
        assert problem(eve.browser.get(path_of(operation, tail))) == (404, "not_found")
    for tail in ("plan/", "start/", "pause/", "cancellation/"):
        assert problem(post(eve, path_of(operation, tail))) == (404, "not_found")
    answer = post(eve, OPERATIONS, {"query": {"ticket": ticket.number}})
    assert problem(answer) == (400, "invalid")
    assert fresh(operation).state == "planned"


def test_a_page_of_somebody_else_cannot_post_for_a_person(
    leo: Person, ticket: Ticket
) -> None:
    operation = planned(leo.user, list(Message.objects.all()), queues=[ticket.queue_id])
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(leo.user)
    path, headers = path_of(operation, "start/"), {"Idempotency-Key": "k"}
    forged = strict.post(path, "", "application/json", headers=headers)
    assert problem(forged) == (403, "not_allowed")
    assert fresh(operation).state == "planned"
    strict.get("/resends/new/")
    token = {"X-CSRFToken": strict.cookies["csrftoken"].value}
    own = strict.post(path, "", "application/json", headers=headers | token)
    assert own.status_code == 200


def test_a_stranger_is_asked_who_they_are(client: Client) -> None:
    assert problem(client.get(OPERATIONS)) == (401, "unauthenticated")


# --- reading --------------------------------------------------------------------------


def test_the_report_says_what_became_of_each_message_and_why(
    leo: Person, general: Queue
) -> None:
    make_route()
    sent, expired = make_failed(2, address=None)
    Message.objects.filter(pk=expired.pk).update(
        expires_at=timezone.now() - timedelta(hours=1)
    )
    operation = planned(leo.user, [sent, expired], queues=[general.pk])
    shown = leo.browser.get(path_of(operation)).json()
    assert shown["exclusions"] == {"expired": 1}
    assert shown["counters"]["excluded"] == 1
    items = leo.browser.get(path_of(operation, "items/")).json()["results"]
    assert [each["external_id"] for each in items] == [
        expired.external_id,
        sent.external_id,
    ]
    assert (items[0]["state"], items[0]["exclusion"]) == ("excluded", "expired")
    only = leo.browser.get(path_of(operation, "items/?state=planned")).json()
    assert [each["message"] for each in only["results"]] == [sent.public_id]
    why = leo.browser.get(path_of(operation, "items/?exclusion=no_route")).json()
    assert why["results"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?state=burnt", "invalid"),
        ("?limit=500", "invalid"),
        ("?colour=red", "unknown_parameter"),
        ("?cursor=abc", "cursor_invalid"),
    ],
)
def test_a_query_that_nobody_reads_is_refused(
    leo: Person, general: Queue, query: str, code: str
) -> None:
    operation = planned(leo.user, make_failed(1), queues=[general.pk])
    for path in (OPERATIONS, path_of(operation, "items/")):
        assert problem(leo.browser.get(path + query)) == (400, code)


def test_a_long_report_is_read_page_by_page(leo: Person, general: Queue) -> None:
    make_route()
    operation = planned(leo.user, make_failed(5), queues=[general.pk])
    path, seen = path_of(operation, "items/?limit=2"), []
    while path:
        page = leo.browser.get(path).json()
        seen += [each["message"] for each in page["results"]]
        path = page["next"]
    own = ResendItem.objects.order_by("-pk").values_list("message__public_id")
    assert seen == [each for (each,) in own]


@pytest.mark.parametrize("tail", ["", "items/"])
def test_fifty_rows_cost_no_more_queries_than_one(
    leo: Person, general: Queue, tail: str, django_assert_max_num_queries: Any
) -> None:
    make_route()
    operation = planned(leo.user, make_failed(1), queues=[general.pk])
    many = planned(leo.user, make_failed(50), queues=[general.pk])

    def read(row: ResendOperation) -> None:
        path = path_of(row, tail) if tail else OPERATIONS
        with transaction.atomic(), django_assert_max_num_queries(8):
            assert leo.browser.get(path).status_code == 200

    read(operation)
    if not tail:
        for _ in range(49):
            planned(leo.user, [], queues=[general.pk])
    read(many)


def test_operations_are_listed_filtered_and_counted(
    leo: Person, ticket: Ticket
) -> None:
    first = made(leo, query={"ticket": ticket.number})
    post(leo, path_of(first, "cancellation/"))
    second = planned(leo.user, make_failed(1), queues=[ticket.queue_id])
    listed = leo.browser.get(OPERATIONS).json()["results"]
    assert [each["number"] for each in listed] == [second.number, first["number"]]
    gone = leo.browser.get(f"{OPERATIONS}?state=cancelled").json()["results"]
    assert [each["number"] for each in gone] == [first["number"]]
    counted = leo.browser.get(f"{OPERATIONS}count/?state=cancelled").json()
    assert (counted["count"], counted["exact"]) == (1, True)


def test_who_polls_is_told_when_nothing_changed(leo: Person, general: Queue) -> None:
    operation = planned(leo.user, make_failed(1), queues=[general.pk])
    etag = leo.browser.get(path_of(operation))["ETag"]
    again = leo.browser.get(path_of(operation), headers={"If-None-Match": etag})
    assert again.status_code == 304
