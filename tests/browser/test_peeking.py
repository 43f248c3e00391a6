"""Is a ticket looked at beside its list, and the list walked along, in a browser?"""

import re

import pytest
from playwright.sync_api import expect

from tests.chromium import NARROW, Desk
from tests.people import Person
from tests.work import make_ticket
from triage.models import Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def rows(db: None) -> list[Ticket]:
    """Three tickets of one tier, the newest last, which the list shows first."""
    return [make_ticket() for _ in range(3)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_glance_is_whole(
    desk: Desk, ana: Person, rows: list[Ticket], language: str, theme: str
) -> None:
    visit = desk.visit(ana, language=language, theme=theme).go("/queues/general/")
    page = visit.page
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator(".peek .title")).to_be_visible()
    visit.look(f"peek, {theme}")
    visit.keep(f"peek-{language}-{theme}-wide")
    page.set_viewport_size(NARROW)
    visit.look(f"peek, {theme}")
    visit.keep(f"peek-{language}-{theme}-narrow")


def test_it_follows_the_focus_and_closes_by_keys(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(ana).go("/queues/general/").page
    pane = page.locator("[data-peek]")
    page.keyboard.press("Space")  # nothing has the focus yet: the first row
    expect(pane).to_contain_text(f"#{rows[2].number}")
    expect(page.locator("[data-live]")).to_contain_text(f"Ticket #{rows[2].number}")
    page.keyboard.press("j")
    expect(pane).to_contain_text(f"#{rows[1].number}")
    page.keyboard.press("Space")
    expect(pane).to_be_hidden()
    page.keyboard.press("Space")
    expect(pane).to_contain_text(f"#{rows[1].number}")
    page.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    expect(page.locator("[data-row]:focus")).to_have_count(1)


def test_a_click_beside_the_link_looks_and_a_second_one_closes(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(ana).go("/queues/general/").page
    pane = page.locator("[data-peek]")
    cell = page.locator("tbody .col-people").first
    cell.click()
    expect(pane).to_contain_text(f"#{rows[2].number}")
    cell.click()
    expect(pane).to_be_hidden()
    cell.click()
    pane.get_by_role("button", name="Close").click()
    expect(pane).to_be_hidden()


def test_space_still_ticks_a_box_and_does_nothing_where_keys_are_off(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(ana).go("/queues/general/").page
    pane, box = page.locator("[data-peek]"), page.locator("[data-pick]").first
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-pick]:checked")).to_have_count(1)
    expect(pane).to_be_hidden()
    page.evaluate("document.querySelector('[data-keys-on]').checked = false")
    page.locator("[data-row]").first.focus()
    page.keyboard.press("Space")
    expect(pane).to_be_hidden()


def test_what_cannot_be_loaded_says_so(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    visit = desk.visit(ana).go("/queues/general/")
    visit.refused.add(f"/tickets/{rows[2].number}/peek/")
    Ticket.objects.filter(pk=rows[2].pk).update(number=9_999)
    visit.page.keyboard.press("Space")
    pane = visit.page.locator("[data-peek]")
    expect(pane).to_have_text("The ticket could not be loaded. Open it instead.")


def test_brackets_walk_along_the_list_and_u_goes_back_to_it(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(ana).go("/queues/general/?channel=email").page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    walk = page.locator("[data-walk]")
    expect(walk).to_contain_text("2 / 3")
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(f"/tickets/{rows[0].number}/"))
    expect(walk).to_contain_text("3 / 3")
    expect(walk.locator("a:visible")).to_have_count(1)
    page.keyboard.press("[")
    expect(walk).to_contain_text("2 / 3")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/queues/general/\?channel=email$"))


def test_who_came_by_another_way_is_offered_no_walk(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(ana).go(f"/tickets/{rows[0].number}/").page
    expect(page.locator("[data-walk]")).to_be_hidden()
    page.keyboard.press("]")
    assert page.url.endswith(f"/tickets/{rows[0].number}/")


def test_a_comma_copies_the_reference_and_says_so(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(ana).go(f"/tickets/{rows[0].number}/").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press(",")
    expect(page.locator("[data-live]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"#{rows[0].number}"


def test_a_digit_asks_why_the_tier_is_to_be_that_one(
    desk: Desk, leo: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(leo).go(f"/tickets/{rows[0].number}/").page
    page.keyboard.press("1")
    expect(page.locator("select[name=tier]")).to_have_value("S1")
    page.keyboard.type("Promised to the bank")
    page.locator(".changes details[open] .btn.primary").click()
    expect(page.locator(".ticket-head .tier")).to_have_attribute("data-tier", "S1")
    assert Ticket.objects.get(pk=rows[0].pk).tier == "S1"
