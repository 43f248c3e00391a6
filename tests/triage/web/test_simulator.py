"""Does the page of the simulator show what is, and let only some change it?"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from deliveries.models import Provider, Route
from tests.people import Person
from triage.demo import providers, simulator
from triage.demo.providers import CARRIERS
from triage.demo.scenarios import Scenario
from triage.web.simulator import Card

pytestmark = pytest.mark.django_db
PAGE = "/simulator/"
ONE = "/simulator/providers/northpost/"


@pytest.fixture
def pointed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's providers, which say that one message was received."""
    providers.point_at(9)
    monkeypatch.setattr(simulator, "received", lambda rows: {"northpost": 1})


def cards(page: Any) -> dict[str, Card]:
    """The cards that a page shows, by slug."""
    return {
        card.slug: card
        for channel in page.context["channels"]
        for card in channel["cards"]
    }


def scenario_of(slug: str) -> Scenario | None:
    return providers.scenario_of(Provider.objects.get(slug=slug))


@pytest.mark.usefixtures("pointed")
def test_the_page_tells_what_each_provider_does(ana: Person) -> None:
    page = ana.browser.get(PAGE)
    found = cards(page)
    assert set(found) == set(CARRIERS)
    assert found["pushgate"].scenario == "outage"
    assert found["northpost"].scenario == "ok"
    assert "1 provider is not healthy." in page.text
    assert f"/routes/#route-{found['pushgate'].route}" in page.text
    assert f'id="route-{found["pushgate"].route}"' in ana.browser.get("/routes/").text


@pytest.mark.usefixtures("pointed")
def test_who_may_only_look_gets_no_forms(ana: Person, leo: Person) -> None:
    assert "All healthy again" not in ana.browser.get(PAGE).text
    assert "All healthy again" in leo.browser.get(PAGE).text
    assert ana.browser.post(ONE, {"scenario": "outage"}).status_code == 403
    assert scenario_of("northpost") is Scenario.OK


@pytest.mark.usefixtures("pointed")
def test_a_lead_switches_a_provider_and_heals_all(leo: Person) -> None:
    answer = leo.browser.post(ONE, {"scenario": "lying"}, follow=True)
    assert "Northpost Mail is set to “Lying”." in answer.text
    assert scenario_of("northpost") is Scenario.LYING
    answer = leo.browser.post("/simulator/recovery/", follow=True)
    assert "2 providers are healthy again." in answer.text
    assert "Every provider is healthy." in answer.text


@pytest.mark.usefixtures("pointed")
@pytest.mark.parametrize("chosen", ["", "burning", "forgetful"])
def test_what_is_no_scenario_is_said_by_the_field(leo: Person, chosen: str) -> None:
    answer = leo.browser.post(ONE, {"scenario": chosen})
    assert answer.status_code == 400
    assert cards(answer)["northpost"].form.errors
    assert answer.text.count('aria-invalid="true"') == 1
    assert scenario_of("northpost") is Scenario.OK


@pytest.mark.usefixtures("pointed")
@pytest.mark.parametrize("chosen", ["outage", "burning"])
def test_a_provider_that_is_not_of_the_demo_is_not_there(
    leo: Person, chosen: str
) -> None:
    url = reverse("simulator_scenario", args=["nobody"])
    assert leo.browser.post(url, {"scenario": chosen}).status_code == 404


@pytest.mark.usefixtures("pointed")
def test_the_live_part_brings_every_card_and_no_form(leo: Person) -> None:
    live = leo.browser.get("/simulator/live/").text
    assert live.count('hx-swap-oob="true"') == len(CARRIERS)
    assert "<form" not in live
    assert "hx-swap-oob" not in leo.browser.get(PAGE).text


@pytest.mark.usefixtures("pointed")
def test_providers_that_do_not_answer_are_told_of(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ana.browser.get(PAGE)
    assert "do not answer" not in page.text
    assert cards(page)["northpost"].figures.received == 1
    monkeypatch.setattr(simulator, "received", lambda rows: None)
    page = ana.browser.get(PAGE)
    assert "do not answer" in page.text
    assert cards(page)["northpost"].figures.received is None


def test_a_desk_without_a_demo_world_says_how_to_get_one(ana: Person) -> None:
    page = ana.browser.get(PAGE)
    assert "The demo has no providers" in page.text
    assert "do not answer" not in page.text


@pytest.mark.usefixtures("pointed")
def test_where_no_demo_runs_the_pages_are_not_there(
    leo: Person, settings: Settings
) -> None:
    settings.UNDELIVERED_DEMO = False
    for path in (PAGE, "/simulator/live/"):
        assert leo.browser.get(path).status_code == 404
    for path in (ONE, "/simulator/recovery/"):
        assert leo.browser.post(path, {"scenario": "lying"}).status_code == 404
    assert scenario_of("northpost") is Scenario.OK
    assert "/simulator/" not in leo.browser.get("/routes/").text


@pytest.mark.usefixtures("pointed")
def test_looking_changes_nothing(ana: Person) -> None:
    before = list(Provider.objects.order_by("pk").values())
    ana.browser.get(PAGE)
    ana.browser.get("/simulator/live/")
    assert list(Provider.objects.order_by("pk").values()) == before


def queries(person: Person) -> int:
    with CaptureQueriesContext(connection) as seen:
        person.browser.get(PAGE)
    return len(seen)


@pytest.mark.usefixtures("pointed")
def test_all_providers_cost_no_more_queries_than_one(leo: Person) -> None:
    all_of_them = queries(leo)
    Route.objects.exclude(provider__slug="northpost").delete()
    Provider.objects.exclude(slug="northpost").delete()
    assert all_of_them <= queries(leo)
