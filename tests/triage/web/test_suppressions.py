"""Are orders not to send seen in one's scope, and lifted by whom and with what?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import gate, resend, suppressions
from deliveries.models import (
    Address,
    ChangeKind,
    FactChange,
    ItemState,
    Message,
    MessageState,
    Purpose,
    ResendOperation,
    Suppression,
    SuppressionOrigin,
)
from tests.factories import make_address, make_message, make_route, make_source
from tests.people import Person
from tests.work import category, join_queue, make_ticket
from triage.models import MemberRole, Queue

pytestmark = pytest.mark.django_db
WHY = "They have emptied the mailbox."


def forbid(address: Address, cause: str = "recipient.inactive", **order: Any) -> Any:
    return suppressions.suppress(
        address, category=category(cause), origin=SuppressionOrigin.EVENT, **order
    )


@pytest.fixture
def order(general: Queue) -> Suppression:
    """An order about an address to which a message of the general queue failed."""
    make_route()
    address = make_address()
    make_ticket(make_message(address=address), cause="recipient.inactive")
    made: Suppression = forbid(address)
    return made


def path(order: Suppression) -> str:
    return f"/suppressions/{order.pk}/lifting/"


def lift(person: Person, order: Suppression, **fields: Any) -> HttpResponse:
    return person.browser.post(path(order), {"reason": WHY, **fields})


def read(person: Person, where: str = "/suppressions/", status: int = 200) -> str:
    answer = person.browser.get(where)
    assert answer.status_code == status, where
    return answer.text


def test_an_order_is_seen_through_a_message_to_its_address(
    order: Suppression, ana: Person, eve: Person, aud: Person
) -> None:
    loose = forbid(make_address(value="https://loose.example/in"))
    rows = ana.browser.get("/suppressions/").context["page"]["rows"]
    assert [row["pk"] for row in rows] == [order.pk]
    assert "Every address may be written to" in read(eve)
    rows = aud.browser.get("/suppressions/").context["page"]["rows"]
    assert [row["pk"] for row in rows] == [loose.pk, order.pk]
    assert "loose.example/in" not in read(aud)


def test_the_same_address_at_another_source_is_another_matter(
    order: Suppression, ana: Person
) -> None:
    forbid(make_address(make_source("elsewhere")))
    rows = ana.browser.get("/suppressions/").context["page"]["rows"]
    assert [row["pk"] for row in rows] == [order.pk]


def test_the_list_counts_what_is_held_back(order: Suppression, ana: Person) -> None:
    address = Address.objects.get(pseudonym=order.pseudonym)
    for changes in (
        {"state": MessageState.DELIVERED, "evidence_level": 3},
        {"expires_at": timezone.now() - timedelta(minutes=1)},
    ):
        make_ticket(make_message(address=address, **changes))
    rows = ana.browser.get("/suppressions/").context["page"]["rows"]
    assert [row["held"] for row in rows] == [1]


def test_an_order_for_one_purpose_holds_back_that_purpose(
    general: Queue, ana: Person
) -> None:
    address = make_address()
    make_ticket(make_message(address=address))
    forbid(address, purpose=Purpose.MARKETING)
    rows = ana.browser.get("/suppressions/").context["page"]["rows"]
    assert [row["held"] for row in rows] == [0]


def test_what_was_lifted_or_has_run_out_is_shown_when_asked_for(
    order: Suppression, ana: Person, kim: Person
) -> None:
    lift(kim, order)
    assert "Every address may be written to" in read(ana)
    text = read(ana, "/suppressions/?standing=lifted")
    assert "lifted by Kim" in text
    assert WHY in text
    past = timezone.now() - timedelta(days=1)
    address = Address.objects.get(pseudonym=order.pseudonym)
    forbid(address, until=past)
    assert "has run out" in read(ana, "/suppressions/?standing=lapsed")
    assert "No suppression matches" in read(ana, "/suppressions/?channel=sms")
    read(ana, "/suppressions/?standing=broken", 400)


def test_the_list_asks_as_often_for_many_as_for_one(
    order: Suppression, kim: Person
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(kim)
        return len(asked)

    read(kim)
    one = count()
    for nth in range(20):
        address = make_address(value=f"https://p{nth}.example/")
        make_ticket(make_message(address=address))
        forbid(address)
    assert count() == one


# --- lifting --------------------------------------------------------------------------


def test_a_specialist_lifts_with_a_reason(order: Suppression, kim: Person) -> None:
    message = Message.objects.get()
    assert not gate.check(message, now=timezone.now()).allowed
    FactChange.objects.all().delete()
    assert lift(kim, order).status_code == 302
    order.refresh_from_db()
    assert (order.lifted_by, order.lift_reason) == (kim.user, WHY)
    assert FactChange.objects.get().kind == ChangeKind.SUPPRESSION
    assert gate.check(message, now=timezone.now()).allowed
    assert not ResendOperation.objects.exists()


def test_lifting_may_plan_what_was_held_back(order: Suppression, kim: Person) -> None:
    assert "Also plan to resend 1 message" in read(kim, path(order))
    answer = lift(kim, order, resend="on")
    operation = ResendOperation.objects.get()
    assert answer.headers["Location"] == f"/resends/{operation.number}/"
    resend.plan(operation.pk, timezone.now)
    item = operation.items.get()
    assert (item.message, item.state) == (Message.objects.get(), ItemState.PLANNED)
    operation.refresh_from_db()
    assert operation.remedy == "suppression_lifted"


def test_nothing_is_lifted_when_nothing_can_be_planned(
    order: Suppression, kim: Person
) -> None:
    Message.objects.update(state=MessageState.DELIVERED, evidence_level=3)
    assert "Also plan to resend" not in read(kim, path(order))
    answer = lift(kim, order, resend="on")
    assert answer.status_code == 400
    assert "No message is held back that you may send again." in answer.text
    order.refresh_from_db()
    assert order.lifted_at is None


def test_without_a_reason_nothing_is_lifted(order: Suppression, kim: Person) -> None:
    answer = lift(kim, order, reason="  ")
    assert answer.status_code == 400
    assert "Say why it may be lifted." in answer.text
    order.refresh_from_db()
    assert order.lifted_at is None


def test_of_two_who_lift_the_second_is_told(
    order: Suppression, kim: Person, leo: Person
) -> None:
    lift(kim, order)
    answer = lift(leo, order, reason="Another reason for it.")
    assert answer.status_code == 400
    assert "It is no longer in force." in answer.text
    order.refresh_from_db()
    assert order.lift_reason == WHY


def test_an_agent_reads_and_does_not_lift(order: Suppression, ana: Person) -> None:
    assert path(order) not in read(ana)
    assert lift(ana, order).status_code == 403


def test_a_specialist_of_another_queue_does_not_lift_here(
    order: Suppression, eve: Person, general: Queue
) -> None:
    join_queue(eve.user, Queue.objects.get(slug="other"), MemberRole.SPECIALIST)
    assert lift(eve, order).status_code == 404
    join_queue(eve.user, general)
    assert path(order) not in read(eve)
    assert lift(eve, order).status_code == 403
    order.refresh_from_db()
    assert order.lifted_at is None


def test_the_page_warns_where_a_person_has_spoken(general: Queue, kim: Person) -> None:
    address = make_address()
    make_ticket(make_message(address=address))
    order = forbid(address, "consent.complaint")
    assert "The person has spoken" in read(kim, path(order))
