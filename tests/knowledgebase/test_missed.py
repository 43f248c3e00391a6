"""Are searches that led nowhere kept for editors, and nothing of a person with them?"""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledgebase import missed
from knowledgebase.models import MissedSearch
from knowledgebase.web import searching
from tests.people import Person
from tests.work import make_article

pytestmark = pytest.mark.django_db

PAGE = "/knowledge/searches/"
NOW = datetime.fromisoformat("2026-06-01T12:00:00+00:00")


def note(query: str, *, found: bool = False, times: int = 1) -> None:
    for _ in range(times):
        missed.noted(query, locale="en", reader="public", found=found, now=NOW)


def kept() -> dict[str, int]:
    return dict(MissedSearch.objects.values_list("words", "count"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("  Pigeon   POST ", "pigeon post"),
        ("mail to sam.sender@example.com lost", "mail to lost"),
        ("sms to +86 138 0013 8000 lost", "sms to lost"),
        ("code 123456 not valid", "code not valid"),
        ("order 2026-1234-5678 lost", "order lost"),
        ("see https://example.com/a?t=1 please", "see please"),
        ("５.１.１ 用户", "5.1.1 用户"),
        ("550 5.1.1", ""),
        ("x", ""),
        ("\x00\u202e", ""),
    ],
)
def test_only_words_are_kept_of_a_search(query: str, words: str) -> None:
    assert missed.kept(query) == words


def test_the_same_words_are_counted_together() -> None:
    note("Pigeon post")
    note("pigeon  POST")
    note("owls")
    assert kept() == {"pigeon post": 2, "owls": 1}


def test_the_table_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MOST", 3)
    note("often", times=2)
    for words in ("one", "two", "three", "four"):
        note(words)
    assert MissedSearch.objects.count() == 3
    assert kept()["often"] == 2


def test_a_search_through_which_somebody_came_is_forgotten() -> None:
    note("pigeon post", found=True)
    missed.opened("Pigeon Post", locale="en", reader="public")
    assert kept() == {}


def test_a_search_without_results_is_not_forgotten_by_a_made_up_address() -> None:
    note("pigeon post")
    missed.opened("pigeon post", locale="en", reader="public")
    assert kept() == {"pigeon post": 1}


def test_results_that_nobody_opens_are_listed_when_it_happens_again() -> None:
    note("pigeon post", found=True, times=missed.UNOPENED - 1)
    assert not missed.listed().exists()
    note("pigeon post", found=True)
    assert missed.listed().exists()


# --- on the desk ----------------------------------------------------------------------


def test_a_colleagues_search_in_vain_is_listed_with_a_way_to_write(leo: Person) -> None:
    leo.browser.get("/knowledge/?q=Pigeon post")
    page = leo.browser.get(PAGE)
    (line,) = page.context["searches"]
    assert (line["words"], line["count"], line["found"]) == ("pigeon post", 1, False)
    editor = leo.browser.get(line["write_url"])
    assert editor.context["form"]["title"].value() == "Pigeon post"


def test_a_narrowed_search_says_nothing_about_what_is_missing(leo: Person) -> None:
    leo.browser.get("/knowledge/?q=pigeon&channel=sms")
    leo.browser.get("/knowledge/?q=pigeon&page=2")
    assert kept() == {}


def test_opening_a_result_takes_the_search_off(leo: Person) -> None:
    make_article("Pigeon post")
    page = leo.browser.get("/knowledge/?q=pigeon")
    assert kept() == {"pigeon": 1}
    leo.browser.get(page.context["articles"][0]["url"])
    assert kept() == {}


def test_a_dismissed_search_does_not_come_back(leo: Person) -> None:
    note("pigeon post")
    (line,) = leo.browser.get(PAGE).context["searches"]
    assert leo.browser.post(line["dismiss_url"]).status_code == 302
    note("pigeon post", times=5)
    assert "No search was in vain" in leo.browser.get(PAGE).text
    assert leo.browser.post(line["dismiss_url"]).status_code == 404


def test_an_editor_leads_a_search_to_the_article_that_answers_it(leo: Person) -> None:
    article = make_article("Carrier birds").translation.article
    note("pigeon post")
    (line,) = leo.browser.get(PAGE).context["searches"]
    assert leo.browser.get(line["lead_url"]).context["articles"] == []
    page = leo.browser.get(f"{line['lead_url']}?q=carrier")
    (hit,) = page.context["articles"]
    editor = leo.browser.get(hit["edit_url"])
    form = editor.context["form"]
    assert form["asked_as"].value() == "pigeon post"
    sent = {name: form[name].value() for name in form.fields}
    kept = {name: value for name, value in sent.items() if value is not None}
    assert leo.browser.post(hit["edit_url"], kept).status_code == 302
    version = article.translations.get().current_version
    assert version is not None
    assert version.asked_as == "pigeon post"
    assert "No search was in vain" in leo.browser.get(PAGE).text
    assert leo.browser.get(line["lead_url"]).status_code == 404


def test_what_is_led_to_an_article_is_led_in_its_own_language_alone() -> None:
    note("pigeon post")
    missed.answered("Pigeon  post", locale="zh-hans", now=NOW)
    assert missed.listed().exists()
    missed.answered("owl\nPigeon  post", locale="en", now=NOW)
    assert not missed.listed().exists()


def test_the_list_is_paged_there_and_back(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PAGE", 2)
    for number in range(5):
        note(f"bird {'x' * number}", times=1 + number % 2)
    url, there = PAGE, []
    while url:
        page = leo.browser.get(url)
        there += [line["words"] for line in page.context["searches"]]
        last, url = page, page.context["page"].get("next_url", "")
    assert len(there) == len(set(there)) == 5
    back = leo.browser.get(last.context["page"]["previous_url"])
    assert [line["words"] for line in back.context["searches"]] == there[2:4]
    assert leo.browser.get(f"{PAGE}?cursor=abc").status_code == 404


@pytest.mark.parametrize("page", ["0", "11", "x", "²", "9" * 30])
def test_a_page_of_results_that_cannot_be_is_not_there(leo: Person, page: str) -> None:
    assert leo.browser.get(f"/knowledge/?q=pigeon&page={page}").status_code == 404


def test_the_list_costs_the_same_queries_at_1_and_at_50_searches(leo: Person) -> None:
    note("owls")
    from_one = _queries(leo)
    for number in range(50):
        note(f"bird {'x' * number}")
    assert _queries(leo) == from_one


def _queries(person: Person) -> int:
    person.browser.get(PAGE)
    with CaptureQueriesContext(connection) as captured:
        person.browser.get(PAGE)
    return len(captured)


def test_what_is_oldest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MOST", 2)
    for days, words in ((2, "newer"), (9, "older")):
        at = timezone.now() - timedelta(days=days)
        missed.noted(words, locale="en", reader="public", found=False, now=at)
    note_at = timezone.now()
    missed.noted("newest", locale="en", reader="public", found=False, now=note_at)
    assert set(kept()) == {"newer", "newest"}
