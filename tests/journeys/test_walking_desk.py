"""Does one failed message go all the way: reported, diagnosed, solved, learned from?

A program files it over REST, the machine digests it, Ana solves it in a real browser,
Leo sees it, and the article remembers what it was good for.
"""

from dataclasses import dataclass

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.chromium import Desk, Visit
from tests.people import Person, Program
from triage import pipeline
from triage.models import FailureReport, Resolution, Ticket, TicketState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

FAILURE = {
    "channel": "email",
    "symptom": "failed_error",
    "occurred_at": "2026-03-01T12:00:00Z",
    "message_ref": "order-2208",
    "recipient_ref": "customer-17",
    "purpose": "transactional",
    "provider": "northpost",
    "provider_code": "552",
    "enhanced_code": "5.2.2",
    "provider_answer": "552 5.2.2 <jo@box.example>: mailbox full",
}


@dataclass(frozen=True)
class Words:
    """What the desk says at the places that the journey passes."""

    queue: str
    cause: str
    take: str
    solve: str
    yours: str
    solved: str
    knowledge: str


ENGLISH = Words(
    queue="General",
    cause="Mailbox or handset memory full",
    take="Take",
    solve="Solve",
    yours="The ticket is yours.",
    solved="Solved: Mailbox or handset memory full",
    knowledge="Knowledge",
)
CHINESE = Words(
    queue="综合",
    cause="邮箱或手机存储已满",
    take="领取",
    solve="解决",
    yours="工单已由您领取。",
    solved="已解决：邮箱或手机存储已满",
    knowledge="知识库",
)


def file_over_rest(desk: Desk, program: Program) -> None:
    """What the shop's program does when a mail comes back."""
    request = desk.visit().page.request
    url = f"{desk.base}/api/v1/reports/"
    answer = request.post(url, data=FAILURE, headers=program.headers)
    assert answer.status == 202, answer.text()
    again = request.get(answer.json()["status_url"], headers=program.headers)
    assert again.json()["state"] == "received"


def let_the_machine_work() -> Ticket:
    """What a worker does when it is told that something is due."""
    while pipeline.digest_due(timezone.now()):
        pass
    report = FailureReport.objects.get()
    assert report.state == "ticketed"
    assert "jo@box.example" not in report.provider_answer
    return Ticket.objects.get()


def main_of(page: Page) -> Locator:
    return page.get_by_role("main")


def find_the_ticket(visit: Visit, words: Words) -> None:
    """From the start of the day to the ticket."""
    visit.go("/")
    visit.look("my day")
    visit.page.locator(".rail a[href='/queues/']").click()
    visit.look("queues")
    main_of(visit.page).get_by_role("link", name=words.queue).click()
    visit.look("queue")
    main_of(visit.page).get_by_role("link", name=words.cause).click()
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text(words.cause)
    visit.look("ticket")


def solve_with_a_draft(visit: Visit) -> None:
    """In one form: the cause, a new article, and a word about it."""
    page = visit.page
    expect(page.locator("[name=category]")).to_have_value("recipient.mailbox_full")
    page.locator("[name=article][value=draft]").check()
    page.locator("[name=draft_title]").fill("When a mailbox is full")
    page.locator("[name=draft_body]").fill("Ask the person to **make room**.")
    page.locator("[name=note]").fill("She made room and it went through.")
    visit.look("solve")
    page.locator("form[data-composer] .btn.primary").click()


@pytest.mark.parametrize(
    ("language", "theme", "words"),
    [("en", "light", ENGLISH), ("zh-hans", "dark", CHINESE)],
)
def test_a_failure_is_reported_diagnosed_solved_and_learned_from(
    desk: Desk,
    sam: Program,
    ana: Person,
    leo: Person,
    language: str,
    theme: str,
    words: Words,
) -> None:
    file_over_rest(desk, sam)
    ticket = let_the_machine_work()

    visit = desk.visit(ana, language=language, theme=theme)
    page = visit.page
    find_the_ticket(visit, words)
    page.get_by_role("button", name=words.take).click()
    expect(page.get_by_role("status").first).to_contain_text(words.yours)
    page.get_by_role("link", name=words.solve).click()
    solve_with_a_draft(visit)
    expect(main_of(page)).to_contain_text(words.solved)
    visit.look("solved ticket")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (TicketState.SOLVED, ana.user)

    lead = desk.visit(leo, language=language, theme=theme)
    lead.go("/team/")
    matrix = lead.page.locator("table.matrix tbody tr")
    expect(matrix.get_by_role("rowheader")).to_contain_text(words.queue)
    expect(matrix.get_by_role("cell").last).to_have_text("1")
    lead.look("team")
    matrix.get_by_role("link", name="1").click()
    expect(main_of(lead.page)).to_contain_text(f"#{ticket.number}")

    page.get_by_role("link", name=words.knowledge).first.click()
    main_of(page).get_by_role("link", name="When a mailbox is full").click()
    uses = page.locator("ol.uses li")
    expect(uses).to_contain_text(words.cause)
    expect(uses).to_contain_text(f"#{ticket.number}")
    expect(page.locator(".prose strong")).to_have_text("make room")
    visit.look("article")


def test_the_same_way_leads_through_without_a_script(
    desk: Desk, sam: Program, ana: Person, leo: Person
) -> None:
    file_over_rest(desk, sam)
    ticket = let_the_machine_work()
    visit = desk.visit(ana, scripts=False)
    page = visit.page
    visit.go("/queues/general/")
    filters = page.locator("form.facets")
    filters.locator("[name=channel][value=email]").check()
    filters.get_by_role("button", name="Show").click()
    expect(main_of(page)).to_contain_text("1 of 1 match")
    main_of(page).get_by_role("link", name=ENGLISH.cause).click()
    page.get_by_role("button", name="Take").click()
    page.locator("[name=body]").fill("She has been told.")
    page.get_by_role("button", name="Add note").click()
    expect(main_of(page)).to_contain_text("She has been told.")
    page.locator("summary", has_text="Hand over").click()
    page.locator("[name=to]").select_option(label="Leo")
    page.get_by_role("button", name="Hand over").click()
    expect(main_of(page)).to_contain_text("The ticket was handed over.")
    assert Ticket.objects.get().assignee == leo.user

    lead = desk.visit(leo, scripts=False)
    lead.go(f"/tickets/{ticket.number}/")
    lead.page.get_by_role("link", name="Solve").click()
    lead.page.locator("[name=article][value=draft]").check()
    lead.page.locator("[name=draft_title]").fill("When a mailbox is full")
    lead.page.locator("[name=draft_body]").fill("Ask the person to make room.")
    lead.page.locator("form[data-composer] .btn.primary").click()
    expect(main_of(lead.page)).to_contain_text(ENGLISH.solved)
    lead.page.get_by_role("link", name="When a mailbox is full").first.click()
    lead.page.get_by_role("link", name="What came of this article").click()
    expect(lead.page.locator("ol.uses li")).to_contain_text(ENGLISH.cause)


def test_the_same_way_leads_through_by_keyboard_alone(
    desk: Desk, sam: Program, ana: Person
) -> None:
    file_over_rest(desk, sam)
    ticket = let_the_machine_work()
    visit = desk.visit(ana)
    page = visit.go("/knowledge/").page
    press = page.keyboard.press
    press("g")
    press("q")
    expect(page).to_have_url(f"{desk.base}/queues/")
    page.wait_for_load_state()
    for heading in (ENGLISH.queue, ENGLISH.cause):
        press("j")
        expect(page.locator("[data-row]").first).to_be_focused()
        press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        page.wait_for_load_state()
    press("a")
    expect(page.get_by_role("status").first).to_contain_text(ENGLISH.yours)
    page.wait_for_load_state()
    press("n")
    page.keyboard.type("She has been told.")
    press("Control+Enter")
    expect(page.locator(".note")).to_contain_text("She has been told.")
    page.wait_for_load_state()
    press("e")
    expect(page).to_have_url(f"{desk.base}/tickets/{ticket.number}/resolution/")
    page.wait_for_load_state()
    page.locator("[name=category]").focus()
    press("Tab")
    expect(page.locator("[name=article]:checked")).to_be_focused()
    press("Tab")
    expect(page.locator("[name=draft_title]")).to_be_focused()
    page.keyboard.type("When a mailbox is full")
    press("Tab")
    page.keyboard.type("Ask the person to make room.")
    press("Control+Enter")
    expect(main_of(page)).to_contain_text(ENGLISH.solved)
    page.wait_for_load_state()
    assert Resolution.objects.get().article_version is not None
    press("u")
    expect(page).to_have_url(f"{desk.base}/queues/general/")
