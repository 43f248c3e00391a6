"""Does an article that helps move its own figure?

Ana opens a ticket, sees the article that is known to help, and solves the ticket with
it by one press; a second one through the page that asks. Both messages arrive: the
tickets are verified by that, and the figure of the article counts it, on its own page
and on the page of its cause.
"""

from dataclasses import dataclass

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from knowledgebase.models import Locale
from tests.article_steps import open_article
from tests.chromium import Desk, Visit
from tests.factories import make_address, make_message
from tests.people import Person
from tests.repairs import message_of, prove
from tests.work import MAILBOX_FULL, category, make_article, make_ticket
from triage import resolution, tasks, tickets
from triage.models import Ticket
from triage.resolution import Answer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Words:
    """What is written, and what the desk says of it."""

    language: str
    theme: str
    title: str
    body: str
    solve: str
    solved: str
    before: tuple[str, ...]
    waiting: tuple[str, ...]
    after: tuple[str, ...]


ENGLISH = Words(
    language="en",
    theme="light",
    title="When a mailbox is full",
    body="Ask the person to make room.",
    solve="Solve the ticket with “When a mailbox is full”",
    solved="Solved. It is verified when delivery is proven.",
    before=("applied 1 time", "0 % delivered"),
    waiting=("applied 3 times", "0 % delivered"),
    after=("applied 3 times", "67 % delivered"),
)
CHINESE = Words(
    language="zh-hans",
    theme="dark",
    title="邮箱已满怎么办",
    body="请对方清理邮箱。",
    solve="用“邮箱已满怎么办”解决工单",
    solved="已解决。证实送达后即转为已核实。",
    before=("采用1次", "0 % 已送达"),
    waiting=("采用3次", "0 % 已送达"),
    after=("采用3次", "67 % 已送达"),
)


def failed_once(words: Words, leo: Person) -> None:
    """An article with which Leo solved a ticket that he had to take up again."""
    version = make_article(
        words.title,
        words.body,
        cause=MAILBOX_FULL,
        locale=Locale(words.language),
        published=True,
    )
    number = waiting_ticket().number
    answer = Answer(category(MAILBOX_FULL), article_version=version)
    resolution.resolve(number, leo.actor, answer, now=timezone.now())
    tickets.reopen(number, leo.actor, reason="It is full.", now=timezone.now())
    tasks.measure_due()


def waiting_ticket() -> Ticket:
    return make_ticket(make_message(address=make_address()), cause=MAILBOX_FULL)


def see_figures(visit: Visit, words: Words, figures: tuple[str, ...]) -> None:
    """Read the figures on the page of the article, and on that of its cause."""
    open_article(visit, words.title)
    of_article = visit.page.locator("[data-work] p.dots").first
    for figure in figures:
        expect(of_article).to_contain_text(figure)
    visit.look("an article with its figures")
    visit.go(f"/knowledge/categories/{MAILBOX_FULL}/")
    of_cause = visit.page.locator(".fix", has_text=words.title)
    for figure in figures:
        expect(of_cause).to_contain_text(figure)
    visit.look("a cause with its fixes")


def solve_by_one_press(visit: Visit, ticket: Ticket, words: Words) -> None:
    page = visit.go("/queues/general/").page
    page.locator(f'tr[data-seen^="{ticket.number}."] a[data-row]').click()
    fix = page.locator(".fix", has_text=words.title)
    for figure in words.before:
        expect(fix).to_contain_text(figure)
    visit.look("a ticket with what is known to help")
    fix.get_by_role("button", name=words.solve).click()
    expect(page.get_by_text(words.solved)).to_be_visible()
    visit.look("a ticket that was solved by one press")


def solve_through_the_page(visit: Visit, ticket: Ticket, words: Words) -> None:
    page = visit.go(f"/tickets/{ticket.number}/").page
    page.locator("[data-key=e]").click()
    expect(page.get_by_label(words.title, exact=True)).to_be_checked()
    visit.look("what was it, and what helped")
    page.locator("form[data-composer] .btn.primary").click()
    expect(page.get_by_text(words.solved)).to_be_visible()


def prove_and_see(visit: Visit, ticket: Ticket) -> None:
    """Let the provider say that it arrived; nobody verifies by hand."""
    prove(message_of(ticket.reports.get()))
    page = visit.go(f"/tickets/{ticket.number}/").page
    expect(page.locator(".ticket-head .state[data-state=verified]")).to_be_visible()
    visit.look("a ticket that is verified")


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh-hans"])
def test_an_article_that_helps_is_seen_to_help(
    desk: Desk, ana: Person, leo: Person, words: Words
) -> None:
    failed_once(words, leo)
    pressed, asked = waiting_ticket(), waiting_ticket()
    visit = desk.visit(ana, language=words.language, theme=words.theme)
    see_figures(visit, words, words.before)
    solve_by_one_press(visit, pressed, words)
    solve_through_the_page(visit, asked, words)
    tasks.measure_due()
    see_figures(visit, words, words.waiting)
    prove_and_see(visit, pressed)
    prove_and_see(visit, asked)
    tasks.measure_due()
    see_figures(visit, words, words.after)
