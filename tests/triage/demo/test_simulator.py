"""Is a scenario switched by the row of its provider, and by nothing else?"""

import pytest

from deliveries.models import Provider, Route
from tests.factories import make_provider
from tests.people import Person
from triage.demo import providers, simulator
from triage.demo.providers import CARRIERS
from triage.demo.scenarios import MEANING, Scenario

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pointed(db: None) -> None:
    providers.point_at(4711)


def scenario_of(slug: str) -> Scenario | None:
    return providers.scenario_of(Provider.objects.get(slug=slug))


@pytest.mark.parametrize("scenario", Scenario, ids=str)
def test_a_switch_changes_the_address_of_one_provider(
    leo: Person, scenario: Scenario
) -> None:
    others = Provider.objects.exclude(slug="harbour-sms").order_by("pk")
    before = list(others.values())
    row = simulator.switch(leo.actor, "harbour-sms", scenario)
    assert row.address == (
        f"http://127.0.0.1:4711/{scenario.value}/twilio/harbour-sms/"
    )
    assert scenario_of("harbour-sms") is scenario
    assert list(others.values()) == before


@pytest.mark.parametrize("slug", ["nobody", "real-one", "moved"])
def test_only_a_provider_of_the_demo_is_switched(leo: Person, slug: str) -> None:
    real = make_provider("https://mail.example/ok/")
    Provider.objects.filter(pk=real.pk).update(slug="real-one")
    if slug == "moved":  # somebody has pointed it at something real
        slug = "northpost"
        Provider.objects.filter(slug=slug).update(address="https://mail.example/ok/")
    before = list(Provider.objects.order_by("pk").values())
    with pytest.raises(simulator.NotThere):
        simulator.switch(leo.actor, slug, Scenario.DOWN)
    assert list(Provider.objects.order_by("pk").values()) == before


def test_all_are_healthy_again_at_once(leo: Person) -> None:
    simulator.switch(leo.actor, "northpost", Scenario.LYING)
    assert simulator.heal(leo.actor) == 2  # the world begins with one that is down
    assert {scenario_of(slug) for slug in CARRIERS} == {Scenario.OK}
    assert simulator.heal(leo.actor) == 0


def test_two_ways_lead_over_most_channels() -> None:
    behind = Route.objects.filter(position=2).values_list("channel", flat=True)
    assert set(behind) == {"email", "sms", "push", "chat"}


def test_each_scenario_says_what_it_means() -> None:
    assert set(MEANING) == set(Scenario)
