"""Does the search find what people mean, and show them nothing that is not theirs?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from knowledgebase import articles, search
from knowledgebase.models import (
    Article,
    ArticleVersion,
    Audience,
    Locale,
    SearchWord,
    TranslationState,
)
from knowledgebase.search import synonyms, words
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    category,
    make_article,
    publish_article,
)

pytestmark = pytest.mark.django_db


def published(
    title: str,
    body: str = "Words.",
    *,
    audience: str = Audience.PUBLIC,
    cause: str = UNAVAILABLE,
    locale: Locale = Locale.EN,
    asked_as: str | None = None,
) -> ArticleVersion:
    version = make_article(title, body, cause=cause, locale=locale)
    if asked_as is not None:
        words = articles.Draft(title, body, locale, asked_as)
        article = version.translation.article
        version = articles.write(article, words, author_id=version.author_id)
    Article.objects.filter(translations__versions=version).update(audience=audience)
    publish_article(version)
    return version


def by_public(query: str, locale: str = "en", **narrowed: str) -> list[str]:
    found = search.public(query, locale, **narrowed)
    return [hit.version.title for hit in found.hits]


def by_staff(query: str, locale: str = "en") -> list[str]:
    found = search.staff(query, Article.objects.all(), locale=locale)
    return [hit.version.title for hit in found.hits]


# --- what is found --------------------------------------------------------------------


def test_what_people_type_leads_to_a_text_that_says_it_otherwise() -> None:
    published("No room left", asked_as="my inbox is stuffed\n收件箱爆了")
    published("Another", "About something else.")
    assert by_public("stuffed inbox") == ["No room left"]
    assert by_public("邮件收件箱爆了", "zh-hans") == ["No room left"]
    assert by_staff("it is stuffed") == ["No room left"]
    words.refresh()
    assert SearchWord.objects.filter(word="stuffed").exists()
    assert by_public("stufed") == ["No room left"]  # a typo in it


@pytest.mark.parametrize(
    "query",
    [
        "mailboxes",  # another form of the word
        "MAILBOX",
        "mailbx",  # a slip
        "amilbox",  # letters that changed places
        "my inbox has no space",  # other words for it
        "邮箱爆满",  # in the other language
    ],
)
def test_an_article_is_found_however_one_says_it(query: str) -> None:
    published("The mailbox is full", cause=MAILBOX_FULL)
    published("Pigeons", "They were slow.")
    words.refresh()
    assert by_public(query)[0] == "The mailbox is full"


@pytest.mark.parametrize(
    "query", ["5.1.1", "550-5.1.1", "421", "InvalidRegistration", "baddevicetoken"]
)
def test_a_code_is_found_as_it_stands(query: str) -> None:
    codes = "`550` `5.1.1` `421` `InvalidRegistration` `BadDeviceToken`"
    published("Codes", f"These: {codes}.")
    published("Other codes", "These: `5.1.2` `4.2.1` `BadTopic`.")
    assert by_public(query)[:1] == ["Codes"]


@pytest.mark.parametrize("query", ["满", "邮箱满", "为什么邮箱满了"])
def test_chinese_is_found_by_any_part_of_it(query: str) -> None:
    published("邮箱满", "请清理。", locale=Locale.ZH_HANS)
    published("鸽子", "飞得慢。", locale=Locale.ZH_HANS)
    assert by_public(query, "zh-hans") == ["邮箱满"]


def test_a_title_counts_for_more_than_a_passing_word() -> None:
    published("Pigeons", "A word about greylisting, and much about birds.")
    published("Greylisting", "What servers do on purpose.")
    assert by_public("greylisting") == ["Greylisting", "Pigeons"]


def test_an_english_article_answers_a_chinese_question_if_there_is_no_other() -> None:
    published("Make room", "Delete something.", cause=MAILBOX_FULL)
    published("Pigeons", "They were slow.")
    name = category(MAILBOX_FULL).name_zh_hans
    assert by_public(name, "zh-hans")[0] == "Make room"


def test_a_reader_gets_the_text_of_their_language() -> None:
    version = published("Busy server 503", "Wait.")
    article = version.translation.article
    follows = articles.write(
        article,
        articles.Draft("服务器繁忙 503", "等。", Locale.ZH_HANS),
        author_id=None,
    )
    publish_article(follows)
    assert by_public("503") == ["Busy server 503"]
    assert by_public("503", "zh-hans") == ["服务器繁忙 503"]


def test_what_nobody_wrote_about_is_not_found() -> None:
    published("The mailbox is full")
    assert by_public("kubernetes pod eviction") == []
    assert by_public("打印机卡纸", "zh-hans") == []


@pytest.mark.parametrize(
    "query",
    ["", " ", "!!", "' | ) & (", "\\", "the", "x" * 5_000, "\u200b", "a:*b<->c"],
)
def test_no_sign_of_a_question_does_harm(query: str) -> None:
    published("The mailbox is full")
    search.public(query, "en")
    search.like(query, Article.objects.all())


def test_the_words_are_marked_and_nothing_is_markup() -> None:
    body = "Long before. " * 40 + "The **quota** of <b>mailboxes</b> & more."
    published("Quota", body)
    (hit,) = search.public("quota mailbox", "en").hits
    assert hit.title == [("Quota", True)]
    assert ("quota", True) in hit.snippet
    assert "<b>" in "".join(piece for piece, _ in hit.snippet)  # the page escapes it
    assert "**" not in "".join(piece for piece, _ in hit.snippet)
    assert len("".join(piece for piece, _ in hit.snippet)) < 260


def test_results_are_paged_to_the_hundredth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledgebase.search.finding.PAGE", 2)
    for number in range(5):
        published(f"Greylisting {number}")
    pages = [search.public("greylisting", "en", page=page) for page in (1, 2, 3)]
    assert [len(page.hits) for page in pages] == [2, 2, 1]
    assert [page.more for page in pages] == [True, True, False]
    assert len({hit.article.pk for page in pages for hit in page.hits}) == 5


# --- who finds what -------------------------------------------------------------------


def test_the_public_finds_what_is_published_for_it_alone() -> None:
    published("Greylisting inside", audience=Audience.INTERNAL)
    published("Greylisting outside")
    published("Greylisting, a tip", audience=Audience.TIP)
    make_article("Greylisting to come")
    assert set(by_public("greylisting")) == {
        "Greylisting outside",
        "Greylisting, a tip",
    }
    assert len(by_staff("greylisting")) == 4


def test_a_draft_of_a_published_text_is_not_searched() -> None:
    version = published("Greylisting")
    draft = articles.Draft("Pigeons", "Words.", Locale.EN)
    articles.write(version.translation.article, draft, author_id=None)
    assert by_public("pigeons") == []
    assert by_staff("pigeons") == []


def test_what_is_archived_is_found_by_nobody() -> None:
    version = published("Greylisting")
    row = version.translation
    row.refresh_from_db()
    row.state = TranslationState.ARCHIVED
    row.save()
    assert by_public("greylisting") == []
    assert by_staff("greylisting") == []


def test_filters_narrow_what_is_found() -> None:
    published("Greylisting of mail")
    published("Greylisting of tips", audience=Audience.TIP, cause=MAILBOX_FULL)
    Article.objects.filter(audience=Audience.TIP).update(channels=["sms"])
    assert by_public("greylisting", channel="email") == ["Greylisting of mail"]
    assert by_public("greylisting", category=MAILBOX_FULL) == ["Greylisting of tips"]
    assert by_public("greylisting", audience="public") == ["Greylisting of mail"]
    assert by_public("greylisting", audience="internal") == []


# --- like a failure -------------------------------------------------------------------


def like(text: str, limit: int = 3) -> list[str]:
    rows = Article.objects.exclude(audience=Audience.TIP)
    found = Article.objects.in_bulk(search.like(text, rows, limit))
    return [str(each) for each in found.values()]


def test_articles_like_a_failure_say_much_of_it() -> None:
    published("When storage runs out", "452 insufficient system storage")
    published("Storage of cars", "Cars need storage, too.")
    published("Pigeons", "They need seeds.")
    published("A tip", "452 insufficient storage", audience=Audience.TIP)
    make_article("A draft", "452 4.3.1 insufficient system storage")
    assert like("452 4.3.1 Insufficient system storage") == ["When storage runs out"]
    assert like("system storge insufficent")[:1] == ["When storage runs out"]


def test_a_failure_in_chinese_is_like_an_article_in_chinese() -> None:
    published("签名没有报备", "短信签名未报备，运营商拒收。", locale=Locale.ZH_HANS)
    published("邮箱已满", "请先清理邮箱。", locale=Locale.ZH_HANS)
    assert like("签名未报备，请先报备") == ["签名没有报备"]


def test_what_stands_for_something_redacted_is_not_asked_for() -> None:
    published("About email", "Email. Email. Email.")
    assert like("‹email:4f2a› ‹phone:77›") == []


def test_a_failure_that_says_nothing_is_like_no_article() -> None:
    published("Greylisting")
    assert like("") == like("  ") == []


# --- the words ------------------------------------------------------------------------


def test_words_come_and_go_with_the_texts() -> None:
    version = published("Greylisting pigeons")
    words.refresh()
    assert SearchWord.objects.get(word="pigeons").texts == 1
    row = version.translation
    row.refresh_from_db()
    row.state = TranslationState.ARCHIVED
    row.save()
    words.refresh()
    words.refresh()
    assert not SearchWord.objects.filter(word="pigeons").exists()


def test_words_are_counted_anew_only_when_a_text_came_or_went() -> None:
    published("Greylisting pigeons")
    assert not words.refresh_if_changed(timezone.now() + timedelta(hours=3))
    assert not SearchWord.objects.exists()
    assert words.refresh_if_changed(timezone.now())
    assert SearchWord.objects.filter(word="pigeons").exists()


def test_every_name_of_the_vocabulary_is_in_lower_case_and_has_a_reason() -> None:
    for group in synonyms.groups():
        assert group.reason.endswith(".")
        names = [*group.sayings, *group.heard]
        assert len(names) == len(set(names)), group.reason
        assert [name for name in names if name != name.lower()] == []
