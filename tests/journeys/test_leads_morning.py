"""Does a lead see the whole in the morning, and steer it?

Leo sees what burns and who holds it, sets Ana away, gives all her tickets to Kim at
once, rehearses a routing rule and puts it in force.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.chromium import Desk, Visit
from tests.people import Person
from tests.work import join_queue, make_ticket
from triage import tickets
from triage.models import (
    AgentProfile,
    MemberRole,
    Queue,
    RoutingRule,
    SlaClock,
    Ticket,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

HELD = 3


@dataclass(frozen=True)
class Words:
    """What the desk says at the places that the journey passes."""

    language: str
    change: str
    saved: str
    away: str
    done: str
    assign: str
    to: str
    new_rule: str
    rehearse: str
    elsewhere: str
    save: str


ENGLISH = Words(
    language="en",
    change="Change what Ana is offered",
    saved="Saved.",
    away="away until",
    done="Done: 3 tickets were changed.",
    assign="Assign",
    to="To",
    new_rule="New routing rule",
    rehearse="Rehearse",
    elsewhere="4 tickets would go elsewhere",
    save="Save",
)
CHINESE = Words(
    language="zh-hans",
    change="更改分给Ana的工单",
    saved="已保存。",
    away="离开至",
    done="完成：已更改3张工单。",
    assign="分配",
    to="移交给",
    new_rule="新增分派规则",
    rehearse="预演",
    elsewhere="4张工单会进入其他队列",
    save="保存",
)


@pytest.fixture
def burning(ana: Person, leo: Person, kim: Person, general: Queue) -> Ticket:
    """Ana holds three tickets; one that nobody holds is long overdue."""
    for cause in ("config.billing", "server.unavailable", "content.spam_detected"):
        tickets.take(make_ticket(cause=cause).number, ana.actor)
    overdue = make_ticket(cause="config.billing", reports=5)
    SlaClock.objects.filter(ticket=overdue).update(
        target_at=timezone.now() - timedelta(hours=2)
    )
    return overdue


@pytest.fixture
def mail(leo: Person) -> Queue:
    """A queue that Leo leads, into which nothing leads yet."""
    queue = Queue.objects.create(slug="mail", name="Mail")
    join_queue(leo.user, queue, MemberRole.LEAD)
    return queue


def see_what_burns(visit: Visit, overdue: Ticket) -> None:
    page = visit.go("/").page
    for letter in "gt":
        page.keyboard.press(letter)
    expect(page).to_have_url(f"{visit.base}/team/")
    row = page.get_by_role("link", name=f"#{overdue.number}").first
    expect(row).to_be_visible()
    visit.look("team in the morning")


def set_ana_away(visit: Visit, words: Words) -> None:
    page = visit.page
    page.get_by_role("link", name=words.change).click()
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page.locator("[name=away_until]").fill(tomorrow)
    page.locator("form.page .btn.primary").click()
    expect(page.get_by_text(words.saved)).to_be_visible()
    row = page.locator("tr", has_text="Ana").filter(has_text=words.away)
    expect(row).to_be_visible()


def give_her_tickets_to(visit: Visit, words: Words, kim: Person) -> None:
    """From the figure on the page to the list, and from the list all at once."""
    page = visit.page
    row = page.locator("tr", has_text="Ana").filter(has_text=words.away)
    row.get_by_role("link", name=str(HELD), exact=True).click()
    expect(page.locator("[data-pick]")).to_have_count(HELD)
    page.wait_for_load_state()
    page.keyboard.press("*")
    page.keyboard.press("a")
    bar = page.locator("[data-selection]")
    bar.get_by_role("link", name=words.assign, exact=True).click()
    page.get_by_label(words.to, exact=True).select_option(str(kim.user.pk))
    page.locator("form .btn.primary").click()
    expect(page.get_by_text(words.done)).to_be_visible()


def rehearse_a_rule(visit: Visit, words: Words, queue: Queue) -> None:
    page = visit.go("/team/routing/").page
    page.get_by_role("link", name=words.new_rule).click()
    page.locator("[name=channel]").select_option("email")
    page.locator("[name=queue]").select_option(str(queue.pk))
    page.get_by_role("button", name=words.rehearse, exact=True).click()
    expect(page.locator("[data-rehearsal]")).to_contain_text(words.elsewhere)
    visit.look("a rule rehearsed")
    page.get_by_role("button", name=words.save, exact=True).click()
    expect(page).to_have_url(f"{visit.base}/team/routing/")


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh-hans"])
def test_a_lead_sees_the_whole_and_steers_it(
    desk: Desk,
    ana: Person,
    leo: Person,
    kim: Person,
    burning: Ticket,
    mail: Queue,
    words: Words,
) -> None:
    visit = desk.visit(leo, language=words.language)
    see_what_burns(visit, burning)
    set_ana_away(visit, words)
    give_her_tickets_to(visit, words, kim)
    rehearse_a_rule(visit, words, mail)
    assert AgentProfile.objects.get(person=ana.user).away_until is not None
    assert Ticket.objects.filter(assignee=kim.user).count() == HELD
    assert RoutingRule.objects.get(queue=mail).enabled
