"""Are the pages of articles whole, and does writing one show what it will be?"""

import pytest
from playwright.sync_api import expect

from knowledgebase import articles
from knowledgebase.articles import Draft
from knowledgebase.models import ArticleVersion
from tests.browser.test_pages import STEPS
from tests.chromium import Desk, look_at
from tests.people import Person
from tests.work import MAILBOX_FULL, make_article, publish_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def written(ana: Person) -> ArticleVersion:
    """An article in two languages, of which the source has moved on twice."""
    first = make_article(
        "When a mailbox is full", STEPS, cause=MAILBOX_FULL, author=ana.user
    )
    article = first.translation.article
    publish_article(first)
    chinese = Draft("邮箱已满怎么办", "请**等待**四小时，然后重试。", "zh-hans")
    publish_article(articles.write(article, chinese, author_id=ana.user.pk))
    second = Draft(first.title, STEPS.replace("four hours", "six hours"), "en")
    publish_article(articles.write(article, second, author_id=ana.user.pk))
    third = Draft(first.title, STEPS.replace("four hours", "a day"), "en")
    return articles.write(article, third, author_id=ana.user.pk)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_articles_are_whole(
    desk: Desk, written: ArticleVersion, leo: Person, language: str
) -> None:
    make_article("When a mailbox is full, again", cause=MAILBOX_FULL)
    article = f"/knowledge/{written.translation.article.slug}/"
    visit = desk.visit(leo, language=language)
    look_at(visit, "articles", "/knowledge/?state=draft")
    look_at(visit, "articles-none", "/knowledge/?state=archived")
    look_at(visit, "article-readers", article)
    look_at(visit, "article-newest", f"{article}?language=en&text=newest")
    look_at(visit, "article-translating", f"{article}edit/?language=zh-hans")
    look_at(visit, "article-new", "/knowledge/new/")
    look_at(visit, "article-version", f"{article}versions/3/?language=en")
    look_at(visit, "article-languages", f"{article}languages/")
    look_at(visit, "article-history", f"{article}history/")


def test_writing_shows_the_text_and_what_is_like_it(
    desk: Desk, written: ArticleVersion, leo: Person
) -> None:
    page = desk.visit(leo).go("/knowledge/new/").page
    page.get_by_label("Title").press_sequentially("When a mailbox is ful")
    expect(page.locator("[data-alike] a")).to_have_text("When a mailbox is full")
    page.get_by_label("Text", exact=True).press_sequentially("Wait **a day**.")
    expect(page.locator("[data-preview] strong")).to_have_text("a day")
    expect(page.locator("[data-preview] h2")).to_have_text("When a mailbox is ful")
