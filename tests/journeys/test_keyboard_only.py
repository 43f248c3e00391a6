"""Can a whole piece of work be done without a mouse, in both languages?

Ana takes what is next, writes a note, raises the tier, lets the ticket wait, takes that
back, and solves it; the palette and the letters lead her everywhere. The tab key is
pressed as often as it takes, and what has the focus is always seen.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import Desk, Visit
from tests.people import Person
from tests.work import MAILBOX_FULL, make_ticket
from triage.models import EventKind, Ticket, TicketState, Tier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

FARTHEST = 40  # presses of the tab key before somebody would give up
FOCUSED = """(selector) => {
  const here = document.activeElement;
  if (!here?.matches(selector)) return false;
  const style = getComputedStyle(here);
  return style.outlineStyle !== "none" || style.boxShadow !== "none"
    || here.matches("[type=radio], [type=checkbox]");
}"""


@dataclass(frozen=True)
class Words:
    """What Ana types to find a page, and what the desk says then."""

    language: str
    page: str
    note: str
    reason: str
    queues: str


ENGLISH = Words(
    "en", "my day", "The mailbox is full since Monday.", "A clinic waits.", "Queues"
)
CHINESE = Words(
    "zh-hans", "我的", "邮箱从周一起就满了。", "有一家诊所正在等待处理结果。", "队列"
)


def tab_to(page: Page, selector: str) -> None:
    """Go on with the tab key until something has the focus, and shows it."""
    for _ in range(FARTHEST):
        if page.evaluate(FOCUSED, selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{FARTHEST} tabs do not lead to {selector}")


def go_by_letters(page: Page, letters: str) -> None:
    for letter in letters:
        page.keyboard.press(letter)


def events(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("seq").values_list("kind", flat=True))


def take_what_is_next(visit: Visit, ticket: Ticket) -> None:
    page = visit.go("/").page
    page.keyboard.press("a")
    expect(page).to_have_url(f"{visit.base}/tickets/{ticket.number}/")
    page.wait_for_load_state()


def write_a_note(page: Page, words: Words) -> None:
    page.keyboard.press("n")
    page.keyboard.type(words.note)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text(words.note)
    page.wait_for_load_state()


def raise_the_tier(page: Page, words: Words) -> None:
    page.keyboard.press("t")
    tab_to(page, "[name=tier]")
    page.keyboard.press("Home")  # the highest
    tab_to(page, "[name=reason]")
    page.keyboard.type(words.reason)
    tab_to(page, "button.primary")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket-head .tier")).to_contain_text(Tier.S1)
    page.wait_for_load_state()


def let_it_wait_and_take_that_back(page: Page, ticket: Ticket) -> None:
    page.keyboard.press("w")
    tab_to(page, "[name=on]")
    tab_to(page, "button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{ticket.number}/")
    expect(page.locator(".ticket-head .state[data-state=waiting]")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("z")
    expect(page.locator(".ticket-head .state[data-state=open]")).to_be_visible()
    page.wait_for_load_state()


def solve_it(page: Page, words: Words) -> None:
    page.keyboard.press("e")
    page.wait_for_url("**/resolution/")
    page.wait_for_load_state()
    tab_to(page, "[name=article]")
    page.keyboard.press("ArrowUp")  # round to the last: no article
    tab_to(page, "[name=note]")
    page.keyboard.type(words.note)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: not url.endswith("/resolution/"))
    page.wait_for_load_state()


def find_a_page(visit: Visit, words: Words) -> None:
    """The palette leads to a page by its name, letters to another."""
    page = visit.page
    go_by_letters(page, "gq")
    expect(page).to_have_url(f"{visit.base}/queues/")
    expect(page.get_by_role("heading", name=words.queues, exact=True)).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    page.keyboard.type(words.page)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visit.base}/")


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh-hans"])
def test_a_ticket_is_worked_from_take_to_solve_by_keys_alone(
    desk: Desk, ana: Person, words: Words
) -> None:
    ticket = make_ticket(cause=MAILBOX_FULL)
    visit = desk.visit(ana, language=words.language)
    take_what_is_next(visit, ticket)
    write_a_note(visit.page, words)
    raise_the_tier(visit.page, words)
    let_it_wait_and_take_that_back(visit.page, ticket)
    solve_it(visit.page, words)
    find_a_page(visit, words)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.SOLVED
    assert ticket.tier == Tier.S1
    for kind in (EventKind.NOTED, EventKind.TIER_SET, EventKind.UNDONE):
        assert kind in events(ticket)
