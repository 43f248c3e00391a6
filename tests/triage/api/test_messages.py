"""Can a source tell of its messages in any order, and read back nothing personal?"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliveries import contents
from deliveries.contents import Content
from deliveries.models import (
    ApiKey,
    DeliveryEvent,
    FactChange,
    Message,
    Recipient,
    RecipientKey,
)
from tests.callers import Caller, problem
from tests.factories import make_attempt, make_message, make_provider, make_route
from tests.people import Person
from tests.work import make_ticket
from triage import pipeline, repair
from triage.models import FailureReport, Queue

pytestmark = pytest.mark.django_db

MESSAGES = "/api/v1/messages/"
LIN = "lin@shop.example"
SOUND: dict[str, Any] = {
    "channel": "email",
    "purpose": "transactional",
    "recipient_ref": "customer-88",
}
CONTENT = {
    "subject": "Your order",
    "text": "It leaves today, Lin.",
    "variables": {"name": "Lin"},
}
WHOLE = SOUND | {"addresses": {"email": LIN}, "content": CONTENT}
AT = "2026-11-22T02:00:00Z"


def put(api: Caller, body: object = SOUND, name: str = "order-1") -> Any:
    return api.client.put(
        f"{MESSAGES}{name}/",
        json.dumps(body),
        "application/json",
        headers=api.program.headers,
    )


def tell(api: Caller, name: str = "order-1", **said: object) -> Any:
    return api.post({"occurred_at": AT} | said, f"{MESSAGES}{name}/events/")


def digest() -> None:
    FailureReport.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    pipeline.digest_due(timezone.now())


def pointers(answer: Any) -> list[str]:
    return [each["pointer"] for each in answer.json()["errors"]]


# --- telling of a message -------------------------------------------------------------


def test_a_message_is_told_of_once_however_often_it_is_sent(api: Caller) -> None:
    first, second = put(api, WHOLE), put(api, WHOLE)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["state"] == "sending"
    assert (first.json()["evidence_level"], first.json()["needed_level"]) == (0, 3)
    read = api.get(f"{MESSAGES}order-1/").json()
    assert read.items() <= first.json().items()
    assert Message.objects.count() == Recipient.objects.count() == 1


def test_what_it_says_is_kept_for_a_send_and_shown_to_nobody(api: Caller) -> None:
    answers = [put(api, WHOLE), api.get(f"{MESSAGES}order-1/")]
    for answer in answers:
        assert answer.json()["has_content"] is True
        assert answer.json()["address"]
        for secret in (LIN, "leaves today", "Your order"):
            assert secret not in answer.content.decode()
    row = Message.objects.select_related("recipient__key", "address").get()
    assert contents.read(row) == Content(**CONTENT)
    assert row.address is not None
    assert row.address.value() == LIN
    assert b"leaves" not in bytes(row.sealed_content or b"")


def test_what_was_sent_already_is_accepted(api: Caller) -> None:
    assert put(api, SOUND | {"sent_at": AT}).json()["state"] == "accepted"
    put(api, name="order-2")
    later = put(api, SOUND | {"sent_at": AT}, name="order-2")
    assert later.json()["state"] == "accepted"
    assert put(api, name="order-2").json()["state"] == "accepted"


def test_a_report_that_comes_first_leaves_room_for_the_message(api: Caller) -> None:
    api.file(message_ref="order-1", provider_answer="451 4.3.2 Try later")
    filled = put(api, WHOLE | {"sent_at": AT, "purpose": "security", "region": "eu"})
    assert filled.status_code == 200
    shown = filled.json()
    assert (shown["state"], shown["purpose"], shown["region"]) == (
        "failed",
        "security",
        "eu",
    )
    assert shown["recipient_ref"] == "customer-88"
    assert shown["has_content"] is True


@pytest.mark.parametrize("sent", [{}, {"sent_at": AT}], ids=["sending", "sent"])
def test_a_message_that_its_source_reports_is_sent_again_by_us(
    api: Caller, sent: dict[str, str]
) -> None:
    make_route()
    put(api, WHOLE | sent | {"channel": "webhook"})
    api.file(message_ref="order-1", channel="webhook", provider_answer="HTTP 503 busy")
    digest()
    assert Message.objects.get().state == "retry_wait"
    assert FailureReport.objects.get().state == "repairing"


def test_a_message_that_somebody_took_is_not_called_failed(api: Caller) -> None:
    put(api)
    tell(api, kind="accepted")
    api.file(message_ref="order-1", symptom="not_received")
    digest()
    assert Message.objects.get().state == "accepted"


def test_what_arrived_wrong_did_arrive(api: Caller) -> None:
    put(api)
    api.file(message_ref="order-1", symptom="wrong_content")
    digest()
    assert Message.objects.get().state == "sending"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"channel": "sms"}, "channel"),
        ({"recipient_ref": "customer-89"}, "recipient_ref"),
        ({"supersedes": "order-1"}, "supersedes"),
    ],
)
def test_another_message_needs_another_name(
    api: Caller, changed: dict[str, str], field: str
) -> None:
    put(api)
    answer = put(api, SOUND | changed)
    assert problem(answer) == (422, "transition_not_allowed")
    assert pointers(answer) == [f"/{field}"]
    assert Message.objects.get().channel == "email"
    assert not Recipient.objects.filter(external_ref="customer-89").exists()


def test_what_we_have_sent_stays_as_it_was(api: Caller) -> None:
    put(api, WHOLE)
    make_attempt(Message.objects.get())
    Message.objects.update(attempt_count=1)
    assert put(api, WHOLE).status_code == 200
    for changed, field in (
        ({"addresses": {"email": "mei@shop.example"}}, "addresses"),
        ({"content": {"text": "It left yesterday."}}, "content"),
        ({"purpose": "security"}, "purpose"),
    ):
        answer = put(api, WHOLE | changed)
        assert problem(answer) == (422, "transition_not_allowed")
        assert pointers(answer) == [f"/{field}"]
    assert contents.read(Message.objects.get()) == Content(**CONTENT)


def test_what_is_left_out_stays(api: Caller) -> None:
    put(api, WHOLE | {"region": "eu", "expires_at": "2036-01-01T00:00:00Z"})
    shown = put(api).json()
    assert (shown["region"], shown["has_content"]) == ("eu", True)
    assert shown["expires_at"].startswith("2036")


def test_a_newer_message_replaces_an_older_one(api: Caller) -> None:
    early = put(api, SOUND | {"supersedes": "order-1"}, name="order-2")
    assert problem(early) == (422, "transition_not_allowed")
    assert pointers(early) == ["/supersedes"]
    assert not Message.objects.exists()
    put(api)
    assert put(api, SOUND | {"supersedes": "order-1"}, name="order-2").json()[
        "supersedes"
    ] == ("order-1")


def test_what_cannot_be_kept_is_said(api: Caller) -> None:
    answer = put(api, SOUND | {"provider": "nobody"})
    assert answer.json()["warnings"] == ["provider_unknown"]
    RecipientKey.objects.create(
        recipient=Recipient.objects.get(), wrapped_key=None, destroyed_at=timezone.now()
    )
    answer = put(api, WHOLE)
    assert answer.json()["warnings"] == ["person_forgotten"]
    assert (answer.json()["has_content"], answer.json()["address"]) == (False, None)


def test_a_provider_that_proves_little_asks_for_little(api: Caller) -> None:
    provider = make_provider(channel="email", attainable_level=2)  # type: ignore[arg-type]
    shown = put(api, SOUND | {"provider": provider.slug}).json()
    assert (shown["provider"], shown["needed_level"]) == (provider.slug, 2)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"channel": "fax"}, "/channel"),
        ({"purpose": "fun"}, "/purpose"),
        ({"recipient_ref": LIN}, "/recipient_ref"),
        ({"addresses": {"email": "not an address"}}, "/addresses/email"),
        ({"addresses": {"fax": "1"}}, "/addresses/fax"),
        ({"content": {"subject": "a\nb"}}, "/content/subject"),
        ({"content": {"text": "x" * 65_000, "html": "y" * 65_000}}, "/content"),
        ({"content": {"text": "x" * 70_000}}, "/content/text"),
        ({"content": {"variables": {"a": 1}}}, "/content/variables"),
        (
            {"content": {"variables": {f"v{n}": "x" for n in range(51)}}},
            "/content",
        ),
        ({"content": {"body": "x"}}, "/content/body"),
        ({"expires_at": "tomorrow"}, "/expires_at"),
        ({"supersedes": "a b"}, "/supersedes"),
        ({"state": "delivered"}, "/state"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_message_is_refused_where_it_is_wrong(
    api: Caller, said: dict[str, object], pointer: str
) -> None:
    answer = put(api, SOUND | said)
    assert answer.status_code == 400, answer.content
    assert pointers(answer) == [pointer]
    assert not Message.objects.exists()


def test_what_is_missing_is_named(api: Caller) -> None:
    assert set(pointers(put(api, {}))) == {"/channel", "/purpose", "/recipient_ref"}


def test_a_body_beyond_all_measure_is_not_read(api: Caller) -> None:
    answer = put(api, SOUND | {"content": {"text": "x" * 300_000}})
    assert problem(answer) == (413, "too_large")


# --- who reads ------------------------------------------------------------------------


def test_a_foreign_message_is_not_there(api: Caller, foreign: Caller) -> None:
    put(api, WHOLE)
    assert problem(foreign.get(f"{MESSAGES}order-1/")) == (404, "not_found")
    assert problem(tell(foreign, kind="delivered")) == (404, "not_found")
    assert put(foreign).status_code == 201
    assert Message.objects.filter(external_id="order-1").count() == 2


@pytest.mark.parametrize(
    ("method", "tail", "scope"),
    [
        ("PUT", "", "message:write"),
        ("GET", "", "message:read"),
        ("POST", "events/", "event:write"),
    ],
)
def test_each_call_needs_its_scope(
    api: Caller, method: str, tail: str, scope: str
) -> None:
    others = [each for each in api.program.row.scopes if each != scope]
    ApiKey.objects.update(scopes=others)
    answer = api.client.generic(
        method,
        f"{MESSAGES}order-1/{tail}",
        json.dumps(SOUND),
        "application/json",
        headers=api.program.headers,
    )
    assert problem(answer) == (403, "scope_missing")
    assert answer.json()["scope"] == scope


def test_people_read_by_our_name_what_their_queues_show(
    ana: Person, aud: Person, eve: Person, mia: Person, general: Queue
) -> None:
    message = make_message()
    make_ticket(message)
    path = f"{MESSAGES}{message.public_id}/"
    assert ana.browser.get(path).json()["external_id"] == message.external_id
    assert aud.browser.get(path).status_code == 200
    assert problem(eve.browser.get(path)) == (404, "not_found")
    assert problem(mia.browser.get(path)) == (403, "not_allowed")
    own = ana.browser.get(f"{MESSAGES}{message.external_id}/")
    assert problem(own) == (404, "not_found")
    written = ana.browser.put(path, SOUND, "application/json")
    assert problem(written) == (403, "not_allowed")


def test_a_stranger_reads_nothing(client: Client) -> None:
    answer = client.get(f"{MESSAGES}order-1/")
    assert problem(answer) == (401, "unauthenticated")


def test_many_tries_cost_no_more_queries_than_one(
    api: Caller, django_assert_max_num_queries: Any
) -> None:
    put(api)
    message, route = Message.objects.get(), make_route()
    api.get(f"{MESSAGES}order-1/")
    for outcome in ["cancelled"] * 9:
        row = make_attempt(message, route)
        type(row).objects.filter(pk=row.pk).update(
            outcome=outcome, finished_at=timezone.now(), due_at=None
        )
        with django_assert_max_num_queries(3):
            shown = api.get(f"{MESSAGES}order-1/").json()
    assert [each["n"] for each in shown["attempts"]] == list(range(1, 10))


# --- what became of it ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state", "level"),
    [
        ("requested", "sending", 1),
        ("accepted", "accepted", 2),
        ("delivered", "delivered", 3),
        ("confirmed", "delivered", 4),
        ("deferred", "sending", 0),
        ("bounced", "failed", 0),
        ("complained", "delivered", 3),
        ("unsubscribed", "sending", 0),
    ],
)
def test_an_event_moves_what_it_proves(
    api: Caller, kind: str, state: str, level: int
) -> None:
    put(api)
    first, second = tell(api, kind=kind), tell(api, kind=kind)
    assert (first.status_code, second.status_code) == (202, 200)
    assert (first.json()["state"], first.json()["evidence_level"]) == (state, level)
    assert (first.json()["known"], second.json()["known"]) == (False, True)
    assert DeliveryEvent.objects.count() == 1


def test_events_count_in_any_order(api: Caller) -> None:
    put(api)
    tell(api, kind="delivered")
    tell(api, kind="accepted", occurred_at="2026-11-22T01:00:00Z")
    shown = api.get(f"{MESSAGES}order-1/").json()
    assert (shown["state"], shown["evidence_level"]) == ("delivered", 3)


def test_a_bounce_that_nobody_reported_is_reported_by_the_machine(
    api: Caller, general: Queue
) -> None:
    put(api)
    tell(api, kind="bounced", code="550", answer=f"550 5.1.1 <{LIN}> unknown")
    assert LIN not in DeliveryEvent.objects.get().answer
    FactChange.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    repair.follow_up_due(timezone.now())
    assert FailureReport.objects.get().origin == "machine"


def test_the_sources_own_name_of_an_event_makes_it_one(api: Caller) -> None:
    put(api)
    tell(api, kind="deferred", event_ref="e-1")
    again = tell(api, kind="deferred", event_ref="e-1", occurred_at="2026-11-22T03:00Z")
    assert problem(again) == (400, "invalid")
    moved = tell(
        api, kind="deferred", event_ref="e-1", occurred_at="2026-11-22T03:00:00Z"
    )
    assert moved.status_code == 200
    assert tell(api, kind="deferred", event_ref="e-2").status_code == 202


def test_an_event_of_an_unknown_message_is_refused(api: Caller) -> None:
    assert problem(tell(api, kind="delivered")) == (404, "not_found")


def test_a_clock_that_is_ahead_is_not_believed(api: Caller) -> None:
    put(api)
    tell(api, kind="delivered", occurred_at="2099-01-01T00:00:00Z")
    event = DeliveryEvent.objects.get()
    assert event.occurred_at <= timezone.now() + timedelta(minutes=6)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, "/kind"),
        ({"kind": "opened"}, "/kind"),
        ({"kind": "bounced", "occurred_at": "now"}, "/occurred_at"),
        ({"kind": "bounced", "answer": "x" * 5000}, "/answer"),
        ({"kind": "bounced", "level": 4}, "/level"),
    ],
)
def test_what_is_no_event_is_refused(
    api: Caller, said: dict[str, object], pointer: str
) -> None:
    put(api)
    answer = tell(api, **said)
    assert answer.status_code == 400
    assert pointers(answer) == [pointer]
    assert not DeliveryEvent.objects.exists()
