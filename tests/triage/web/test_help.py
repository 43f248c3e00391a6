"""Does everybody find help in their language, and may say whether it helped?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from knowledgebase.models import (
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
    Locale,
    TranslationState,
)
from tests.people import Person
from tests.tips import make_guide, make_tip
from tests.work import MAILBOX_FULL, make_article
from triage.models import LinkBudget
from triage.notices import budget

pytestmark = pytest.mark.django_db

HOME = "/help/"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def guide() -> ArticleVersion:
    """A guide for everybody."""
    return make_guide(
        "When mail does not arrive",
        MAILBOX_FULL,
        body="## Look here first\n\nSearch the **spam folder** for it.",
    )


def path_of(version: ArticleVersion) -> str:
    return f"{HOME}{version.translation.article.slug}/"


def page(client: Client, path: str, status: int = 200, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == status
    return answer.content.decode()


def say(client: Client, version: ArticleVersion, **said: str) -> HttpResponse:
    answer: HttpResponse = client.post(
        f"{path_of(version)}feedback/?language=en", said, headers=OWN
    )
    return answer


# --- what is there --------------------------------------------------------------------


def test_it_lists_guides_channels_and_causes(
    client: Client, guide: ArticleVersion
) -> None:
    make_tip("Make room", MAILBOX_FULL)
    text = page(client, HOME, language="en")
    assert guide.title in text
    assert "Every channel works as usual." in text
    assert f"/help/?category={MAILBOX_FULL}&amp;language=en" in text
    assert "/help/make-room/" not in text  # a tip is found by its cause
    found = page(client, HOME, category=MAILBOX_FULL, language="en")
    assert "Make room" in found
    assert guide.title in found


def test_it_narrows_by_channel(client: Client, guide: ArticleVersion) -> None:
    make_tip("Charge the phone", MAILBOX_FULL, channels=("sms",))
    on_mail = page(client, HOME, channel="email", language="en")
    assert "Charge the phone" not in on_mail
    assert guide.title in on_mail
    assert "Charge the phone" in page(client, HOME, channel="sms", language="en")


def test_eve_reads_neither_drafts_nor_texts_for_staff(
    client: Client, guide: ArticleVersion
) -> None:
    secret = make_article("The password of the relay", cause=MAILBOX_FULL)
    text = page(client, HOME, language="en")
    for query in ({"q": "password"}, {"category": MAILBOX_FULL}, {"channel": "email"}):
        text += page(client, HOME, language="en", **query).replace("“password”", "")
    assert "relay" not in text
    page(client, path_of(secret), 404)
    ArticleTranslation.objects.update(state=TranslationState.ARCHIVED)
    page(client, path_of(guide), 404)
    assert guide.title not in page(client, HOME)


@pytest.mark.parametrize(
    "words", ["spam folder", "SPAM", "arriv", "mail does not arrive"]
)
def test_it_finds_words_of_title_and_body(
    client: Client, guide: ArticleVersion, words: str
) -> None:
    assert found(client, words, "en") == [guide.title]


def found(client: Client, words: str, language: str) -> list[str]:
    answer = client.get(HOME, {"q": words, "language": language})
    return [each["title"] for each in answer.context["texts"]]


def test_it_finds_chinese_by_any_part(client: Client) -> None:
    made = make_guide("收不到邮件怎么办", MAILBOX_FULL, locale=Locale.ZH_HANS)
    assert found(client, "邮件", "zh-hans") == [made.title]
    assert found(client, "短信", "zh-hans") == []


@pytest.mark.parametrize(
    "query",
    [
        {"q": "'; DROP TABLE--"},
        {"q": "<script>alert(1)</script>"},
        {"q": "& | ! ( ) :* \\"},
        {"q": "x" * 5000},
        {"q": "\u202e\ud7ff"},
        {"language": "xx'\"><b>"},
        {"said": "<b>"},
    ],
    ids=str,
)
def test_eve_breaks_nothing_by_words(
    client: Client, guide: ArticleVersion, query: dict[str, str]
) -> None:
    text = page(client, HOME, **query) + page(client, path_of(guide), **query)
    assert "<script>" not in text
    assert "<b>alert" not in text


@pytest.mark.parametrize(
    "query", [{"channel": "pigeon"}, {"category": "no.such"}, {"cursor": "made up"}]
)
def test_what_there_is_not_is_a_page_that_is_not_there(
    client: Client, query: dict[str, str]
) -> None:
    page(client, HOME, 404, **query)


def test_nul_is_refused(client: Client) -> None:
    assert client.get("/help/?q=%00").status_code == 400


def test_a_hostile_text_is_harmless(client: Client) -> None:
    made = make_guide(
        "A <b>guide</b>",
        MAILBOX_FULL,
        body="<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://e.example/p)",
    )
    text = page(client, path_of(made))
    assert "<script>alert" not in text
    assert 'href="javascript' not in text
    assert "<img" not in text
    assert "A &lt;b&gt;guide" in text


def neighbour(text: str, rel: str) -> str:
    """The address of the page before or after this one."""
    found = (
        text.split(f'rel="{rel}"', maxsplit=1)[0]
        .rsplit('href="', 1)[1]
        .split('"', maxsplit=1)[0]
    )
    return found.replace("&amp;", "&")


def test_lists_are_paged_with_guides_first(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.web.help_centre.PAGE", 2)
    for n in range(3):
        make_guide(f"Guide {n}", MAILBOX_FULL)
        make_tip(f"Tip {n}", MAILBOX_FULL)
    order = ["Guide 2", "Guide 1", "Guide 0", "Tip 2", "Tip 1", "Tip 0"]
    pages = [page(client, HOME, category=MAILBOX_FULL, language="en")]
    for _ in range(2):
        pages.append(page(client, neighbour(pages[-1], "next")))
    for n, text in enumerate(pages):
        found = [each for each in order if f">{each}</b>" in text]
        assert found == order[2 * n : 2 * n + 2]
    assert 'rel="next"' not in pages[-1]
    back = page(client, neighbour(pages[2], "prev"))
    assert [each for each in order if f">{each}</b>" in back] == order[2:4]


# --- both languages -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "tag", "said"),
    [("", "en", "Service right now"), ("", "zh-CN", "当前服务状态"),
     ("zh-hans", "en", "当前服务状态"), ("en", "zh-CN", "Service right now")],
)  # fmt: skip
def test_the_address_decides_the_language_else_the_browser(
    client: Client, asked: str, tag: str, said: str
) -> None:
    query = {"language": asked} if asked else {}
    answer = client.get(HOME, query, headers={"Accept-Language": tag})
    assert said in answer.content.decode()
    assert ("Cookie" in answer["Vary"]) is (not asked)


def test_a_text_names_its_languages(client: Client, guide: ArticleVersion) -> None:
    only = page(client, path_of(guide), language="zh-hans")
    assert "这篇文章还没有翻译" in only
    assert 'hreflang="zh-hans" href="http' not in only
    assert 'rel="alternate" hreflang="en"' in only
    assert 'hreflang="x-default"' in only
    assert '<article class="prose" lang="en">' in only


# --- quick, and kept by caches --------------------------------------------------------


def test_pages_take_few_queries_and_write_nothing(
    client: Client, guide: ArticleVersion, django_assert_max_num_queries: Any
) -> None:
    for n in range(10):
        make_tip(f"Tip {n}", MAILBOX_FULL)
    with django_assert_max_num_queries(5):
        home = client.get(HOME, {"language": "en"})
    with django_assert_max_num_queries(4):
        text = client.get(path_of(guide), {"language": "en"})
    for answer in (home, text):
        assert "Set-Cookie" not in answer
        assert answer["Cache-Control"] == "public, max-age=60"
        assert "csrf" not in answer.content.decode()
    assert not Session.objects.exists()


def test_staff_get_the_same_page_as_everybody(
    client: Client,
    ana: Person,
    guide: ArticleVersion,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    public = client.get(path_of(guide), {"language": "en"})
    own = ana.browser.get(path_of(guide), {"language": "en"})
    assert own.content == public.content


def test_who_has_it_gets_304(client: Client, guide: ArticleVersion) -> None:
    first = client.get(path_of(guide), {"language": "en"})
    again = client.get(
        path_of(guide), {"language": "en"}, headers={"If-None-Match": first["ETag"]}
    )
    assert again.status_code == 304


# --- did it help ----------------------------------------------------------------------


def test_a_reader_says_whether_it_helped(client: Client, guide: ArticleVersion) -> None:
    answer = say(client, guide, kind="did_not", comment="Ask ana@example.org, 2 days.")
    assert answer.status_code == 302
    kept = ArticleFeedback.objects.get()
    assert (kept.kind, kept.actor_kind, kept.person) == ("did_not", "public", None)
    assert kept.version == guide
    assert "ana@" not in kept.comment
    assert "2 days" in kept.comment
    thanks = page(client, answer["Location"].split("#")[0])
    assert "Whoever looks after this text reads it." in thanks


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://eve.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_eves_page_cannot_speak_for_a_reader(
    client: Client, guide: ArticleVersion, headers: dict[str, str]
) -> None:
    path = f"{path_of(guide)}feedback/"
    answer = client.post(path, {"kind": "helped"}, headers=headers)
    assert answer.status_code == 403
    assert not ArticleFeedback.objects.exists()


def test_an_older_browser_is_known_by_its_origin(
    client: Client, guide: ArticleVersion
) -> None:
    path, own = f"{path_of(guide)}feedback/", {"Origin": "http://testserver"}
    assert client.post(path, {"kind": "helped"}, headers=own).status_code == 302


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"kind": "wrong"},
        {"kind": "helped", "comment": "x" * 1001},
        {"kind": "helped", "comment": "a\0b"},
    ],
    ids=lambda said: str(said)[:40],
)
def test_what_cannot_be_taken_is_said_by_the_form(
    client: Client, guide: ArticleVersion, said: dict[str, str]
) -> None:
    answer = say(client, guide, **said)
    assert answer.status_code == 400
    assert 'data-tone="stop"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert not ArticleFeedback.objects.exists()


def test_one_network_is_heard_so_often(
    client: Client, guide: ArticleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "OF_NETWORK", 2)
    answers = [say(client, guide, kind="helped") for _ in range(3)]
    assert [each.status_code for each in answers] == [302, 302, 429]
    assert int(answers[2]["Retry-After"]) <= 3600
    assert ArticleFeedback.objects.count() == 2
    budget.sweep(timezone.now() + timedelta(hours=1))
    assert not LinkBudget.objects.exists()


def test_feedback_is_posted_and_only_about_what_is_published(
    client: Client, guide: ArticleVersion
) -> None:
    assert client.get(f"{path_of(guide)}feedback/").status_code == 405
    draft = make_article("A draft", cause=MAILBOX_FULL)
    assert say(client, draft, kind="helped").status_code == 404
