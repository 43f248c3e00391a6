"""Does the card say why, what comes next and what changed, and is it whole?"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from deliveries.models import ChannelKind
from tests.browser.test_pages import look_at
from tests.chromium import NARROW, Desk
from tests.factories import make_address, make_message, make_route
from tests.people import Person
from tests.work import hand_to_people, make_report
from triage import diagnosis, pipeline, tickets
from triage.models import FailureReport, ReportState, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

WORDS = {
    "en": {
        "again": "Diagnose again",
        "checks": "Checks run",
        "changed": "Since the last run",
        "earlier": "Earlier runs",
        "same": "Nothing has changed",
        "parked": "The machine could not diagnose it",
        "plan": "Waits for a person, who decides what comes next.",
    },
    "zh-hans": {
        "again": "重新诊断",
        "checks": "已做的核查",
        "changed": "与上次诊断相比",
        "earlier": "以往的诊断",
        "same": "没有变化",
        "parked": "系统未能完成诊断",
        "plan": "等待人工决定下一步。",
    },
}
FULL = "452 4.2.2 The mailbox of the recipient is full, try again later"
NOBODY = "550 5.1.1 <lea@example.org>: User unknown in the local recipient table"


def make_diagnosed(answer: str = FULL, **fields: Any) -> tuple[Ticket, FailureReport]:
    """A ticket whose failure has had one run, amid others at the same provider."""
    mail = ChannelKind.EMAIL
    address = make_address(value="lea@example.org", channel=mail)
    message = make_message(address=address, channel=mail)
    for _ in range(24):
        make_report(cause="server.unavailable", provider="northpost")
    tried = [
        {"at": "2026-03-01T12:00:00Z", "code": "452", "answer": answer},
        {"at": "2026-03-01T12:10:00Z", "code": "452", "answer": answer},
    ]
    report = make_report(message, cause=None, answer=answer, attempts=tried, **fields)
    diagnosis.diagnose([report], timezone.now())
    report.save()
    return hand_to_people([report])[0], report


def learn(report: FailureReport, answer: str) -> None:
    """Let the answer be known to be another one."""
    FailureReport.objects.filter(pk=report.pk).update(provider_answer=answer)


def card(page: Page) -> Any:
    return page.locator(".diagnosis")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_card_is_whole_before_and_after_a_second_run(
    desk: Desk, ana: Person, language: str
) -> None:
    ticket, report = make_diagnosed()
    words, path = WORDS[language], f"/tickets/{ticket.number}/"
    visit = desk.visit(ana, language=language)
    visit.go(path)
    visit.page.get_by_role("button", name=words["again"]).click()
    expect(visit.page.get_by_text(words["same"])).to_be_visible()
    expect(card(visit.page).get_by_text(words["changed"])).to_have_count(0)
    learn(report, NOBODY)
    visit.page.keyboard.press("y")
    expect(card(visit.page).get_by_text(words["changed"])).to_be_visible()
    expect(card(visit.page).locator(".changed li").first).to_be_visible()
    expect(card(visit.page).locator("mark").first).to_be_visible()
    expect(card(visit.page).locator(".plan")).to_contain_text(words["plan"])
    for summary in (words["checks"], words["earlier"]):
        card(visit.page).locator("summary", has_text=summary).click()
    expect(card(visit.page).locator(".checks li").first).to_be_visible()
    visit.look("card, unfolded")
    visit.keep(f"card-open-{language}")
    look_at(visit, "card", path)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_is_not_diagnosed_says_so(desk: Desk, ana: Person, language: str) -> None:
    (empty,) = hand_to_people([make_report()])
    report = make_report(provider="southpost")
    (parked,) = hand_to_people([report])
    FailureReport.objects.filter(pk=report.pk).update(parked_at=timezone.now())
    visit = desk.visit(ana, language=language)
    look_at(visit, "card-empty", f"/tickets/{empty.number}/")
    look_at(visit, "card-parked", f"/tickets/{parked.number}/")
    expect(visit.page.get_by_text(WORDS[language]["parked"])).to_be_visible()
    visit.page.get_by_role("button", name=WORDS[language]["again"]).click()
    expect(card(visit.page)).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_plan_names_the_time_on_the_readers_clock(
    desk: Desk, ana: Person, language: str
) -> None:
    make_route()
    report = make_report(
        make_message(address=make_address()),
        answer="HTTP 503 Service Unavailable",
        cause=None,
        state=ReportState.RECEIVED,
    )
    overdue = timezone.now() - timedelta(minutes=1)
    FailureReport.objects.filter(pk=report.pk).update(due_at=overdue)
    pipeline.digest_due(timezone.now())
    report.refresh_from_db()
    other = make_report(report.message, cause="server.unavailable")
    (ticket,) = hand_to_people([other])
    FailureReport.objects.filter(pk=report.pk).update(ticket=ticket)
    visit = desk.visit(ana, language=language, viewport=NARROW)
    visit.go(f"/tickets/{ticket.number}/")
    plan = card(visit.page).locator(".plan")
    at = datetime.fromisoformat(plan.locator("time").get_attribute("datetime") or "")
    expect(plan).to_contain_text(f"{at:%H:%M}")
    expect(plan).to_have_attribute("data-by", "machine")
    visit.look("plan")
    visit.keep(f"card-plan-{language}")


def test_the_card_works_without_scripts(desk: Desk, ana: Person) -> None:
    ticket, report = make_diagnosed()
    learn(report, NOBODY)
    visit = desk.visit(ana, scripts=False)
    visit.go(f"/tickets/{ticket.number}/")
    card(visit.page).get_by_role("button", name="Diagnose again").click()
    expect(card(visit.page).locator(".changed")).to_be_visible()
    card(visit.page).locator("summary", has_text="Checks run").click()
    expect(card(visit.page).locator(".checks li").first).to_be_visible()


def test_a_colleagues_ticket_offers_no_second_run(
    desk: Desk, ana: Person, leo: Person
) -> None:
    ticket, _report = make_diagnosed()
    tickets.take(ticket.number, leo.actor)
    visit = desk.visit(ana)
    visit.go(f"/tickets/{ticket.number}/")
    expect(card(visit.page)).to_be_visible()
    expect(visit.page.get_by_role("button", name="Diagnose again")).to_have_count(0)
