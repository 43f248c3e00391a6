"""Are the pages of the community whole, and does a phone without scripts do?"""

import pytest
from playwright.sync_api import expect

from knowledgebase.models import Answer, Question
from tests.chromium import NARROW, Desk, look_at
from tests.people import Person
from tests.rows import category, make
from tests.work import MAILBOX_FULL, make_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

HELD = {"moderation": "held", "held_for": "new_link"}


@pytest.fixture
def question() -> Question:
    """A question that has been solved, among others."""
    cause = category(MAILBOX_FULL)
    question = make(
        Question,
        title="Why does no login code arrive on Sundays?",
        body="I waited an **hour**:\n\n    550 5.2.2 mailbox full",
        state="accepted",
        category=cause,
    )
    make(
        Answer,
        question=question,
        body="Empty the trash as well: it counts.\n\n* then wait\n* then ask again",
        by_staff=True,
        accepted_at=question.created_at,
    )
    make(Answer, question=question, body="Mine came after a day.")
    make(Answer, question=question, body="https://pills.example/" + "x" * 90, **HELD)
    make(
        Question, title="为什么收不到验证码？", body="等了一个小时。", locale="zh-hans"
    )
    make(Question, title="Is this site any good?", **HELD)
    return question


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_the_community_are_whole(
    desk: Desk, question: Question, kim: Person, language: str
) -> None:
    visit = desk.visit(kim, language=language)
    asked = f"/community/{question.public_id}/"
    look_at(visit, "community", "/community/")
    look_at(visit, "community-none", "/community/?q=nothing")
    look_at(visit, "community-ask", "/community/ask/")
    look_at(visit, "community-question", asked)
    look_at(visit, "community-moderation", "/community/moderation/")
    look_at(visit, "community-answers", "/community/moderation/?show=answers")
    reader = desk.visit(language=language)
    look_at(reader, "community-reader", asked)


def test_a_reader_asks_on_a_phone_without_scripts(desk: Desk) -> None:
    make_article("Anything", cause=MAILBOX_FULL)
    page = desk.visit(viewport=NARROW, scripts=False).go("/community/").page
    page.get_by_role("link", name="Ask a question").first.click()
    page.get_by_label("Your question, in one line").fill("Why does nothing arrive?")
    page.get_by_label("What happens, and what have you tried?").fill("I waited.")
    page.wait_for_timeout(3_200)  # a person takes longer than the least there is
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("h1")).to_have_text("Why does nothing arrive?")
    expect(page.locator(".banner")).to_contain_text("Your question is there.")
