"""Is everything found and reached without a mouse, in both languages?"""

import re

import pytest
from playwright.sync_api import Page, expect

from deliveries.models import ChannelKind
from tests.chromium import NARROW, Desk, look_at
from tests.factories import make_address, make_message
from tests.people import Person
from tests.work import MAILBOX_FULL, make_article, make_ticket
from triage import tickets
from triage.models import NoteKind, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def ticket(ana: Person) -> Ticket:
    """A ticket whose words stand in several places."""
    message = make_message(
        address=make_address(channel=ChannelKind.EMAIL, value="jane@example.org"),
        channel=ChannelKind.EMAIL,
    )
    made = make_ticket(
        message,
        cause=MAILBOX_FULL,
        provider="northpost",
        detail="我没有收到验证码，请帮忙看看northpost是不是出了问题。",
    )
    tickets.note(
        made.number,
        ana.actor,
        kind=NoteKind.OBSERVATION,
        body="Seen at northpost three times since noon; 已联系northpost的值班人员。",
    )
    make_article("When northpost is full", "Wait for **northpost**, then send again.")
    return made


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_search_is_whole(
    desk: Desk, ana: Person, ticket: Ticket, language: str
) -> None:
    visit = desk.visit(ana, language=language)
    look_at(visit, "search", "/search/?q=northpost")
    look_at(visit, "search-nothing", "/search/?q=zebrafish")
    look_at(visit, "search-empty", "/search/")
    look_at(visit, "search-fault", f"/search/?q={'x' * 201}")
    visit.go("/queues/general/")
    visit.page.keyboard.press("Control+k")
    visit.look("palette")
    visit.keep(f"palette-{language}")
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("dialog")).to_be_hidden()
    visit.page.keyboard.press("?")
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    visit.look("keys")
    visit.keep(f"keys-{language}")


def test_a_slash_leads_to_the_search_and_enter_asks(
    desk: Desk, ana: Person, ticket: Ticket
) -> None:
    page = desk.visit(ana).go("/queues/").page
    page.keyboard.press("/")
    page.keyboard.type("验证码")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("验证码")
    page.wait_for_load_state()
    page.keyboard.press("/")
    page.keyboard.type(f"#{ticket.number}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket.number}/$"))


def test_the_search_works_without_scripts_on_a_phone(
    desk: Desk, ana: Person, ticket: Ticket
) -> None:
    page = desk.visit(ana, scripts=False, viewport=NARROW).go("/queues/").page
    page.locator(".rail-search input").fill("northpost")
    page.locator(".rail-search input").press("Enter")
    expect(page.locator(".found")).not_to_have_count(0)


def options(page: Page) -> list[str]:
    return page.locator("[role=option] > span:first-child").all_inner_texts()


def test_the_palette_reaches_pages_and_actions_by_either_name(
    desk: Desk, ana: Person, ticket: Ticket
) -> None:
    page = desk.visit(ana).go(f"/tickets/{ticket.number}/").page
    page.keyboard.press("Control+k")
    words = page.get_by_role("combobox", name="Find a page or an action")
    expect(words).to_be_focused()
    assert {"Queues", "Knowledge", "Take", "Solve"} <= set(options(page))
    words.fill("知识")
    assert options(page) == ["Knowledge"]
    words.fill("no such thing")
    expect(page.get_by_text("No page and no action is called that")).to_be_visible()
    words.fill("tak")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("main")).to_contain_text("Ana")
    ticket.refresh_from_db()
    assert ticket.assignee_id == ana.user.pk


def test_the_palette_is_walked_with_arrows_and_closed_by_its_key(
    desk: Desk, ana: Person
) -> None:
    page = desk.visit(ana, language="zh-hans").go("/knowledge/").page
    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowDown")
    selected = page.locator("[role=option][aria-selected=true]")
    expect(selected).to_have_attribute("id", "palette-1")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("queues")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/queues/$"))


def test_a_word_that_is_still_composed_neither_opens_nor_chooses(
    desk: Desk, ana: Person
) -> None:
    page = desk.visit(ana).go("/queues/").page
    for event in (
        {"key": "k", "ctrlKey": True, "isComposing": True},
        {"key": "k", "ctrlKey": True, "keyCode": 229},
        {"key": "?", "isComposing": True},
    ):
        page.locator("body").dispatch_event("keydown", event)
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True}
    )
    expect(page.get_by_role("dialog")).to_be_visible()


def test_keys_that_are_off_stay_off_on_every_page(desk: Desk, ana: Person) -> None:
    page = desk.visit(ana).go("/queues/").page
    page.keyboard.press("?")
    with page.expect_response("**/keys/"):  # the desk has stored it
        page.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.goto(f"{desk.base}/knowledge/")
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".rail-search input")).not_to_be_focused()
