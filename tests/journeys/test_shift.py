"""Does a whole shift go well, in both languages?

Kim takes what is next, finds that another ticket is the same and merges it in, runs a
macro after seeing what it would do, solves, thinks again and takes it up anew, and
hands over what is left to Ana, who finds it on her day.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.chromium import Desk, Visit
from tests.people import Person
from tests.work import MAILBOX_FULL, make_ticket
from triage.models import Macro, Queue, Ticket, TicketState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Words:
    """What is written on the way, in the language of the page."""

    language: str
    macro: str
    note: str
    why: str
    state: str


ENGLISH = Words(
    "en",
    macro="Ask the provider",
    note="Their queue is stuck.",
    why="It came back within the hour.",
    state="Waits for their answer.",
)
CHINESE = Words(
    "zh-hans",
    macro="询问服务商",
    note="对方的队列卡住了。",
    why="一小时内又出现了。",
    state="正在等待对方答复。",
)


@pytest.fixture
def macro(general: Queue) -> Macro:
    """Note that the provider was asked, and let the ticket wait for it."""
    made: Macro = Macro.objects.create(
        queue=general,
        name="Ask the provider",
        name_zh_hans="询问服务商",
        note="Asked their support.",
        note_kind="observation",
        waiting_on="provider",
        wait_h=4,
    )
    return made


def take_next(visit: Visit, ticket: Ticket) -> None:
    page = visit.go("/").page
    page.locator("[data-key=a]").click()
    expect(page).to_have_url(f"{visit.base}/tickets/{ticket.number}/")


def merge_in(visit: Visit, other: Ticket, ticket: Ticket) -> None:
    """The other ticket goes into the one that is held."""
    page = visit.go(f"/tickets/{other.number}/").page
    page.locator("[data-key=l]").click()
    page.locator("form.form input[type=number], form.form [name=into]").first.fill(
        str(ticket.number)
    )
    page.locator("form.form .btn.primary").click()
    visit.look("merging a ticket")
    page.locator("[data-preview] .btn.primary").click()
    expect(page.locator(".ticket-head")).to_contain_text(f"#{ticket.number}")


def run_the_macro(visit: Visit, ticket: Ticket, words: Words) -> None:
    page = visit.go(f"/tickets/{ticket.number}/").page
    page.locator("[data-key=m]").click()
    page.get_by_role("link", name=words.macro).click()
    visit.look("a macro, tried dry")
    assert Ticket.objects.get(pk=ticket.pk).state == TicketState.OPEN
    page.locator("main form .btn.primary").click()
    expect(page.locator(".ticket-head .state[data-state=waiting]")).to_be_visible()


def solve_and_take_up_again(visit: Visit, ticket: Ticket, words: Words) -> None:
    page = visit.page
    page.locator("[data-key=e]").click()
    page.locator("#article-none").check()
    page.locator("[name=note]").fill(words.note)
    page.locator("form[data-composer] .btn.primary").click()
    page.wait_for_url(lambda url: not url.endswith("/resolution/"))
    assert Ticket.objects.get(pk=ticket.pk).state == TicketState.SOLVED
    visit.go(f"/tickets/{ticket.number}/")
    reopening = page.locator("form[action$='/reopening/']")
    page.locator("details.menu", has=reopening).locator("summary").click()
    reopening.locator("[name=reason]").fill(words.why)
    reopening.locator(".btn.primary").click()
    expect(page.locator(".ticket-head .state[data-state=open]")).to_be_visible()


def hand_over(visit: Visit, to: Person, words: Words) -> None:
    page = visit.go("/handover/").page
    page.locator(".handover .field :is(input, textarea)").first.fill(words.state)
    page.locator("[name=to]").select_option(f"person:{to.user.pk}")
    page.locator("main form .btn.primary").click()
    page.wait_for_url(lambda url: not url.endswith("/handover/"))


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh-hans"])
def test_a_shift_goes_from_the_first_ticket_to_the_hand_over(
    desk: Desk, ana: Person, kim: Person, macro: Macro, words: Words
) -> None:
    other = make_ticket(cause=MAILBOX_FULL, provider="southpost")
    ticket = make_ticket(cause=MAILBOX_FULL, reports=3)
    visit = desk.visit(kim, language=words.language)
    take_next(visit, ticket)
    merge_in(visit, other, ticket)
    run_the_macro(visit, ticket, words)
    solve_and_take_up_again(visit, ticket, words)
    hand_over(visit, ana, words)
    ticket.refresh_from_db()
    assert ticket.assignee == ana.user
    assert ticket.reports.count() == 4
    received = desk.visit(ana, language=words.language).go("/")
    expect(received.page.get_by_text(words.state)).to_be_visible()
    received.look("a hand-over received")
