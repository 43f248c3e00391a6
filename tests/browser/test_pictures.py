"""Do the pictures of the README show the desk as it is?

They are made of the demo's world, by a browser, into the folder that SCREENSHOTS names:
``SCREENSHOTS=docs/screenshots .venv/bin/pytest tests/browser/test_pictures.py``.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from deliveries import sending
from tests.checkout import ROOT
from tests.chromium import SCREENSHOTS, Desk, Visit
from tests.people import Person
from triage import offering
from triage.demo import providers, simulator, traffic, world
from triage.demo.loopback import Loopback
from triage.demo.scenarios import Scenario
from triage.demo.tempo import LANES
from triage.models import FailureGroup, Queue, Ticket, TicketState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

MOST_BYTES = 300_000
KEPT = ROOT / "docs/screenshots"
PICTURES = (
    "queue-light",
    "ticket-dark-zh",
    "incident-light",
    "my-day-light",
    "simulator-light",
)


@pytest.fixture
def demo(settings: Settings) -> Iterator[None]:
    """The world of the demo, with the process that plays its providers."""
    settings.OUTBOUND_ALLOW_PRIVATE = True
    with Loopback() as running:
        Queue.objects.all().delete()
        Queue.objects.create(slug="general", name="General")
        world.build(timezone.now(), running.port)
        providers.point_at(running.port)
        yield


def person(name: str) -> Person:
    """Somebody of the demo, logged in."""
    user = User.objects.get(username=name)
    browser = Client()
    browser.force_login(user)
    return Person(user, browser)


def let_traffic_flow() -> None:
    """What the demo's sources send in a minute or so."""
    rng = random.Random(7)
    for lane in LANES:
        for _ in range(9):
            traffic.send_once(lane, timezone.now(), rng)
    while sending.send_due():
        pass


def take(visit: Visit, name: str) -> None:
    """Take a picture of what a window shows; it has to be small enough for a README."""
    visit.page.wait_for_load_state("networkidle")
    picture = visit.page.screenshot(animations="disabled")
    assert len(picture) < MOST_BYTES, f"{name}: {len(picture)} bytes"
    if SCREENSHOTS:
        (Path(SCREENSHOTS) / f"{name}.png").write_bytes(picture)


@pytest.mark.usefixtures("demo")
def test_each_picture_can_be_made_anew(desk: Desk) -> None:
    ana, leo = person("ana"), person("leo")
    for _ in range(3):
        offering.take_next(ana.actor, timezone.now())
    seen = Ticket.objects.visible_to(ana.actor).filter(state=TicketState.OPEN)
    told = seen.order_by("tier", "-group__unserved").first()
    assert told is not None
    group = FailureGroup.objects.order_by("-unserved", "-reports")[0]
    queue = desk.visit(leo).go("/tickets/")
    queue.page.keyboard.press("Space")
    queue.page.wait_for_selector("[data-peek] .title")
    take(queue, "queue-light")
    dark = desk.visit(ana, language="zh-hans", theme="dark")
    take(dark.go(f"/tickets/{told.number}/"), "ticket-dark-zh")
    take(desk.visit(leo).go(f"/incidents/{group.number}/"), "incident-light")
    take(desk.visit(ana).go("/"), "my-day-light")
    simulator.switch(leo.actor, "northpost", Scenario.DOWN)
    let_traffic_flow()
    take(desk.visit(leo).go("/simulator/"), "simulator-light")


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_is_kept_small_and_shown(name: str) -> None:
    assert (KEPT / f"{name}.png").stat().st_size < MOST_BYTES
    shown = (ROOT / "README.md").read_text("utf-8")
    assert f"](docs/screenshots/{name}.png)" in shown


def test_no_other_picture_is_kept() -> None:
    assert sorted(each.stem for each in KEPT.glob("*.png")) == sorted(PICTURES)
