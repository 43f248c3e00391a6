"""Does the help centre answer end users in their words, and note what it cannot?"""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledgebase.models import ArticleVersion, MissedSearch
from knowledgebase.search import words as search_words
from tests.people import Person
from tests.tips import make_guide, make_tip
from tests.work import MAILBOX_FULL, UNAVAILABLE
from triage.models import LinkBudget
from triage.notices import budget

pytestmark = pytest.mark.django_db

HOME = "/help/"


@pytest.fixture
def guide() -> ArticleVersion:
    """A guide for everybody."""
    return make_guide(
        "When mail does not arrive",
        MAILBOX_FULL,
        body="## Look here first\n\nSearch the **spam folder** for it.",
    )


def page(client: Client, path: str, status: int = 200, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == status
    return answer.content.decode()


def titles(answer: Any) -> list[str]:
    return [each["title"] for each in answer.context["texts"]]


def neighbour(text: str, rel: str) -> str:
    """The address of the page before or after this one."""
    before = text.split(f'rel="{rel}"', maxsplit=1)[0]
    found = before.rsplit('href="', 1)[1].split('"', maxsplit=1)[0]
    return found.replace("&amp;", "&")


def missed() -> list[tuple[str, str, bool, int]]:
    rows = MissedSearch.objects.order_by("words")
    return list(rows.values_list("words", "reader", "found", "count"))


def test_the_best_answer_comes_first_with_its_words_marked(client: Client) -> None:
    make_guide("Holidays", MAILBOX_FULL, body="Before. " * 60 + "Mailbox quota.")
    make_guide("Mailbox quota", MAILBOX_FULL, body="The quota of a mailbox.")
    make_guide("Weather", MAILBOX_FULL, body="Rain.")
    answer = client.get(HOME, {"q": "quota of mailboxes", "language": "en"})
    assert titles(answer) == ["Mailbox quota", "Holidays"]
    _, second = answer.context["texts"]
    assert "".join(each for each, _ in second["pieces"]).startswith("…Before.")
    text = answer.content.decode()
    assert "Mailbox <mark>quota</mark>" in text


@pytest.mark.parametrize(
    ("words", "locale"),
    [("spma folder", "en"), ("垃圾邮件", "zh-hans"), ("junk mail", "en")],
)
def test_slips_synonyms_and_the_other_language_are_understood(
    client: Client, guide: ArticleVersion, words: str, locale: str
) -> None:
    search_words.refresh()
    answer = client.get(HOME, {"q": words, "language": locale})
    assert titles(answer) == [guide.title]


def test_a_search_stays_within_what_it_is_narrowed_to(client: Client) -> None:
    make_guide("Full mailbox", MAILBOX_FULL)
    make_guide("Full server", UNAVAILABLE)
    query = {"q": "full", "category": MAILBOX_FULL, "language": "en"}
    assert titles(client.get(HOME, query)) == ["Full mailbox"]
    assert not missed()  # what was narrowed says nothing about what is missing


def test_results_are_paged(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledgebase.search.finding.PAGE", 2)
    for n in range(5):
        make_guide(f"Quota {n}", MAILBOX_FULL)
    pages = [client.get(HOME, {"q": "quota", "language": "en"})]
    for _ in range(2):
        following = neighbour(pages[-1].content.decode(), "next")
        pages.append(client.get(following))
    found = [title for each in pages for title in titles(each)]
    assert len(set(found)) == len(found) == 5
    assert "next_url" not in pages[-1].context["page"]
    assert missed() == [("quota", "public", True, 1)]  # a further page is no search


@pytest.mark.parametrize("number", ["0", "11", "x", "-1", "", "９", "1" * 500])
def test_pages_that_there_are_not_are_not_there(client: Client, number: str) -> None:
    page(client, HOME, 404, q="quota", page=number)


def test_what_nothing_is_known_about_says_what_to_do_next(
    client: Client, guide: ArticleVersion
) -> None:
    text = page(client, HOME, q="zebra crossing", language="en")
    for way in ("Read the guides", "Ask in the community", "Report the message"):
        assert way in text
    assert "/help/?channel=email" in text
    assert "/community/?language=en" in text
    assert guide.title not in text


def test_a_search_in_vain_is_noted_without_anything_personal(
    client: Client, guide: ArticleVersion
) -> None:
    for _ in range(2):
        page(client, HOME, q="Zebra of ana@example.org 555 123 4567", language="en")
    assert missed() == [("zebra of", "public", False, 2)]


def test_a_search_is_forgotten_once_its_result_is_opened(
    client: Client, guide: ArticleVersion
) -> None:
    answer = client.get(HOME, {"q": "spam folder", "language": "en"})
    assert missed() == [("spam folder", "public", True, 1)]
    [found] = answer.context["texts"]
    opened = client.get(found["url"])
    assert not missed()
    assert opened["Cache-Control"] == "public, max-age=60"
    path = f"{HOME}{guide.translation.article.slug}/?language=en"
    assert f'canonical" href="{settings.SITE_URL}{path}"' in opened.content.decode()


def test_a_network_is_noted_so_often(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "OF_NETWORK", 2)
    for n in range(4):
        page(client, HOME, q=f"zebra {'x' * n}")
    assert len(missed()) == 2
    assert {each.used for each in LinkBudget.objects.all()} == {2}
    client.get(HOME, {"q": "owl"}, REMOTE_ADDR="203.0.113.9")
    assert len(missed()) == 3


def test_eve_cannot_write_by_many_networks(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "OF_ALL", 2)
    for n in range(5):
        address = f"2001:db8:0:{n}::1"
        assert client.get(HOME, {"q": f"owl {n}"}, REMOTE_ADDR=address).status_code
    assert len(missed()) <= 2
    assert LinkBudget.objects.count() == 3  # two networks, and all of them


def test_eves_searches_displace_none_of_colleagues(
    client: Client, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledgebase.missed.MOST", 1)
    ana.browser.get("/knowledge/", {"q": "pigeon"})
    for words in ("owl", "crow"):
        page(client, HOME, q=words)
    assert [each[:2] for each in missed()] == [
        ("crow", "public"),
        ("pigeon", "person"),
    ]


def test_what_takes_too_long_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "deliveries.newest.IN_TIME",
        "SELECT set_config('statement_timeout', '1ms', true), pg_sleep(0)",
    )
    monkeypatch.setattr("knowledgebase.search.public", _sleep)
    assert "That took too long" in page(client, HOME, q="spam", language="en")
    assert not missed()


def _sleep(*_args: object, **_named: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")


def test_a_search_takes_few_queries_and_keeps_to_the_rules_of_caches(
    client: Client, guide: ArticleVersion
) -> None:
    counts = []
    for n in (0, 10):
        for m in range(n):
            make_guide(f"Spam folder {m}", MAILBOX_FULL)
        counts.append([queries(client, f"spam folder {n}") for _ in range(2)])
    # The first of the words is a new row, whose room is looked after.
    assert counts == [[11, 9]] * 2
    answer = client.get(HOME, {"q": "spam folder", "language": "en"})
    assert answer["Cache-Control"] == "public, max-age=60"
    assert "ETag" in answer
    assert not answer.cookies
    assert not Session.objects.exists()


def queries(client: Client, words: str) -> int:
    """How many there are for a search, without the marks of transactions."""
    with CaptureQueriesContext(connection) as captured:
        client.get(HOME, {"q": words, "language": "en"})
    return sum("SAVEPOINT" not in each["sql"] for each in captured)


# --- causes in plain words ------------------------------------------------------------


def test_a_cause_is_called_what_its_tip_calls_it(client: Client) -> None:
    make_tip("Your mailbox has no room", MAILBOX_FULL)
    make_tip("About two causes", MAILBOX_FULL, UNAVAILABLE)
    text = page(client, HOME, language="en")
    assert ">Your mailbox has no room</a>" in text
    assert "Mailbox or handset memory full</p>" in text
    assert ">About two causes</a>" not in text
    found = page(client, HOME, category=MAILBOX_FULL, language="en")
    assert "<h1>Your mailbox has no room</h1>" in found
    in_chinese = page(client, HOME, language="zh-hans")
    assert ">邮箱或手机存储已满</a>" in in_chinese  # its tip is not translated
