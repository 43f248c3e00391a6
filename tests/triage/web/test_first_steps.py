"""Is an empty installation led to its first ticket, and is its state told?"""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.models import Provider, Route
from tests.factories import make_route, make_source
from tests.people import Person
from tests.work import make_article
from triage import health
from triage.models import Membership, Queue

pytestmark = pytest.mark.django_db


def missing(ada: Person) -> list[str]:
    """The titles of the steps that an admin reads as missing."""
    steps = ada.browser.get("/").context["steps"]
    return [step.title for step in steps if not step.done]


def test_an_empty_installation_begins_with_five_steps(ada: Person) -> None:
    page = ada.browser.get("/")
    assert "0 of 5 done" in page.text
    assert [step.title for step in page.context["steps"]] == [
        "First source",
        "First provider",
        "First queue",
        "First agent",
        "First articles",
    ]
    for step in page.context["steps"]:
        assert ada.browser.get(step.url).status_code == 200


def test_each_step_is_done_by_what_it_asks_for(ada: Person) -> None:
    make_source()
    rest = ["First queue", "First agent", "First articles"]
    assert missing(ada) == ["First provider", *rest]
    make_route()
    assert missing(ada) == rest
    nights = Queue.objects.create(slug="nights", name="Nights")
    assert missing(ada) == ["First agent", "First articles"]
    zoe = User.objects.create_user("zoe")
    Membership.objects.create(person=zoe, queue=nights, role="agent")
    assert missing(ada) == ["First articles"]
    make_article()
    answer = ada.browser.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/queues/")


def test_a_provider_without_an_enabled_route_carries_nothing(ada: Person) -> None:
    make_route()
    Route.objects.update(enabled=False)
    assert "First provider" in missing(ada)
    Route.objects.update(enabled=True)
    Provider.objects.update(enabled=False)
    assert "First provider" in missing(ada)


def test_somebody_who_left_works_no_queue(ada: Person, general: Queue) -> None:
    zoe = User.objects.create_user("zoe", is_active=False)
    Membership.objects.create(person=zoe, queue=general, role="agent")
    assert "First agent" in missing(ada)


def test_nobody_else_is_led(aud: Person, mia: Person) -> None:
    for person in (aud, mia):
        assert person.browser.get("/")["Location"] == "/queues/"


def test_the_state_names_each_fault_with_its_cure_first(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = health.Finding("database", ok=True, text="The database answers.")
    fault = health.Finding(
        "worker", ok=False, text="No worker.", cure="Start it.", detail="secret words"
    )
    monkeypatch.setattr(health, "examination", lambda now, workers: [fit, fault])
    page = ada.browser.get("/admin/doctor/")
    assert page.context["findings"] == [fault, fit]
    assert "1 fault" in page.text
    assert "Start it." in page.text
    assert "secret words" not in page.text


def test_the_settings_lead_an_admin_to_the_state(ada: Person, leo: Person) -> None:
    assert 'href="/admin/doctor/"' in ada.browser.get("/admin/").text
    assert "/admin/doctor/" not in leo.browser.get("/admin/").text


def test_the_state_is_the_admins_alone(leo: Person, aud: Person) -> None:
    for person in (leo, aud):
        assert person.browser.get("/admin/doctor/").status_code == 403


def test_the_steps_cost_the_same_for_few_rows_and_for_many(ada: Person) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ada.browser.get("/").status_code == 200
        return len(captured)

    queries()
    few = queries()
    for number in range(9):
        make_source(f"source-{number}")
    assert queries() == few
