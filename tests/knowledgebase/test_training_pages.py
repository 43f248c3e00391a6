"""Do people find what they have to read, see what changed, and say that they did?"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledgebase import articles, training
from knowledgebase.articles import Draft
from knowledgebase.models import ArticleVersion, TrainingItem
from knowledgebase.training import Reopened
from knowledgebase.web import training as pages
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    category,
    make_article,
    publish_article,
)

pytestmark = pytest.mark.django_db

MINE = "/training/"


def rewrite(version: ArticleVersion, body: str) -> ArticleVersion:
    words = Draft(version.title, body, "en")
    newer = articles.write(version.translation.article, words, author_id=None)
    publish_article(newer)
    return newer


def ask(person: Person, title: str = "Servers") -> TrainingItem:
    """Let somebody have a changed article to read."""
    first = make_article(title, "Wait.\n\nThen send again.", published=True)
    second = rewrite(first, "Wait an hour.\n\nThen send again.")
    training.tell_readers(second, {person.user.pk: first.pk}, timezone.now())
    return TrainingItem.objects.get(article_version=second, person=person.user)


def ask_about(person: Person, cause: str = MAILBOX_FULL) -> TrainingItem:
    key = f"resolution:{TrainingItem.objects.count()}"
    row = Reopened(person.user.pk, category(cause).pk, key)
    training.tell_of_reopened([row], timezone.now())
    return TrainingItem.objects.get(occasion=key)


def confirm(person: Person, item: TrainingItem, proof: str = "") -> Any:
    sent = {"proof": proof or page_of(person, item).context["proof"]}
    return person.browser.post(f"{MINE}{item.pk}/understood/", sent, follow=True)


def page_of(person: Person, item: TrainingItem) -> Any:
    return person.browser.get(f"{MINE}{item.pk}/")


def test_the_text_comes_with_the_lines_that_changed(ana: Person) -> None:
    page = page_of(ana, ask(ana))
    changed = [row for row in page.context["changed"]["rows"] if row.changed]
    assert len(changed) == 1
    assert "<mark> an hour</mark>" in page.text
    assert "Version 1, which you knew" in page.text
    assert "Read and understood" in page.text


def test_reading_it_moves_it_to_what_is_done(ana: Person) -> None:
    item = ask(ana)
    page = confirm(ana, item)
    assert "Noted that you have read and understood it." in page.text
    assert page.context["items"] == []
    done = ana.browser.get(f"{MINE}?done=1").context["items"]
    assert [each["title"] for each in done] == ["Servers"]
    assert page_of(ana, item).context["proof"] == ""


def test_nothing_is_done_unread(ana: Person) -> None:
    item = ask(ana)
    page = confirm(ana, item, proof="made-up")
    assert "Open the text, then say that you have read it." in page.text
    item.refresh_from_db()
    assert item.understood_at is None


def test_a_text_published_meanwhile_is_shown_with_what_changed(ana: Person) -> None:
    item = ask(ana)
    before = page_of(ana, item).context["proof"]
    rewrite(ArticleVersion.objects.get(pk=item.article_version_id), "Do not wait.")
    page = confirm(ana, item, proof=before)
    assert page.status_code == 409
    assert "published it anew while you read" in page.text
    assert "Do not wait." in page.text
    assert confirm(ana, item, proof=page.context["proof"]).status_code == 200
    item.refresh_from_db()
    assert item.understood_at is not None


def test_of_a_cause_one_reads_its_articles(ana: Person) -> None:
    make_article("Full mailboxes", cause=MAILBOX_FULL, published=True)
    page = page_of(ana, ask_about(ana))
    assert "the resolution did not hold" in page.text
    assert [each["title"] for each in page.context["texts"]] == ["Full mailboxes"]
    assert (
        "No article about it is published yet."
        in page_of(ana, ask_about(ana, UNAVAILABLE)).text
    )


def test_anothers_training_is_not_there(ana: Person, eve: Person, aud: Person) -> None:
    item = ask(ana)
    assert page_of(eve, item).status_code == 404
    proof = page_of(ana, item).context["proof"]
    answer = eve.browser.post(f"{MINE}{item.pk}/understood/", {"proof": proof})
    assert answer.status_code == 404
    assert page_of(aud, item).status_code == 403


def test_my_day_says_what_is_due(ana: Person) -> None:
    assert "Training due" not in ana.browser.get("/").text
    ask(ana)
    page = ana.browser.get("/")
    assert [each["title"] for each in page.context["training"]] == ["Servers"]
    assert "Training due" in page.text


@pytest.mark.parametrize("query", ["", "?done=1"])
def test_a_list_goes_on_where_it_ended(
    ana: Person, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    for n in range(5):
        item = ask(ana, f"Article {n}")
        if query:
            confirm(ana, item)
    found, url = [], f"{MINE}{query}"
    while url:
        page = ana.browser.get(url)
        found.append([each["title"][-1] for each in page.context["items"]])
        url = page.context["page"]["next_url"]
    expected = (
        [["4", "3"], ["2", "1"], ["0"]] if query else [["0", "1"], ["2", "3"], ["4"]]
    )
    assert found == expected
    back = ana.browser.get(page.context["page"]["previous_url"])
    assert [each["title"][-1] for each in back.context["items"]] == expected[1]
    assert ana.browser.get(f"{MINE}?cursor=x").status_code == 404


def test_the_pages_ask_as_often_for_many_as_for_few(ana: Person) -> None:
    def asked(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ana.browser.get(url).status_code == 200
        return len(queries)

    item, cause = ask(ana), ask_about(ana)
    make_article("Full", cause=MAILBOX_FULL, published=True)
    urls = (MINE, f"{MINE}{item.pk}/", f"{MINE}{cause.pk}/", "/")
    few = [asked(url) for url in urls]
    for n in range(4):
        ask(ana, f"Article {n}")
        make_article(f"More {n}", cause=MAILBOX_FULL, published=True)
    assert [asked(url) for url in urls] == few
