"""Is what waits for a second person shown, agreed to and refused by somebody else?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import resend
from deliveries.models import ItemState, ResendEvent, ResendOperation, ResendState
from tests.factories import make_message, make_route
from tests.people import Person, make_person
from tests.repairs import follow_up
from tests.resends import fresh, make_failed, planned, states
from tests.work import make_ticket
from triage.models import MemberRole, Queue

pytestmark = pytest.mark.django_db
WHY = "The carrier is still down."


@pytest.fixture
def plan(general: Queue, ana: Person) -> ResendOperation:
    """A plan of Ana's for more than she may send alone."""
    make_route()
    return planned(ana.user, make_failed(3), limit=1, queues=[general.pk])


def read(person: Person, where: str = "/approvals/", status: int = 200) -> str:
    answer = person.browser.get(where)
    assert answer.status_code == status, where
    return answer.text


def refuse(person: Person, plan: ResendOperation, reason: str = WHY) -> HttpResponse:
    return person.browser.post(f"/resends/{plan.number}/refusal/", {"reason": reason})


def waiting(person: Person) -> list[Any]:
    groups = person.browser.get("/approvals/").context["groups"]
    return [row for group in groups for row in group["page"]["rows"]]


def test_a_lead_sees_what_waits_and_why(plan: ResendOperation, leo: Person) -> None:
    (row,) = waiting(leo)
    assert row.title == f"Resend {plan.number}"
    assert row.because == ["More than 1 message, which is the amount of who planned it"]
    assert row.allowed is True
    assert "3 messages" in row.facts


def test_edits_and_unclear_messages_are_named(
    general: Queue, ana: Person, leo: Person
) -> None:
    make_route(region="eu-west")
    make_route()
    lost = make_message(state="unknown")  # type: ignore[arg-type]
    planned(
        ana.user,
        [lost],
        queues=[general.pk],
        with_unclear=True,
        patch={"region": "eu-west"},
    )
    (row,) = waiting(leo)
    assert row.because == ["Messages are edited", "1 message may have arrived already"]


def test_agreeing_leads_to_the_plan(plan: ResendOperation, leo: Person) -> None:
    (row,) = waiting(leo)
    leo.browser.post(row.approve_url)
    assert fresh(plan).state == ResendState.APPROVED
    assert waiting(leo) == []


def test_ones_own_plan_is_not_ones_own_to_approve(general: Queue, leo: Person) -> None:
    make_route()
    own = planned(leo.user, make_failed(2), limit=1, queues=[general.pk])
    text = read(leo)
    assert "You planned this: somebody else has to agree." in text
    assert f"/resends/{own.number}/refusal/" not in text
    answer = refuse(leo, own)
    assert answer.status_code == 302
    assert fresh(own).state == ResendState.PLANNED


def test_a_refusal_ends_the_plan_and_says_why(
    plan: ResendOperation, leo: Person, ana: Person
) -> None:
    assert refuse(leo, plan).headers["Location"] == "/approvals/"
    assert fresh(plan).state == ResendState.CANCELLED
    event = ResendEvent.objects.latest("pk")
    assert (event.person, event.reason) == (leo.user, WHY)
    text = read(ana, f"/resends/{plan.number}/")
    assert "Refused" in text
    assert f"“{WHY}”" in text
    due = timezone.now() - timedelta(hours=1)
    ResendOperation.objects.filter(pk=plan.pk).update(due_at=due)
    resend.advance_due(timezone.now())
    assert states(plan) == {ItemState.CANCELLED: 3}


def test_the_ticket_tells_of_the_refusal(
    general: Queue, ana: Person, leo: Person
) -> None:
    make_route()
    message = make_message()
    ticket = make_ticket(message)
    plan = planned(ana.user, [message], limit=0, queues=[general.pk])
    refuse(leo, plan)
    follow_up()
    text = read(ana, f"/tickets/{ticket.number}/")
    assert f"Leo did not agree to resend {plan.number}: “{WHY}”" in text


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_refusal_has_a_reason(
    reason: str, plan: ResendOperation, leo: Person
) -> None:
    answer = refuse(leo, plan, reason)
    assert answer.status_code == 400
    assert "Say why it must not be sent like this." in answer.text
    assert fresh(plan).state == ResendState.PLANNED


def test_what_was_decided_meanwhile_is_not_refused(
    plan: ResendOperation, leo: Person, general: Queue
) -> None:
    mo = make_person("mo", MemberRole.LEAD, general)
    resend.approve(plan.pk, mo.user.pk)
    answer = leo.browser.post(
        f"/resends/{plan.number}/refusal/", {"reason": WHY}, follow=True
    )
    assert "It is “Approved” by now." in answer.text
    assert fresh(plan).state == ResendState.APPROVED


def test_only_a_lead_of_its_queues_refuses(
    plan: ResendOperation, kim: Person, aud: Person
) -> None:
    other = Queue.objects.create(slug="elsewhere", name="Elsewhere")
    lou = make_person("lou", MemberRole.LEAD, other)
    assert refuse(kim, plan).status_code == 403
    assert refuse(lou, plan).status_code == 404
    assert waiting(lou) == []
    read(kim, status=403)
    (row,) = waiting(aud)
    assert row.allowed is None
    assert "A lead of its queues decides." in read(aud)
    assert fresh(plan).state == ResendState.PLANNED


def test_the_list_asks_as_often_for_many_as_for_one(
    plan: ResendOperation, leo: Person, ana: Person, general: Queue
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(leo)
        return len(asked)

    read(leo)
    one = count()
    for _ in range(10):
        planned(ana.user, make_failed(2), limit=1, queues=[general.pk])
    assert count() == one


def test_an_unknown_kind_is_refused(leo: Person) -> None:
    read(leo, "/approvals/?kind=bribes", 400)
    assert "Nothing waits for a second person" in read(leo, "/approvals/?kind=resends")


def test_the_rail_counts_what_others_wait_for(
    plan: ResendOperation, leo: Person, ana: Person, general: Queue
) -> None:
    planned(leo.user, make_failed(2), limit=1, queues=[general.pk])

    def rail(person: Person, where: str) -> dict[str, int | None]:
        frame = person.browser.get(where).context["frame"]
        return {each.label: each.count for each in frame.nav}

    assert rail(leo, "/approvals/")["Approvals"] == 1
    assert "Approvals" not in rail(ana, "/queues/")
    assert "Messages" in rail(ana, "/queues/")
