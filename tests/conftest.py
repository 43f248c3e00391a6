"""What do all tests share? Servers, people, and a database put right again."""

import secrets
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from deliveries.models import FailureCategory
from tests import embedded
from triage import catalogue, presence

pytest_plugins = ["tests.people"]

# A loaded machine is no fault of the code: nothing here is judged by the clock.
hypothesis_settings.register_profile("desk", deadline=None)
hypothesis_settings.load_profile("desk")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, before the workers that share them."""
    if not hasattr(config, "workerinput"):
        embedded.start_services()
        catalogue.compile_catalogue()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started; servers named by the environment stay."""
    if not hasattr(config, "workerinput"):
        embedded.stop_services()


DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


@pytest.fixture(autouse=True)
def seeded(request: pytest.FixtureRequest) -> None:
    """Give a test what migrations seed, after another one emptied every table."""
    marked = request.node.get_closest_marker("django_db") is not None
    if marked or DATABASE_FIXTURES & set(request.fixturenames):
        request.getfixturevalue("db")
        reseed()


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test see who is at the tickets of another one, whose numbers are alike."""
    monkeypatch.setattr(presence, "NAME", f"presence:{secrets.token_hex(8)}")
    monkeypatch.setattr(presence, "DESK", f"desk:{secrets.token_hex(8)}")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin in English, whatever language the request of another test left behind."""
    with translation.override("en"):
        yield


def reseed() -> None:
    """Seed categories and the general queue again if they are gone."""
    if not FailureCategory.objects.exists():
        for app, migration in (
            ("deliveries", "0002_seed_categories"),
            ("triage", "0002_seed_general_queue"),
            ("triage", "0003_seed_roles"),
        ):
            run_seed(app, migration)


def run_seed(app: str, migration: str) -> None:
    """Run the seeding function of one migration on the current models."""
    module = import_module(f"{app}.migrations.{migration}")
    with connection.schema_editor() as editor:
        module.seed(apps, editor)
