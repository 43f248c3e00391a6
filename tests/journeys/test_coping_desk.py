"""Does the desk cope when a provider goes down, and is the rest sent again by people?

Leo takes a provider down in the simulator; the machine's repairs move to the fallback,
which loses some; /routes/ shows it. The provider comes back and is used again by
itself. Ana plans a bulk resend of what is left, watches canary and ramp, stops it,
resumes it and downloads the outcome. Adapters, hooks and signatures are the real ones.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from deliveries import circuit, resend, rollups, sending
from deliveries.models import (
    BreakerState,
    ChannelKind,
    Message,
    MessageState,
    ResendOperation,
    RouteHealth,
)
from tests.chromium import Desk, Visit
from tests.factories import make_source
from tests.people import Person
from tests.resends import let_leases_end
from triage import pipeline, repair
from triage.demo import providers, simulator, traffic
from triage.demo.loopback import Loopback
from triage.demo.loopback.postman import Postman
from triage.demo.tempo import LANES
from triage.models import FailureReport, ReportState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SENT = 32  # messages during the outage; twenty of them open the breaker
LONGEST_REPAIR = 10  # rounds of the machine until it has nothing left to try
FOR_EVER = 1e12


@dataclass(frozen=True)
class Words:
    """What the desk says at the places that the journey passes."""

    choice: str
    switch: str
    outage: str
    lossy: str
    well: str
    in_use: str
    interrupted: str
    plan: str
    channel: str
    agree: str
    start: str
    pause: str
    resume: str
    canary: str
    ramp: str
    delivered: str
    completed: str
    download: str


ENGLISH = Words(
    choice="What shall it do?",
    switch="Switch",
    outage="Outage",
    lossy="Lossy",
    well="All healthy again",
    in_use="In use",
    interrupted="Interrupted",
    plan="Plan a resend",
    channel="Channel",
    agree="Agree",
    start="Start",
    pause="Pause",
    resume="Resume",
    canary="Canary",
    ramp="Ramp",
    delivered="Delivered",
    completed="Completed",
    download="Download as CSV",
)


@dataclass
class Stage:
    """The providers of the demo, and what stands in for beat and workers."""

    loopback: Loopback
    postman: Postman
    rng: random.Random

    def send(self, count: int) -> None:
        """What the shop does: send so many pushes."""
        (lane,) = [each for each in LANES if each.channel is ChannelKind.PUSH]
        for _ in range(count):
            traffic.send_once(lane, timezone.now(), self.rng)

    def work(self) -> None:
        """Everything that is due is done, and receipts arrive."""
        let_leases_end()
        while sending.send_due():
            pass
        self.postman.deliver(FOR_EVER)
        while repair.follow_up_due(timezone.now()):
            pass
        while pipeline.digest_due(timezone.now()):
            pass
        rollups.roll_up(timezone.now())

    def advance(self, minutes: int) -> None:
        """The bulk resend goes one beat on, so many minutes later."""
        let_leases_end()
        resend.advance_due(timezone.now() + timedelta(minutes=minutes))
        self.work()

    def received(self) -> int:
        """How much reached somebody, by the providers' own ledger."""
        return sum(each["received"] for each in self.loopback.counts().values())


@pytest.fixture
def stage(desk: Desk, settings: Settings, leo: Person) -> Iterator[Stage]:
    """The demo's providers, all of them healthy."""
    settings.OUTBOUND_ALLOW_PRIVATE = True
    postman = Postman({})
    with Loopback(told=postman.tell) as running:
        providers.point_at(running.port)
        make_source("shop")
        simulator.heal(leo.actor)
        postman.hooks = providers.open_hooks(desk.base)
        yield Stage(running, postman, random.Random(7))


def let_a_window_pass() -> None:
    """A minute goes by for the breakers of routes that are in use."""
    before = timezone.now() - circuit.WINDOW
    closed = RouteHealth.objects.filter(state=BreakerState.CLOSED)
    closed.update(window_start=before)


def let_the_breaker_rest() -> None:
    """Half a minute goes by for a breaker that is open."""
    before = timezone.now() - circuit.OPEN_FOR
    RouteHealth.objects.filter(state=BreakerState.OPEN).update(opened_at=before)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name)


def set_scenario(page: Page, words: Words, name: str, scenario: str) -> None:
    """Leo chooses what a provider shall do."""
    card(page, name).get_by_label(words.choice).select_option(scenario)
    card(page, name).get_by_role("button", name=words.switch).click()
    expect(card(page, name).locator(".does")).to_have_text(scenario)


def health_of(page: Page, name: str) -> Locator:
    """The state of a provider's route, on the page of the routes."""
    return page.locator("table.routes tr", has_text=name).locator(".health")


def take_the_provider_down(visit: Visit, words: Words) -> None:
    page = visit.go("/simulator/").page
    set_scenario(page, words, "Pushgate", words.outage)
    set_scenario(page, words, "Beacon Push", words.lossy)


def see_the_traffic_move(visit: Visit, words: Words) -> None:
    """The breaker is open, and what was refused arrives over the fallback."""
    page = visit.go("/routes/").page
    expect(health_of(page, "Pushgate")).to_have_text(words.interrupted)
    expect(health_of(page, "Beacon Push")).to_have_text(words.in_use)
    visit.look("routes in an outage")
    visit.go("/simulator/")
    figures = card(page, "Pushgate").locator("dd")
    expect(figures.nth(0)).to_have_text("20")
    expect(figures.nth(2)).to_have_text("20")
    expect(figures.last).to_have_text("0")
    expect(card(page, "Beacon Push").locator("dd").last).not_to_have_text("0")
    visit.look("simulator in an outage")


def repair_until_people_have_to(stage: Stage) -> int:
    """Let the machine try until it gives up; return how many messages are left."""
    repairing = FailureReport.objects.filter(state=ReportState.REPAIRING)
    for _ in range(LONGEST_REPAIR):
        if not repairing.exists():
            break
        let_a_window_pass()
        stage.work()
    left = Message.objects.filter(state=MessageState.FAILED).count()
    delivered = Message.objects.filter(state=MessageState.DELIVERED).count()
    assert left + delivered == SENT
    return left


def bring_the_provider_back(stage: Stage, visit: Visit, words: Words) -> None:
    """It is healthy, and three messages later it is used again by itself."""
    page = visit.go("/simulator/").page
    page.get_by_role("button", name=words.well).click()
    let_the_breaker_rest()
    stage.send(circuit.PROBES)
    stage.work()
    visit.go("/routes/")
    expect(health_of(page, "Pushgate")).to_have_text(words.in_use)


def plan_what_is_left(visit: Visit, words: Words, left: int) -> ResendOperation:
    page = visit.go("/resends/").page
    page.get_by_role("link", name=words.plan).click()
    page.locator("[name=channel]").select_option("push")
    page.locator("[name=canary_size]").fill("2")
    page.locator("[name=ramp]").fill("3, 50")
    page.locator("form[data-composer] .btn.primary").click()
    expect(page.locator("progress")).to_be_visible()
    operation: ResendOperation = ResendOperation.objects.get()
    resend.plan(operation.pk, timezone.now)
    expect(page.locator(".equation .result dd")).to_have_text(str(left))
    return operation


def agree_to_it(visit: Visit, words: Words, operation: ResendOperation) -> None:
    """More than an agent may send alone needs a lead."""
    page = visit.go(f"/resends/{operation.number}/").page
    page.get_by_role("button", name=words.agree).click()
    expect(page.get_by_role("button", name=words.agree)).to_have_count(0)


def watch_stop_and_resume(stage: Stage, visit: Visit, words: Words, left: int) -> None:
    page = visit.page
    page.reload()
    page.get_by_role("button", name=words.start).click()
    now = page.locator(".stages [aria-current=step]")
    delivered = page.locator(".tally tr", has_text=words.delivered).locator("td")
    expect(now).to_contain_text(words.canary)
    stage.advance(1)
    expect(delivered).to_have_text("2")
    stage.advance(2)
    expect(now).to_contain_text(words.ramp)
    page.get_by_role("button", name=words.pause).click()
    expect(page.get_by_role("button", name=words.resume)).to_be_visible()
    before = stage.received()
    stage.advance(3)
    assert stage.received() == before
    page.get_by_role("button", name=words.resume).click()
    expect(page.get_by_role("button", name=words.pause)).to_be_visible()
    for minutes in range(4, 9):
        stage.advance(minutes)
    expect(page.locator(".head .state")).to_contain_text(words.completed)
    expect(delivered).to_have_text(str(left))
    visit.look("resend that is over")


def download_the_outcome(page: Page, words: Words, folder: Path) -> list[str]:
    """The state of each message, as the file tells it."""
    with page.expect_download() as download:
        page.get_by_role("link", name=words.download).click()
    kept = folder / "outcome.csv"
    download.value.save_as(kept)
    with kept.open(encoding="utf-8-sig", newline="") as file:
        return [row["state"] for row in csv.DictReader(file)]


def test_an_outage_is_survived_and_what_is_left_is_sent_again(
    desk: Desk, stage: Stage, ana: Person, leo: Person, tmp_path: Path
) -> None:
    words = ENGLISH
    lead, agent = desk.visit(leo), desk.visit(ana)
    take_the_provider_down(lead, words)
    stage.send(SENT)
    stage.work()
    see_the_traffic_move(lead, words)
    left = repair_until_people_have_to(stage)
    assert 4 < left < SENT / 2
    bring_the_provider_back(stage, lead, words)
    operation = plan_what_is_left(agent, words, left)
    agree_to_it(lead, words, operation)
    watch_stop_and_resume(stage, agent, words, left)
    states = download_the_outcome(agent.page, words, tmp_path)
    assert states == ["delivered"] * left
    assert stage.received() == SENT + circuit.PROBES  # nobody got anything twice
