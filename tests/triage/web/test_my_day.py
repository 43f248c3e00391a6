"""Does the day begin with what matters, and may people say what they can take?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person
from tests.work import make_ticket
from triage import tickets
from triage.models import (
    AgentProfile,
    Decline,
    MemberRole,
    Membership,
    Queue,
    SlaClock,
    Ticket,
)

pytestmark = pytest.mark.django_db

URGENT = "config.billing"


def test_the_day_begins_with_one_ticket_and_its_reason(ana: Person) -> None:
    make_ticket()
    urgent = make_ticket(cause=URGENT)
    page = ana.browser.get("/")
    assert page.context["offer"]["ticket"].number == urgent.number
    assert "no other is as urgent: S2" in page.text


def test_taking_it_leads_to_the_ticket(ana: Person) -> None:
    ticket = make_ticket()
    answer = ana.browser.post(
        "/next/", {"ticket": ticket.number, "version": ticket.version}
    )
    assert answer["Location"] == f"/tickets/{ticket.number}/"
    assert Ticket.objects.get(pk=ticket.pk).assignee == ana.user


def test_who_was_slower_reads_who_was_first(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, leo.actor)
    answer = ana.browser.post(
        "/next/", {"ticket": ticket.number, "version": ticket.version}
    )
    assert answer.status_code == 409
    assert "Leo took the ticket." in answer.text


def test_taking_the_next_without_a_number_takes_the_first(ana: Person) -> None:
    ticket = make_ticket()
    answer = ana.browser.post("/next/")
    assert answer["Location"] == f"/tickets/{ticket.number}/"
    assert ana.browser.post("/next/", follow=True).status_code == 200
    assert (
        "There is nothing to take now." in ana.browser.post("/next/", follow=True).text
    )


def test_a_ticket_of_others_cannot_be_taken_here(eve: Person) -> None:
    ticket = make_ticket()
    assert eve.browser.post("/next/", {"ticket": ticket.number}).status_code == 404
    left = {"ticket": ticket.number, "reason": "time"}
    assert eve.browser.post("/next/declined/", left).status_code == 404
    assert eve.browser.get("/").context["offer"]["ticket"] is None


def test_not_this_one_says_why_and_shows_the_next(ana: Person) -> None:
    first, second = make_ticket(cause=URGENT), make_ticket()
    left = {"ticket": first.number, "reason": "skill"}
    page = ana.browser.post("/next/declined/", left, follow=True)
    assert page.context["offer"]["ticket"].number == second.number
    assert Decline.objects.get().reason == "skill"


@pytest.mark.parametrize("reason", ["", "because", "\x00"], ids=ascii)
def test_without_a_reason_nothing_is_left(ana: Person, reason: str) -> None:
    ticket = make_ticket()
    left = {"ticket": ticket.number, "reason": reason}
    page = ana.browser.post("/next/declined/", left, follow=True)
    assert page.context["offer"]["ticket"].number == ticket.number
    assert not Decline.objects.exists()


def test_my_tickets_stand_by_their_promises(ana: Person) -> None:
    calm = make_ticket(cause=URGENT, assignee=ana.user)
    late = make_ticket(assignee=ana.user)
    paused = make_ticket(cause=URGENT, assignee=ana.user)
    SlaClock.objects.filter(ticket=late).update(target_at=timezone.now())
    SlaClock.objects.filter(ticket=paused).update(
        state="paused", paused_at=timezone.now(), due_at=None
    )
    page = ana.browser.get("/")
    numbers = [row.number for row in page.context["rows"]]
    assert numbers == [late.number, calm.number, paused.number]
    listed = ana.browser.get(page.context["all_url"])
    assert listed.context["total"] == page.context["total"] == 3


def test_the_page_costs_the_same_for_many_tickets(ana: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert ana.browser.get("/").status_code == 200
        return len(seen)

    make_ticket(assignee=ana.user)
    make_ticket()
    few = cost()
    AgentProfile.objects.create(person=ana.user, capacity=100)
    for _ in range(15):
        make_ticket(assignee=ana.user)
        make_ticket()
    assert cost() == few


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"capacity": 0}, "You have enough"),
        ({"away_until": timezone.now() + timedelta(days=3)}, "You are away"),
        ({}, "Nothing waits for you"),
    ],
    ids=["full", "away", "nothing"],
)
def test_an_empty_day_says_why(
    ana: Person, values: dict[str, object], said: str
) -> None:
    AgentProfile.objects.create(person=ana.user, **values)
    assert said in ana.browser.get("/").text


def test_who_takes_no_tickets_begins_with_the_queues(aud: Person, mia: Person) -> None:
    for person in (aud, mia):
        assert person.browser.get("/")["Location"] == "/queues/"


# --- profiles -------------------------------------------------------------------------


def until(**ahead: int) -> str:
    moment = timezone.now() + timedelta(**ahead)
    return moment.strftime("%Y-%m-%dT%H:%M")


def test_one_says_oneself_until_when_one_is_away(ana: Person) -> None:
    ana.browser.post("/profile/", {"away_until": until(hours=5)})
    assert "You are away" in ana.browser.get("/profile/").text
    ana.browser.post("/profile/", {"away_until": ""})
    assert AgentProfile.objects.get(person=ana.user).away_until is None


@pytest.mark.parametrize("text", ["yesterday", "1999-01-01T00:00", "9999-01-01T00:00"])
def test_a_time_that_makes_no_sense_is_refused(ana: Person, text: str) -> None:
    assert ana.browser.post("/profile/", {"away_until": text}).status_code == 400
    assert not AgentProfile.objects.exists()


def test_nobody_gives_themselves_skills_or_room(ana: Person) -> None:
    ana.browser.post("/profile/", {"capacity": "99", "skills": ["channel:sms"]})
    row = AgentProfile.objects.get(person=ana.user)
    assert (row.capacity, row.skills) == (10, [])
    path = f"/team/people/{ana.user.pk}/"
    assert ana.browser.post(path, {"capacity": "99"}).status_code == 403


def test_a_lead_says_what_somebody_is_offered(leo: Person, ana: Person) -> None:
    path = f"/team/people/{ana.user.pk}/"
    leo.browser.post(path, {"capacity": "3", "skills": ["channel:sms", "family:rate"]})
    lines = leo.browser.get("/team/").context["people"]
    (hers,) = [line for line in lines if line["person"].name == "Ana"]
    assert (hers["capacity"], hers["edit_url"]) == (3, path)
    assert hers["skills"][0] == "SMS"
    assert "SMS" in ana.browser.get("/profile/").text


@pytest.mark.parametrize(
    "posted",
    [
        {"capacity": "-1"},
        {"capacity": "201"},
        {"capacity": "many"},
        {"capacity": "3", "skills": ["channel:pigeon"]},
        {"capacity": "3", "skills": ["\x00"]},
    ],
    ids=ascii,
)
def test_what_makes_no_sense_is_refused(
    leo: Person, ana: Person, posted: dict[str, object]
) -> None:
    answer = leo.browser.post(f"/team/people/{ana.user.pk}/", posted)
    assert answer.status_code == 400
    assert not AgentProfile.objects.exists()


def test_people_of_other_queues_are_not_hers(leo: Person, eve: Person) -> None:
    path = f"/team/people/{eve.user.pk}/"
    assert leo.browser.get(path).status_code == 404
    assert leo.browser.post(path, {"capacity": "0"}).status_code == 404


def test_a_list_gives_what_comes_next_in_its_queue(ana: Person, general: Queue) -> None:
    ticket = make_ticket()
    elsewhere = Queue.objects.create(slug="elsewhere", name="Elsewhere")
    make_ticket(queue=elsewhere, cause="config.billing")
    Membership.objects.create(person=ana.user, queue=elsewhere, role=MemberRole.AGENT)
    assert "Take next" in ana.browser.get("/queues/general/").text
    answer = ana.browser.post("/next/", {"queue": "general"})
    assert answer.headers["Location"] == f"/tickets/{ticket.number}/"
    answer = ana.browser.post("/next/", {"queue": "general"})
    assert answer.headers["Location"] == "/queues/general/"


def test_nobody_is_given_anything_of_a_queue_of_others(
    ana: Person, eve: Person, aud: Person
) -> None:
    ticket = make_ticket()
    assert eve.browser.post("/next/", {"queue": "general"}).status_code == 404
    assert eve.browser.post("/next/", {"queue": "gen\0eral"}).status_code == 404
    assert Ticket.objects.get(pk=ticket.pk).assignee is None
    assert "Take next" not in aud.browser.get("/queues/general/").text
