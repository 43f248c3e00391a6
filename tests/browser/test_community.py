"""Are the pages of the community whole, and does a phone without scripts do?"""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from knowledgebase.community import following
from knowledgebase.models import Answer, Follower, Question
from tests.chromium import NARROW, Desk, look_at
from tests.following import SITE, link_in, mail_out
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


@pytest.fixture(autouse=True)
def with_mail(settings: Settings) -> None:
    """A mail server is set up."""
    settings.EMAIL_HOST = "mail.example.org"
    settings.SITE_URL = SITE


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


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_behind_the_links_of_a_mail_are_whole(
    desk: Desk, question: Question, language: str
) -> None:
    tokens, now = ("agree", "too-late"), timezone.now()
    rows = [
        make(
            Follower,
            question=question,
            token_digest=hashlib.sha256(token.encode()).hexdigest(),
            expires_at=now + timedelta(hours=1 if token == "agree" else -1),
        )
        for token in tokens
    ]
    visit = desk.visit(language=language)
    agree, over = (f"/community/confirmations/{token}/" for token in tokens)
    end = f"/community/followers/{following.ending(rows[0])}/"
    look_at(visit, "community-confirmation", agree)
    look_at(visit, "community-confirmation-over", over, status=410)
    look_at(visit, "community-follower", end)
    rows[0].delete()
    look_at(visit, "community-follower-ended", end)


def test_a_reader_follows_on_a_phone_without_scripts(
    desk: Desk, question: Question
) -> None:
    path = f"/community/{question.public_id}/"
    page = desk.visit(viewport=NARROW, scripts=False).go(path).page
    page.wait_for_timeout(3_200)  # a person takes longer than the least there is
    page.get_by_label("Your e-mail address").fill("jo@example.org")
    page.get_by_role("button", name="Follow this question").click()
    expect(page.locator(".banner")).to_contain_text("If this address can be used")
    (sent,) = mail_out()
    page.goto(link_in(sent, "confirmations"))
    page.get_by_role("button", name="Yes, tell me of new answers").click()
    expect(page.locator(".banner")).to_contain_text("You hear of new answers")
    page.goto(link_in(sent, "followers"))
    page.get_by_role("button", name="End mails about this question").click()
    expect(page.locator("h1")).to_have_text("No more mails come.")
    assert not Follower.objects.exists()
