"""Is the page of the simulator whole, and does it live without a form being lost?"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from deliveries.models import Provider, Route
from tests.chromium import Desk, look_at
from tests.people import Person
from triage.demo import providers, simulator
from triage.demo.loopback import Loopback
from triage.demo.scenarios import Scenario

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def loopback(settings: Settings) -> Iterator[Loopback]:
    """The process that plays the demo's providers."""
    settings.OUTBOUND_ALLOW_PRIVATE = True
    with Loopback() as running:
        providers.point_at(running.port)
        yield running


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.usefixtures("loopback")
def test_the_simulator_is_shown_whole(
    desk: Desk, leo: Person, ana: Person, language: str
) -> None:
    simulator.switch(leo.actor, "northpost", Scenario.LYING)
    simulator.switch(leo.actor, "lotus-sms", Scenario.SLOW)
    visit = desk.visit(leo, language=language)
    look_at(visit, "simulator", "/simulator/")
    look_at(desk.visit(ana, language=language), "simulator-agent", "/simulator/")
    providers.point_at(9)
    look_at(visit, "simulator-away", "/simulator/")
    Route.objects.all().delete()
    Provider.objects.all().delete()
    look_at(visit, "simulator-empty", "/simulator/")


@pytest.mark.usefixtures("loopback")
def test_what_somebody_else_switches_is_seen_and_a_choice_is_kept(
    desk: Desk, leo: Person
) -> None:
    page = desk.visit(leo).go("/simulator/").page
    card = page.get_by_role("article", name="Northpost Mail")
    card.get_by_label("What shall it do?").select_option("Slow")
    simulator.switch(leo.actor, "northpost", Scenario.LYING)
    expect(card.locator(".does")).to_have_text("Lying", timeout=15_000)
    expect(card.get_by_label("What shall it do?")).to_have_value("slow")
    expect(page.get_by_text("2 providers are not healthy.")).to_be_visible()


@pytest.mark.usefixtures("loopback")
def test_without_scripts_a_provider_is_switched_and_all_are_healed(
    desk: Desk, leo: Person
) -> None:
    page = desk.visit(leo, scripts=False).go("/simulator/").page
    card = page.get_by_role("article", name="Northpost Mail")
    card.get_by_label("What shall it do?").select_option("Flapping")
    card.get_by_role("button", name="Switch").click()
    expect(card.locator(".does")).to_have_text("Flapping")
    page.get_by_role("button", name="All healthy again").click()
    expect(card.locator(".does")).to_have_text("Healthy")
    expect(page.get_by_text("Every provider is healthy.")).to_be_visible()
