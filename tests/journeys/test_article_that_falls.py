"""Is an article that helps less than it did mended, and do its readers learn of it?

It helped Ana for a long time and fails her now. The machine sees the fall and calls
the text stale. Kim, who owns it, writes it anew; Leo compares the two texts and
publishes; Ana reads what changed and says so, which Leo sees among his team.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from knowledgebase.models import ArticleVersion, Locale
from tests.article_steps import open_article, save, take_step
from tests.chromium import Desk, Visit
from tests.people import Person
from tests.work import MAILBOX_FULL, category, make_article, make_ticket
from triage import resolution, tasks, tickets
from triage.models import ReportState, Resolution, Ticket
from triage.resolution import Answer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

# Ten decided cases on either side are the least that is compared.
CASES = 10
EARLIER, LATELY = timedelta(days=60), timedelta(days=20)


@dataclass(frozen=True)
class Words:
    """What is written, and what the desk says of it."""

    language: str
    theme: str
    title: str
    before: str
    after: str
    changed: str
    out_of_date: str
    fell: str
    sent: str
    published: str
    read: str
    done: str


ENGLISH = Words(
    language="en",
    theme="light",
    title="When a mailbox is full",
    before="Ask the person to make room.\n\nWait four hours, then send again.",
    after="Ask the person to make room.\n\nWait a day, then send again.",
    changed="a day",
    out_of_date="This text may be out of date.",
    fell="It helps less than it did",
    sent="Sent to review. Another person approves it.",
    published="Published.",
    read="Read and understood",
    done="1 of 1",
)
CHINESE = Words(
    language="zh-hans",
    theme="dark",
    title="邮箱已满怎么办",
    before="请对方清理邮箱。\n\n等待四小时，然后重发。",
    after="请对方清理邮箱。\n\n等待一整天，然后重发。",
    changed="一整天",
    out_of_date="本文可能已过时。",
    fell="效果不如从前",
    sent="已提交审核，由另一个人批准。",
    published="已发布。",
    read="已阅读并理解",
    done="1 / 1",
)


def solve(version: ArticleVersion, by: Person, at: datetime) -> Resolution:
    number = make_ticket(cause=MAILBOX_FULL, now=at).number
    answer = Answer(category(MAILBOX_FULL), article_version=version)
    return resolution.resolve(number, by.actor, answer, now=at)


def prove(row: Resolution, at: datetime) -> None:
    """Let evidence stand behind every report of the ticket."""
    row.ticket.reports.update(state=ReportState.VERIFIED)
    with transaction.atomic():
        resolution.settle(Ticket.objects.select_for_update().get(pk=row.ticket_id), at)


def fallen(words: Words, owner: Person, reader: Person) -> None:
    """An article of the owner's that held for the reader once, and fails now."""
    version = make_article(
        words.title,
        words.before,
        cause=MAILBOX_FULL,
        author=owner.user,
        locale=Locale(words.language),
        published=True,
    )
    now = timezone.now()
    for _ in range(CASES):
        held = solve(version, reader, now - EARLIER)
        prove(held, now - EARLIER + timedelta(hours=1))
        failed = solve(version, reader, now - LATELY)
        day_after = now - LATELY + timedelta(days=1)
        tickets.reopen(
            failed.ticket.number, reader.actor, reason="Still full.", now=day_after
        )
    tasks.measure_due()


def mend(visit: Visit, words: Words) -> None:
    """Kim sees that her article is stale, and why, and writes it anew."""
    open_article(visit, words.title, "/knowledge/?state=stale")
    page = visit.page
    expect(page.locator(".banner", has_text=words.out_of_date)).to_be_visible()
    expect(page.locator(".past li").first).to_contain_text(words.fell)
    expect(page.locator("[data-work] [data-trend=falling]").first).to_be_visible()
    visit.look("an article that fell")
    page.locator("main .head .tools a.btn[href*='/edit/']").click()
    expect(page.locator("[name=body]")).to_have_value(words.before)
    page.locator("[name=body]").fill(words.after)
    expect(page.locator("[data-preview]")).to_contain_text(words.changed)
    visit.look("an article that is mended")
    save(visit)
    take_step(visit, "send", words.sent)
    visit.look("an article in review")


def review(visit: Visit, words: Words) -> None:
    """Leo compares the texts side by side, and publishes the new one."""
    open_article(visit, words.title, "/knowledge/?state=in_review")
    page = visit.page
    expect(page.locator(".banner", has_text=words.out_of_date)).to_be_visible()
    page.locator("a[href*='/versions/2/']").click()
    expect(page.locator(".sides tr.altered")).to_have_count(1)
    expect(page.locator(".sides del")).not_to_contain_text(words.changed)
    expect(page.locator(".sides ins")).to_contain_text(words.changed)
    visit.look("two versions side by side")
    page.locator(".crumb a").click()
    take_step(visit, "approve", words.published)
    expect(page.locator("article.prose")).to_contain_text(words.changed)
    expect(page.get_by_text(words.out_of_date)).to_have_count(0)
    visit.look("an article published anew")


def read_what_changed(visit: Visit, words: Words) -> None:
    """Ana finds it on her day, sees the words that changed, and says so."""
    page = visit.go("/").page
    due = page.locator("section[aria-labelledby=training]")
    visit.look("a day with something to read")
    due.get_by_role("link", name=words.title).click()
    expect(page.locator(".sides tr.altered")).to_have_count(1)
    expect(page.locator(".sides ins mark").first).to_be_visible()
    expect(page.locator(".sides ins")).to_contain_text(words.changed)
    expect(page.locator("article.prose")).to_contain_text(words.changed)
    visit.look("what changed, to be read")
    page.get_by_role("button", name=words.read).click()
    expect(page.get_by_role("link", name=words.title)).to_have_count(0)
    visit.look("nothing more to read")


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh-hans"])
def test_an_article_that_falls_is_mended_and_read_again(
    desk: Desk, ana: Person, kim: Person, leo: Person, words: Words
) -> None:
    fallen(words, owner=kim, reader=ana)
    here = {"language": words.language, "theme": words.theme}
    mend(desk.visit(kim, **here), words)
    leads = desk.visit(leo, **here)
    review(leads, words)
    tasks.ask_to_read()
    read_what_changed(desk.visit(ana, **here), words)
    leads.go("/team/training/")
    row = leads.page.locator("section[aria-labelledby=progress] tr", has_text="Ana")
    expect(row).to_contain_text(words.done)
    expect(row.locator(".tag.ok")).to_be_visible()
    leads.look("a team that has read")
