"""Does a field that no browser would send ever break a page, on the whole site?

The test client raises what a view raises, so each answer here is one that was meant.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from deliveries.actor import Role
from tests.people import Person, make_person
from tests.scenes import Scene, make_scene
from tests.surfaces import PAGES, REOPEN, SETTLE, SURFACES, Surface
from triage import grants
from triage.grants import Cell
from triage.models import MemberRole, Queue

pytestmark = pytest.mark.django_db

HOSTILE = ("a\x00b", "9" * 30, "-1")
PERSON_OF = {
    Role.LEAD: "leo",
    Role.SPECIALIST: "kim",
    Role.AGENT: "ana",
    Role.EDITOR: "mia",
    Role.ADMIN: "ada",
    Role.SENDER: "sue",
    Role.AUDITOR: "aud",
}
POSTING = [each for each in SURFACES if each.method == "POST"]
READ = re.compile(r"request\.(GET|POST)(?:\.get|\.getlist)?[(\[]\"(\w+)\"")


def names_read(method: str) -> set[str]:
    """Which fields some view reads without a form."""
    views = Path(settings.BASE_DIR, "triage", "web").rglob("*.py")
    found = (each for view in views for each in READ.findall(view.read_text()))
    return {name for kind, name in found if kind == method}


@pytest.fixture
def scene(general: Queue) -> Scene:
    """A ticket and all that belongs to it."""
    return make_scene(make_person("zoe", MemberRole.AGENT, general).user)


@pytest.fixture
def browser(surface: Surface, scene: Scene, request: pytest.FixtureRequest) -> Client:
    """Somebody who may do this, where it makes sense."""
    row = grants.TABLE[surface.action]
    role = next(each for each in PERSON_OF if row[each] is not Cell.REFUSED)
    person: Person = request.getfixturevalue(PERSON_OF[role])
    scene.held_by(None if surface.action == "ticket.claim" else person.user)
    scene.picked_by(person.user)
    if surface == SETTLE:
        scene.unsettled()
    if surface == REOPEN or role is Role.EDITOR:
        scene.solved()
    return person.browser


def spoiled(data: dict[str, Any], others: set[str]) -> Iterator[dict[str, Any]]:
    """The data with one field after the other replaced, and with all others added."""
    for value in HOSTILE:
        for name in data:
            yield {**data, name: value}
        yield {**dict.fromkeys(others, value), **data}


@pytest.mark.parametrize("surface", POSTING, ids=str)
def test_a_hostile_field_is_refused_or_harmless(
    surface: Surface, scene: Scene, browser: Client
) -> None:
    for data in spoiled(surface.data(scene), names_read("POST")):
        before = transaction.savepoint()
        answer = browser.post(surface.path(scene), data)
        transaction.savepoint_rollback(before)
        assert answer.status_code < 500, data


@pytest.mark.parametrize("surface", PAGES, ids=str)
def test_a_hostile_query_is_refused_or_harmless(
    surface: Surface, scene: Scene, browser: Client
) -> None:
    for data in spoiled({}, names_read("GET")):
        answer = browser.get(surface.path(scene), data)
        assert answer.status_code < 500, data


def test_the_fields_that_views_read_are_found() -> None:
    assert {"queue", "act", "newest"} <= names_read("POST")
    assert {"q", "cursor", "selection"} <= names_read("GET")
