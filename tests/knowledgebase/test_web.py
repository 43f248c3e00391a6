"""How is knowledge found, read and written on the desk?"""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledgebase import articles
from knowledgebase.articles import TITLE_MAX
from knowledgebase.models import Article, ArticleVersion, Locale
from knowledgebase.web import shelf
from tests.people import Person
from tests.work import MAILBOX_FULL, UNAVAILABLE, category, make_article

pytestmark = pytest.mark.django_db

KNOWLEDGE = "/knowledge/"


def url_of(version: ArticleVersion) -> str:
    return f"/knowledge/{version.translation.article.slug}/"


def titles(response: Any) -> list[str]:
    return [article["title"] for article in response.context["articles"]]


def chinese(person: Person) -> Client:
    person.browser.cookies["django_language"] = "zh-hans"
    return person.browser


def translated(version: ArticleVersion, title: str, body: str = "文") -> ArticleVersion:
    return articles.write(
        version.translation.article,
        articles.Draft(title, body, Locale.ZH_HANS),
        categories=[category(UNAVAILABLE)],
        author_id=None,
    )


# --- the shelf ------------------------------------------------------------------------


def test_an_empty_shelf_says_how_to_fill_it(ana: Person) -> None:
    assert "No articles yet" in ana.browser.get(KNOWLEDGE).text


def test_the_newest_article_comes_first(ana: Person) -> None:
    make_article("First")
    make_article("Second")
    assert titles(ana.browser.get(KNOWLEDGE)) == ["Second", "First"]


def test_the_list_never_says_what_only_work_knows(ana: Person) -> None:
    make_article()
    assert "not used yet" not in ana.browser.get(KNOWLEDGE).text


def test_articles_are_found_by_their_cause(ana: Person) -> None:
    make_article("Busy")
    make_article("Full", cause=MAILBOX_FULL)
    response = ana.browser.get(f"{KNOWLEDGE}?category={MAILBOX_FULL}")
    assert titles(response) == ["Full"]
    families = {
        family["name"]: family["count"] for family in response.context["families"]
    }
    assert {name: count for name, count in families.items() if count} == {
        "Server side": 1,
        "Recipient / user error": 1,
    }


def test_an_article_about_two_causes_is_one_of_its_family(ana: Person) -> None:
    version = make_article()
    version.translation.article.categories.add(category("server.internal_error"))
    response = ana.browser.get(KNOWLEDGE)
    counts = {each["name"]: each["count"] for each in response.context["families"]}
    assert counts["Server side"] == 1
    assert titles(ana.browser.get(f"{KNOWLEDGE}?category={UNAVAILABLE}")) == [
        version.title
    ]


@pytest.mark.parametrize("words", ["BUSY", "send again", "忙", "重新发送", "100 %"])
def test_articles_are_found_by_words_in_any_language(ana: Person, words: str) -> None:
    version = make_article("A busy server", "Wait, then send again. 100 % safe.")
    translated(version, "服务器繁忙", "请等待，然后重新发送。")
    make_article("Other", "Nothing of the kind", cause=MAILBOX_FULL)
    response = ana.browser.get(KNOWLEDGE, {"q": words})
    assert titles(response) == ["A busy server"]


def test_a_search_stays_within_the_chosen_cause(ana: Person) -> None:
    make_article("Busy, one")
    make_article("Busy, two", cause=MAILBOX_FULL)
    page = ana.browser.get(f"{KNOWLEDGE}?category={MAILBOX_FULL}&q=busy")
    assert titles(page) == ["Busy, two"]
    assert f'name="category" value="{MAILBOX_FULL}"' in page.text


def test_a_search_without_a_match_leads_back(ana: Person) -> None:
    make_article()
    page = ana.browser.get(f"{KNOWLEDGE}?q=zebra").text
    assert "No article matches" in page
    assert "All articles" in page


@pytest.mark.parametrize("query", ["category=none.such", "q=%00", "q=" + "x" * 201])
def test_a_filter_that_makes_no_sense_is_refused(ana: Person, query: str) -> None:
    assert ana.browser.get(f"{KNOWLEDGE}?{query}").status_code == 400


def test_a_cursor_that_we_did_not_make_is_not_there(ana: Person) -> None:
    assert ana.browser.get(f"{KNOWLEDGE}?cursor=abc").status_code == 404


def test_the_shelf_is_paged_there_and_back(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "PAGE", 2)
    for n in range(5):
        make_article(f"No. {n}")
    url, there = f"{KNOWLEDGE}?channel=email", []
    while url:
        response = ana.browser.get(url)
        there.append(titles(response))
        last, url = response, response.context["page"].get("next_url", "")
    assert there == [["No. 4", "No. 3"], ["No. 2", "No. 1"], ["No. 0"]]
    previous = ana.browser.get(last.context["page"]["previous_url"])
    assert titles(previous) == there[1]


# --- one article ----------------------------------------------------------------------


def test_an_article_is_read_in_ones_own_language(ana: Person) -> None:
    version = make_article("Busy", "Wait.")
    translated(version, "繁忙", "请等待。")
    url = url_of(version)
    assert "Wait." in ana.browser.get(url).text
    assert "请等待。" in ana.browser.get(f"{url}?language=zh-hans").text
    page = chinese(ana).get(url)
    assert "请等待。" in page.text
    assert page.context["article"]["locale"] == "zh-hans"
    assert [each["label"] for each in page.context["languages"]] == ["English", "中文"]


def test_an_article_shows_its_words_never_their_code(ana: Person) -> None:
    body = "**Wait** <script>alert(1)</script> [x](javascript:alert(2))"
    page = ana.browser.get(url_of(make_article("<b>Busy</b>", body))).text
    assert "<strong>Wait</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "&lt;b&gt;Busy&lt;/b&gt;" in page


def test_an_article_names_its_author_and_its_versions(ana: Person) -> None:
    version = make_article(author=ana.user)
    translated(version, "繁忙")
    page = ana.browser.get(url_of(version))
    assert page.context["article"]["author"] == "Ana"
    assert [each["number"] for each in page.context["versions"]] == [1]


def test_what_is_not_there_is_not_found(ana: Person) -> None:
    for path in ("nothing/", "nothing/edit/", "nothing/work/"):
        assert ana.browser.get(f"{KNOWLEDGE}{path}").status_code == 404


def test_an_article_without_any_words_is_not_found(ana: Person) -> None:
    Article.objects.create(slug="bare")
    assert ana.browser.get(f"{KNOWLEDGE}bare/").status_code == 404
    assert ana.browser.get(KNOWLEDGE).status_code == 200


# --- writing --------------------------------------------------------------------------


def words(**changes: object) -> dict[str, object]:
    causes = [category(UNAVAILABLE).pk]
    return {
        "locale": "en",
        "title": "Busy",
        "body": "Wait.",
        "categories": causes,
        **changes,
    }


def test_a_new_article_is_a_draft_of_its_author(ana: Person) -> None:
    response = ana.browser.post(f"{KNOWLEDGE}new/", words())
    version = ArticleVersion.objects.get()
    assert response.url == url_of(version)  # type: ignore[attr-defined]
    assert (version.title, version.author) == ("Busy", ana.user)
    assert version.translation.state == "draft"


def test_editing_adds_a_version_and_keeps_the_address(ana: Person) -> None:
    version = make_article()
    url = url_of(version)
    form = ana.browser.get(f"{url}edit/").context["form"]
    assert form["title"].value() == version.title
    response = ana.browser.post(f"{url}edit/", words(title="Busier"))
    assert response.url == f"{url}?language=en&text=newest"  # type: ignore[attr-defined]
    assert "Busier" in ana.browser.get(url).text
    assert version.translation.versions.count() == 2


def test_another_language_is_written_beside_the_first(ana: Person) -> None:
    version = make_article()
    ana.browser.post(
        f"{url_of(version)}edit/",
        words(locale="zh-hans", title="繁忙", body="请等待。"),
    )
    assert version.translation.article.translations.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "x" * (TITLE_MAX + 1)},
        {"title": "null \x00"},
        {"body": " "},
        {"body": "x" * 50_001},
        {"categories": []},
        {"categories": [10**12]},
        {"categories": ["one"]},
        {"locale": "fr"},
    ],
)
def test_what_cannot_be_saved_is_kept_in_the_form(
    ana: Person, changes: dict[str, object]
) -> None:
    typed = words(**{"title": "My title", "body": "My words.", **changes})
    for url in (f"{KNOWLEDGE}new/", f"{url_of(make_article('Old'))}edit/"):
        response = ana.browser.post(url, typed)
        assert response.status_code == 400
        assert "This could not be saved yet" in response.text
        if "body" not in changes:
            assert "My words." in response.text
    assert not ArticleVersion.objects.filter(body="My words.").exists()


def test_who_may_not_write_is_not_asked_to(aud: Person) -> None:
    version = make_article()
    assert "Write an article" not in aud.browser.get(KNOWLEDGE).text
    page = aud.browser.get(url_of(version))
    assert page.context["urls"]["edit"] == ""
    assert aud.browser.get(f"{url_of(version)}edit/").status_code == 403
    assert aud.browser.post(f"{KNOWLEDGE}new/", words()).status_code == 403
    assert ArticleVersion.objects.count() == 1


# --- speed ----------------------------------------------------------------------------


def queries_of(browser: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def test_the_shelf_costs_the_same_queries_at_1_and_at_50_articles(ana: Person) -> None:
    urls = [KNOWLEDGE, f"{KNOWLEDGE}?q=no", f"{KNOWLEDGE}?category={UNAVAILABLE}"]
    translated(make_article("No. 0"), "零")
    ana.browser.get(urls[1])  # a search is written down the first time
    few = [queries_of(ana.browser, url) for url in urls]
    for n in range(1, 50):
        translated(make_article(f"No. {n}", author=ana.user), f"{n}")
    assert [queries_of(ana.browser, url) for url in urls] == few
    assert max(few) <= 18


def test_an_article_costs_the_same_queries_with_1_and_with_20_versions(
    ana: Person, leo: Person
) -> None:
    version = make_article(author=ana.user)
    few = queries_of(ana.browser, url_of(version))
    for n in range(19):
        articles.write(
            version.translation.article,
            articles.Draft(f"No. {n}", "Text", Locale.EN),
            categories=[category(UNAVAILABLE)],
            author_id=leo.user.pk,
        )
    assert queries_of(ana.browser, url_of(version)) == few
