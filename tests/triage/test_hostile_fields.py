"""Does a field that no browser would send ever break a page, on the whole site?

The test client raises what a view raises, so each answer here is one that was meant.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from deliveries.actor import Role
from tests.people import Person
from tests.scenes import Scene
from tests.surfaces import REOPEN, SETTLE, SURFACES, Surface
from triage import grants
from triage.grants import Cell

pytestmark = pytest.mark.django_db

HOSTILE = ("a\x00b", "9" * 30, "-1")
ROLES = (
    Role.LEAD,
    Role.SPECIALIST,
    Role.AGENT,
    Role.EDITOR,
    Role.ADMIN,
    Role.SENDER,
    Role.AUDITOR,
)
READ = re.compile(r"request\.(GET|POST)(?:\.get|\.getlist)?[(\[]\"(\w+)\"")


def names_read(method: str) -> set[str]:
    """Which fields some view reads without a form."""
    views = Path(settings.BASE_DIR, "triage", "web").rglob("*.py")
    found = (each for view in views for each in READ.findall(view.read_text()))
    return {name for kind, name in found if kind == method}


def surfaces_of(role: Role, method: str) -> list[Surface]:
    """What is tried as this role: the first that may do it."""
    return [
        each
        for each in SURFACES
        if each.method == method and _first_of(each.action) is role
    ]


def _first_of(action: str) -> Role:
    row = grants.TABLE[action]
    return next(each for each in ROLES if row[each] is not Cell.REFUSED)


def set_up(scene: Scene, surface: Surface, person: Person, role: Role) -> None:
    """Put the ticket where the surface makes sense."""
    scene.held_by(None if surface.action == "ticket.claim" else person.user)
    scene.picked_by(person.user)
    if surface == SETTLE:
        scene.unsettled()
    if surface == REOPEN or role is Role.EDITOR:
        scene.solved()


def spoiled(data: dict[str, Any], others: set[str]) -> Iterator[dict[str, Any]]:
    """The data with one field after the other replaced, and with all others added."""
    for value in HOSTILE:
        for name in data:
            yield {**data, name: value}
        yield {**dict.fromkeys(others, value), **data}


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done; in no atomic block, as some views want the outermost."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


@pytest.mark.parametrize("role", ROLES)
def test_a_hostile_field_is_refused_or_harmless(
    role: Role, person: Person, scene: Scene
) -> None:
    for surface in surfaces_of(role, "POST"):
        with undone():
            set_up(scene, surface, person, role)
            for data in spoiled(surface.data(scene), names_read("POST")):
                with undone():
                    answer = person.browser.post(surface.path(scene), data)
                assert answer.status_code < 500, (surface, data)


@pytest.mark.parametrize("role", ROLES)
def test_a_hostile_query_is_refused_or_harmless(
    role: Role, person: Person, scene: Scene
) -> None:
    for surface in surfaces_of(role, "GET"):
        with undone():
            set_up(scene, surface, person, role)
            for data in spoiled({}, names_read("GET")):
                answer = person.browser.get(surface.path(scene), data)
                assert answer.status_code < 500, (surface, data)


def test_every_page_and_every_act_is_tried() -> None:
    tried = {
        each
        for role in ROLES
        for method in ("GET", "POST")
        for each in surfaces_of(role, method)
    }
    assert tried == set(SURFACES)


def test_the_fields_that_views_read_are_found() -> None:
    assert {"queue", "act", "newest"} <= names_read("POST")
    assert {"q", "cursor", "selection"} <= names_read("GET")
