"""Is a bulk resend planned, held, resumed and read in a real browser?"""

import csv
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from deliveries import resend
from deliveries.models import MessageState, ResendOperation
from tests.chromium import Desk, look_at
from tests.factories import make_address, make_message, make_route, make_source
from tests.people import Person
from tests.resends import (
    REFUSED,
    TAKEN,
    Carrier,
    make_failed,
    planned,
    run,
    started,
    turn,
)
from tests.work import UNAVAILABLE, hand_to_people, make_report
from triage.models import Queue, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def make_outage(count: int) -> Ticket:
    """A ticket about so many messages that failed for a cause that passes."""
    make_route()
    source = make_source("shop")
    messages = [
        make_message(address=make_address(source, f"https://p{nth}.example/"))
        for nth in range(count)
    ]
    reports = [make_report(each, cause=UNAVAILABLE) for each in messages]
    return hand_to_people(reports)[0]


def let_the_worker_plan() -> ResendOperation:
    """What a worker of RQ does when it is rung for."""
    operation = ResendOperation.objects.latest("number")
    resend.plan(operation.pk, timezone.now)
    return operation


def test_a_resend_from_the_plan_to_the_table(
    desk: Desk, leo: Person, tmp_path: Path
) -> None:
    ticket = make_outage(8)
    visit = desk.visit(leo).go(f"/tickets/{ticket.number}/")
    page = visit.page
    page.get_by_role("link", name="Plan a resend").click()
    expect(page.get_by_label("Ticket")).to_have_value(str(ticket.number))
    page.get_by_label("Canary").fill("3")
    page.get_by_label("Ramp").fill("5")
    page.get_by_role("button", name="Plan").click()
    expect(page.get_by_text("0 of 8 messages judged.")).to_be_visible()
    let_the_worker_plan()
    result = page.locator(".equation .result dd")
    expect(result).to_have_text("8", timeout=15_000)
    page.get_by_role("button", name="Start").click()
    carrier = Carrier()
    turn(carrier)
    delivered = page.locator(".tally tr", has_text="Delivered").locator("td")
    expect(delivered).to_have_text("3", timeout=15_000)
    page.evaluate("window.same = true")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    turn(carrier)
    assert len(carrier.asked) == 3
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.evaluate("window.same = true")
    run(ResendOperation.objects.get(), carrier)
    expect(delivered).to_have_text("8", timeout=15_000)
    expect(page.locator(".head .state")).to_contain_text("Completed")
    expect(page.locator("[data-live]")).to_have_text("Completed")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    assert page.evaluate("window.same") is True
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    kept = tmp_path / "outcome.csv"
    download.value.save_as(kept)
    with kept.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["delivered"] * 8
    assert all("•" in row["recipient"] for row in rows)


def test_without_scripts_a_resend_is_planned_and_started(
    desk: Desk, leo: Person
) -> None:
    ticket = make_outage(2)
    visit = desk.visit(leo, scripts=False).go(f"/resends/new/?ticket={ticket.number}")
    visit.page.get_by_role("button", name="Plan").click()
    let_the_worker_plan()
    visit.page.reload()
    visit.page.get_by_role("button", name="Start").click()
    run(ResendOperation.objects.get(), Carrier())
    visit.page.reload()
    expect(visit.page.locator(".head .state")).to_contain_text("Completed")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_resends_is_whole(
    desk: Desk, ana: Person, leo: Person, general: Queue, language: str
) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "resends-empty", "/resends/")
    look_at(visit, "resend-new", "/resends/new/?channel=push")
    make_route()
    source = make_source()
    far = (timezone.now() + timezone.timedelta(days=1)).isoformat()
    lost = [
        make_message(source, expires_at=timezone.now()),
        make_message(source, state=MessageState.ACCEPTED),
        make_message(source, state=MessageState.EXPIRED),
        make_message(source, state=MessageState.UNKNOWN),
    ]
    own = {"queues": [general.pk]}
    waiting = planned(
        ana.user,
        [*make_failed(30, source=source), *lost],
        limit=1,
        with_unclear=True,
        patch={"region": "eu-west", "expires_at": far},
        query={"channel": "webhook", "region": "cn-east", "ticket": 1001},
        **own,
    )
    broken = started(leo.user, make_failed(30), **own)
    run(broken, Carrier(lambda nth: REFUSED))
    ramping = started(leo.user, make_failed(40), canary_size=10, ramp=[20], **own)
    turn(Carrier(lambda nth: REFUSED if nth == 3 else TAKEN))
    look_at(visit, "resends", "/resends/")
    look_at(visit, "resend-waiting", f"/resends/{waiting.number}/")
    look_at(visit, "resend-ramping", f"/resends/{ramping.number}/")
    look_at(visit, "resend-stopped", f"/resends/{broken.number}/")
    look_at(visit, "resend-items", f"/resends/{waiting.number}/items/")
    reason = f"/resends/{waiting.number}/items/?exclusion=no_route"
    look_at(visit, "resend-items-empty", reason)
    visit.refused.add("/resends/new/")
    visit.go("/resends/new/")
    visit.page.locator("[name=ramp]").fill("many")
    visit.page.locator("form[data-composer] .btn.primary").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()
    visit.look("plan with a fault")
