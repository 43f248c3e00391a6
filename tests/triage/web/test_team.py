"""What does a lead see of the whole?"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, make_person
from tests.work import join_queue, make_ticket
from triage.models import MemberRole, Queue, Ticket

pytestmark = pytest.mark.django_db

TEAM = "/team/"


@pytest.fixture
def second(db: None) -> Queue:
    """A queue that Leo does not lead."""
    return Queue.objects.create(slug="second", name="Second")


def age(ticket: Ticket, hours: float) -> Ticket:
    Ticket.objects.filter(pk=ticket.pk).update(
        opened_at=timezone.now() - timedelta(hours=hours)
    )
    return ticket


def test_live_tickets_are_counted_by_queue_and_tier(leo: Person) -> None:
    make_ticket()
    make_ticket(cause="config.billing")
    page = leo.browser.get(TEAM)
    (row,) = page.context["matrix"]["rows"]
    assert {cell["tier"]: cell["count"] for cell in row["cells"]} == {
        "S1": 0,
        "S2": 1,
        "S3": 0,
        "S4": 1,
    }
    assert page.context["total"] == page.context["matrix"]["total"] == row["total"] == 2
    assert "2 live tickets in your queues" in page.text


def test_every_figure_leads_to_just_those_tickets(leo: Person, ana: Person) -> None:
    make_ticket(cause="config.billing", assignee=ana.user)
    make_ticket(assignee=ana.user)
    make_ticket()
    context = leo.browser.get(TEAM).context
    (row,) = context["matrix"]["rows"]
    links = [(cell["url"], cell["count"]) for cell in row["cells"]]
    links += [(line["url"], line["holding"]) for line in context["people"]]
    links += [
        (bucket["url"], bucket["count"])
        for bucket in context["unassigned"]
        if bucket["count"]
    ]
    for url, count in links:
        assert leo.browser.get(url).context["total"] == count


def test_what_is_solved_is_live_but_held_by_nobody(leo: Person, ana: Person) -> None:
    solved = make_ticket(assignee=ana.user)
    category = solved.group.category
    solved.resolutions.create(category=category)
    Ticket.objects.filter(pk=solved.pk).update(state="solved")
    context = leo.browser.get(TEAM).context
    assert context["total"] == 1
    (hers,) = [each for each in context["people"] if each["person"].name == "Ana"]
    assert hers["holding"] == 0
    assert leo.browser.get(hers["url"]).context["total"] == 0


def test_who_holds_most_comes_first_with_their_oldest_ticket(
    leo: Person, ana: Person
) -> None:
    oldest = age(make_ticket(assignee=ana.user), 30)
    make_ticket(assignee=ana.user, cause="config.billing")
    people = leo.browser.get(TEAM).context["people"]
    assert [each["person"].name for each in people] == ["Ana", "Leo"]
    assert (people[0]["holding"], people[1]["holding"]) == (2, 0)
    assert people[0]["oldest"].number == oldest.number
    assert (
        people[0]["oldest"].cause == "Remote unavailable, overloaded or out of storage"
    )
    assert people[1]["oldest"] is None


def test_what_nobody_holds_is_counted_by_age(leo: Person, ana: Person) -> None:
    for hours in (0.5, 0.9, 2, 5, 30, 300):
        age(make_ticket(), hours)
    age(make_ticket(assignee=ana.user), 2)
    buckets = leo.browser.get(TEAM).context["unassigned"]
    assert [bucket["count"] for bucket in buckets] == [2, 1, 1, 2]


def test_the_oldest_of_each_tier_is_shown(leo: Person) -> None:
    first = make_ticket()
    make_ticket()
    rows = leo.browser.get(TEAM).context["oldest"]
    oldest = {row["tier"]: row["ticket"] and row["ticket"].number for row in rows}
    assert oldest == {"S1": None, "S2": None, "S3": None, "S4": first.number}


def test_a_lead_sees_the_queues_they_lead_alone(
    leo: Person, ana: Person, second: Queue
) -> None:
    join_queue(leo.user, second, MemberRole.SPECIALIST)
    join_queue(ana.user, second)
    make_ticket(queue=second, assignee=ana.user)
    context = leo.browser.get(TEAM).context
    assert [row["name"] for row in context["matrix"]["rows"]] == ["General"]
    assert context["total"] == 0


def test_an_admin_sees_every_queue_and_an_agent_none(
    ada: Person, ana: Person, second: Queue
) -> None:
    make_ticket(queue=second)
    context = ada.browser.get(TEAM).context
    assert {row["name"] for row in context["matrix"]["rows"]} == {"General", "Second"}
    assert context["total"] == 1
    assert ana.browser.get(TEAM).status_code == 403
    assert "/team/" not in ana.browser.get("/queues/").text


def test_the_team_page_speaks_chinese(leo: Person) -> None:
    leo.browser.cookies["django_language"] = "zh-hans"
    make_ticket()
    page = leo.browser.get(TEAM)
    assert '<html lang="zh-hans"' in page.text
    assert "对端不可用/过载/存储已满" in page.text


def test_the_page_costs_the_same_queries_at_1_and_at_50_tickets(
    leo: Person, make_many: Callable[[int], None]
) -> None:
    make_many(1)
    few = queries_of(leo.browser)
    make_many(49)
    assert queries_of(leo.browser) == few
    assert few <= 14


def queries_of(browser: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(TEAM).status_code == 200
    return len(captured)


@pytest.fixture
def make_many(general: Queue) -> Callable[[int], None]:
    """Makes tickets, each held by somebody else."""

    def make(count: int) -> None:
        for _ in range(count):
            person = make_person(f"agent-{Ticket.objects.count()}", None, None)
            join_queue(person.user, general)
            make_ticket(assignee=person.user)

    return make
