"""Does help spare people a report, before anybody on the desk hears of it?

Somebody who misses a message looks for help, without logging in, finds a guide and says
that it helped. Somebody else gets a tip in the program that they use, and asks for no
more. Nobody files anything; whoever looks after the texts sees both.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from knowledgebase.models import Locale
from tests.article_steps import open_article
from tests.chromium import Desk, Visit
from tests.people import Person, Program
from tests.tips import make_guide, make_tip
from tests.work import MAILBOX_FULL
from triage import tasks
from triage.models import FailureReport, Queue, TipShowing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Words:
    """What is written, and what the pages say."""

    language: str
    theme: str
    title: str
    body: str
    asked: str
    nothing: str
    thanks: str
    helped: str
    shown: str


ENGLISH = Words(
    language="en",
    theme="light",
    title="When your mailbox is full",
    body="Empty the trash, then ask for the message again.",
    asked="mailbox full",
    nothing="Nothing about this yet",
    thanks="Thank you. Good to know that it helped.",
    helped="It helped",
    shown="shown 2 times, 1 needed no report",
)
CHINESE = Words(
    language="zh-hans",
    theme="dark",
    title="您的邮箱已满怎么办",
    body="请清空回收站，然后重新请求该消息。",
    asked="邮箱已满",
    nothing="还没有相关内容",
    thanks="谢谢。很高兴对您有帮助。",
    helped="有帮助",
    shown="展示2次，其中1次无需报告",
)
IN_BOTH = pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh-hans"])


def look_for(visit: Visit, asked: str) -> None:
    page = visit.page
    page.get_by_role("searchbox").fill(asked)
    page.locator("form.ask .btn.primary").click()
    expect(page.locator("main h1")).to_contain_text(asked)


def find_the_guide(visit: Visit, words: Words) -> None:
    """Words first that nothing is about, then by the channel, then other words."""
    page = visit.go("/help/").page
    visit.look("help")
    look_for(visit, "zebra")
    expect(page.get_by_role("heading", name=words.nothing)).to_be_visible()
    visit.look("help about nothing")
    page.locator(".channels a[href*='channel=email']").click()
    expect(page.locator(".texts a")).to_have_text(words.title)
    visit.look("help about a channel")
    look_for(visit, words.asked)
    visit.look("help that was looked for")
    page.locator(".texts").get_by_role("link", name=words.title).click()
    expect(page.locator("article h1")).to_have_text(words.title)


def say_that_it_helped(visit: Visit, words: Words) -> None:
    page = visit.page
    visit.look("a guide")
    page.locator("button[name=kind][value=helped]").click()
    expect(page.locator("#helped .banner")).to_contain_text(words.thanks)
    visit.look("a guide that helped")


@IN_BOTH
def test_a_guide_that_helped_spares_a_report(
    desk: Desk, mia: Person, general: Queue, words: Words
) -> None:
    locale = Locale(words.language)
    make_guide(words.title, MAILBOX_FULL, body=words.body, locale=locale)
    visit = desk.visit(language=words.language, theme=words.theme)
    find_the_guide(visit, words)
    say_that_it_helped(visit, words)
    assert not FailureReport.objects.exists()
    reads = desk.visit(mia, language=words.language, theme=words.theme)
    open_article(reads, words.title)
    said = reads.page.locator("section[aria-labelledby=said] .past li")
    expect(said).to_contain_text(words.helped)
    reads.look("an article of which a reader said that it helped")


def show_the_tip(desk: Desk, program: Program, words: Words, person: str) -> None:
    """What the shop's program does for somebody who misses a message."""
    request = desk.visit(language=words.language).page.request
    asked = {"channel": "email", "code": "5.2.2", "locale": words.language}
    (tip,) = request.get(f"{desk.base}/api/v1/tips/", params=asked).json()["results"]
    assert tip["title"] == words.title
    shown = {
        "tip": tip["id"],
        "locale": tip["locale"],
        "channel": "email",
        "category": MAILBOX_FULL,
        "recipient_ref": person,
    }
    url = f"{desk.base}/api/v1/tips/showings/"
    answer = request.post(url, data=shown, headers=program.headers)
    assert answer.ok, answer.text()


def file(desk: Desk, program: Program, person: str) -> None:
    """Let somebody report all the same."""
    failure = {
        "channel": "email",
        "symptom": "failed_error",
        "occurred_at": f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}",
        "recipient_ref": person,
    }
    url = f"{desk.base}/api/v1/reports/"
    answer = desk.visit().page.request.post(url, data=failure, headers=program.headers)
    assert answer.status == 202, answer.text()


def let_the_hour_pass() -> None:
    """Shown 61 minutes ago, and reported half an hour later."""
    now = timezone.now()
    shown_at, due_at = now - timedelta(minutes=61), now - timedelta(minutes=1)
    TipShowing.objects.update(shown_at=shown_at, due_at=due_at)
    FailureReport.objects.update(received_at=now - timedelta(minutes=30))
    tasks.settle_tips()


@IN_BOTH
def test_a_tip_spares_the_report_of_whoever_needs_no_more(
    desk: Desk, mia: Person, sam: Program, general: Queue, words: Words
) -> None:
    make_tip(words.title, MAILBOX_FULL, locale=Locale(words.language))
    show_the_tip(desk, sam, words, "customer-17")
    show_the_tip(desk, sam, words, "customer-18")
    file(desk, sam, "customer-18")
    let_the_hour_pass()
    assert FailureReport.objects.count() == 1
    visit = desk.visit(mia, language=words.language, theme=words.theme)
    open_article(visit, words.title)
    expect(visit.page.locator("dl.pairs")).to_contain_text(words.shown)
    visit.look("a tip with what it spared")
