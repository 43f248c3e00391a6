"""Does a lead keep queues and members, and nobody more than they may?"""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, make_person
from tests.rows import make
from tests.work import make_ticket
from triage.models import (
    AgentProfile,
    BusinessCalendar,
    MemberRole,
    Membership,
    Queue,
)

pytestmark = pytest.mark.django_db

GENERAL = "/team/queues/general/"


def role_of(person: Person, queue: Queue) -> list[str]:
    rows = Membership.objects.filter(person=person.user, queue=queue)
    return list(rows.values_list("role", flat=True))


def test_a_lead_makes_a_queue_and_leads_it(leo: Person) -> None:
    office = make(BusinessCalendar)
    said = {"name": "Night shift", "name_zh_hans": "夜班", "calendar": office.pk}
    answer = leo.browser.post("/team/queues/", said)
    assert answer["Location"] == "/team/queues/night-shift/"
    queue = Queue.objects.get(slug="night-shift")
    assert (queue.name_zh_hans, queue.calendar) == ("夜班", office)
    assert role_of(leo, queue) == [MemberRole.LEAD]
    assert LogEntry.objects.filter(user=leo.user).count() == 2


def test_names_that_sound_alike_get_addresses_of_their_own(leo: Person) -> None:
    for name in ("Nights", "nights!", "夜班", "夜"):
        assert leo.browser.post("/team/queues/", {"name": name}).status_code == 302
    found = set(Queue.objects.values_list("slug", flat=True))
    assert found == {"general", "nights", "nights-2", "queue", "queue-2"}


def test_an_admin_makes_a_queue_and_works_in_none(ada: Person) -> None:
    ada.browser.post("/team/queues/", {"name": "Nights"})
    assert role_of(ada, Queue.objects.get(slug="nights")) == []


def test_a_queue_is_renamed_and_keeps_its_address(leo: Person, general: Queue) -> None:
    leo.browser.post(GENERAL, {"name": "Front desk", "name_zh_hans": "前台"})
    general.refresh_from_db()
    assert (general.slug, general.name) == ("general", "Front desk")
    assert LogEntry.objects.get(user=leo.user).change_message == "Front desk"


def test_a_name_that_is_missing_is_said_beside_it(leo: Person) -> None:
    for path in ("/team/queues/", GENERAL):
        answer = leo.browser.post(path, {"name": " ", "name_zh_hans": "前台"})
        assert answer.status_code == 400
        assert "前台" in answer.text


def test_a_lead_adds_a_member_who_then_sees_the_queue(
    leo: Person, eve: Person, general: Queue
) -> None:
    said = {"person": eve.user.pk, "role": "agent"}
    assert leo.browser.post(f"{GENERAL}members/", said).status_code == 302
    assert role_of(eve, general) == ["agent"]
    assert eve.browser.get("/queues/general/").status_code == 200
    assert LogEntry.objects.filter(user=leo.user).exists()


def test_another_role_takes_the_place_of_the_first(
    leo: Person, ana: Person, general: Queue
) -> None:
    said = {"person": ana.user.pk, "role": "specialist"}
    leo.browser.post(f"{GENERAL}members/", said)
    assert role_of(ana, general) == ["specialist"]


def test_a_lead_makes_and_ends_no_lead(
    leo: Person, ana: Person, general: Queue
) -> None:
    said = {"person": ana.user.pk, "role": "lead"}
    assert leo.browser.post(f"{GENERAL}members/", said).status_code == 400
    mia = make_person("maya", MemberRole.LEAD, general)
    lower = {"person": mia.user.pk, "role": "agent"}
    assert leo.browser.post(f"{GENERAL}members/", lower).status_code == 403
    place = Membership.objects.get(person=mia.user)
    path = f"{GENERAL}members/{place.pk}/removal/"
    assert path not in leo.browser.get(GENERAL).text
    assert leo.browser.post(path).status_code == 403
    assert role_of(mia, general) == ["lead"]
    assert role_of(ana, general) == ["agent"]


def test_an_admin_makes_a_lead(ada: Person, ana: Person, general: Queue) -> None:
    said = {"person": ana.user.pk, "role": "lead"}
    ada.browser.post(f"{GENERAL}members/", said)
    assert role_of(ana, general) == ["lead"]


def test_nobody_changes_their_own_place(leo: Person, general: Queue) -> None:
    said = {"person": leo.user.pk, "role": "agent"}
    assert leo.browser.post(f"{GENERAL}members/", said).status_code == 400
    place = Membership.objects.get(person=leo.user)
    leo.browser.post(f"{GENERAL}members/{place.pk}/removal/")
    assert role_of(leo, general) == ["lead"]


def test_who_holds_tickets_is_not_removed_before_they_are_given_away(
    leo: Person, ana: Person, general: Queue
) -> None:
    ticket = make_ticket(assignee=ana.user)
    place = Membership.objects.get(person=ana.user)
    path = f"{GENERAL}members/{place.pk}/removal/"
    page = leo.browser.post(path, follow=True)
    assert "This person holds 1 ticket of the queue." in page.text
    assert role_of(ana, general) == ["agent"]
    type(ticket).objects.filter(pk=ticket.pk).update(assignee=leo.user)
    leo.browser.post(path)
    assert role_of(ana, general) == []
    assert ana.browser.get("/queues/general/").status_code == 403


def test_removing_somebody_is_asked_first_and_taken_back(
    leo: Person, ana: Person, general: Queue
) -> None:
    place = Membership.objects.get(person=ana.user)
    path = f"{GENERAL}members/{place.pk}/removal/"
    assert path in leo.browser.get(GENERAL).text
    asked = leo.browser.get(path)
    assert "sees the tickets of General no longer" in asked.text
    assert role_of(ana, general) == ["agent"]
    done = leo.browser.post(path, follow=True)
    assert "Ana no longer works in General." in done.text
    assert role_of(ana, general) == []
    (message,) = done.context["messages"]
    leo.browser.post(message.extra_tags)
    assert role_of(ana, general) == ["agent"]


def test_who_holds_tickets_cannot_be_removed_and_the_question_says_so(
    leo: Person, ana: Person
) -> None:
    make_ticket(assignee=ana.user)
    place = Membership.objects.get(person=ana.user)
    asked = leo.browser.get(f"{GENERAL}members/{place.pk}/removal/")
    assert "holds 1 ticket of the queue" in asked.text
    assert ">Remove</button>" not in asked.text


@pytest.mark.parametrize("before", [None, "agent"])
def test_adding_and_changing_are_taken_back(
    leo: Person, eve: Person, general: Queue, before: str | None
) -> None:
    if before:
        general.memberships.create(person=eve.user, role=before)
    said = {"person": eve.user.pk, "role": "specialist"}
    done = leo.browser.post(f"{GENERAL}members/", said, follow=True)
    assert role_of(eve, general) == ["specialist"]
    (message,) = done.context["messages"]
    leo.browser.post(message.extra_tags)
    assert role_of(eve, general) == ([before] if before else [])


def test_taking_back_gives_nobody_more_than_a_lead_may_give(
    leo: Person, ana: Person, sue: Person, general: Queue
) -> None:
    for path, status in (
        (f"{GENERAL}people/{ana.user.pk}/lead/", 403),
        (f"{GENERAL}people/{ana.user.pk}/emperor/", 404),
        (f"{GENERAL}people/{sue.user.pk}/agent/", 404),
        (f"{GENERAL}people/{leo.user.pk}/agent/", 404),
    ):
        assert leo.browser.post(path).status_code == status, path
    assert role_of(ana, general) == ["agent"]
    assert role_of(leo, general) == ["lead"]


def test_a_lead_sees_what_each_member_is_offered(leo: Person, ana: Person) -> None:
    AgentProfile.objects.create(
        person=ana.user,
        capacity=7,
        skills=["channel:sms"],
        languages=["zh"],
        away_until=timezone.now() + timedelta(days=1),
    )
    members = leo.browser.get(GENERAL).context["members"]
    (hers,) = [each for each in members if each["person"].name == "Ana"]
    assert (hers["capacity"], hers["skills"]) == (7, ["SMS"])
    assert [str(each) for each in hers["languages"]] == ["Chinese"]
    assert "away until" in leo.browser.get(GENERAL).text


def test_a_person_of_a_source_is_not_offered(leo: Person, sue: Person) -> None:
    said = {"person": sue.user.pk, "role": "agent"}
    assert leo.browser.post(f"{GENERAL}members/", said).status_code == 400


def test_a_queue_one_does_not_lead_is_refused_and_others_are_not_there(
    leo: Person, ana: Person
) -> None:
    nights = Queue.objects.create(slug="nights", name="Nights")
    assert leo.browser.get("/team/queues/nights/").status_code == 404
    nights.memberships.create(person=leo.user, role="agent")
    assert leo.browser.get("/team/queues/nights/").status_code == 403
    said = {"person": ana.user.pk, "role": "agent"}
    answer = leo.browser.post("/team/queues/nights/members/", said)
    assert answer.status_code == 403
    assert role_of(ana, nights) == []


def test_the_pages_cost_the_same_for_one_member_and_for_many(
    leo: Person, general: Queue
) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert leo.browser.get(path).status_code == 200
        return len(captured)

    paths = ("/team/queues/", GENERAL)
    [queries(path) for path in paths]
    few = [queries(path) for path in paths]
    for number in range(9):
        make_person(f"person-{number}", MemberRole.AGENT, general)
        Queue.objects.create(slug=f"q{number}", name="Q").memberships.create(
            person=leo.user, role="lead"
        )
    assert [queries(path) for path in paths] == few
