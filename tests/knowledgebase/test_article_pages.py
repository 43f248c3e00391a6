"""Do the pages of an article lead it through its life, and say what happened?"""

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledgebase import articles
from knowledgebase.articles import Draft
from knowledgebase.models import (
    Article,
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
)
from knowledgebase.web import versions
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    category,
    make_article,
    publish_article,
)

pytestmark = pytest.mark.django_db

LIST = "/knowledge/"


def url_of(version: ArticleVersion, more: str = "") -> str:
    return f"{LIST}{version.translation.article.slug}/{more}"


def rewrite(
    version: ArticleVersion, title: str, body: str = "Text", locale: str = "en"
) -> ArticleVersion:
    article = version.translation.article
    return articles.write(
        article, Draft(title, body, locale), author_id=version.author_id
    )


def step(person: Person, version: ArticleVersion, name: str, **more: object) -> Any:
    page = "review/" if name in ("send", "withdraw") else "decision/"
    asked = {"step": name, "language": "en", "seen": version.number, **more}
    return person.browser.post(url_of(version, page), asked, follow=True)


def state(version: ArticleVersion) -> str:
    return ArticleTranslation.objects.get(pk=version.translation_id).state


def offered(person: Person, version: ArticleVersion) -> list[str]:
    page = person.browser.get(url_of(version, "?text=newest"))
    return [each["step"] for each in page.context["steps"]]


def titles(response: Any) -> list[str]:
    return [each["title"] for each in response.context["articles"]]


# --- steps ----------------------------------------------------------------------------


def test_an_article_goes_from_ana_over_leo_to_its_readers(
    ana: Person, leo: Person
) -> None:
    version = make_article(author=ana.user)
    assert offered(ana, version) == ["send"]
    page = step(ana, version, "send", note="Please look at the codes.")
    assert "Another person approves it." in page.text
    assert offered(ana, version) == ["withdraw"]
    assert offered(leo, version) == ["approve", "send_back", "withdraw"]
    page = step(leo, version, "approve")
    assert "Published." in page.text
    assert "Reviewed by" in page.text
    assert "Please look at the codes." in page.text
    assert state(version) == "published"


def test_nobody_is_offered_to_approve_their_own_words(leo: Person, mia: Person) -> None:
    version = make_article(author=leo.user)
    step(leo, version, "send")
    assert offered(leo, version) == ["send_back", "withdraw"]
    assert step(leo, version, "approve").status_code == 403
    assert state(version) == "in_review"
    step(mia, version, "approve")
    assert state(version) == "published"


def test_every_step_has_its_button_and_its_words(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    for name, more, expected in (
        ("send", {}, "in_review"),
        ("send_back", {"note": "Which code?"}, "draft"),
        ("send", {}, "in_review"),
        ("withdraw", {}, "draft"),
        ("send", {}, "in_review"),
        ("approve", {}, "published"),
        ("stale", {"reason": "wrong", "note": "It is 552."}, "stale"),
        ("confirm", {}, "published"),
        ("archive", {"note": "Told elsewhere."}, "archived"),
        ("restore", {}, "draft"),
    ):
        assert name in offered(leo, version)
        assert step(leo, version, name, **more).status_code == 200
        assert state(version) == expected
    page = leo.browser.get(url_of(version, "history/")).text
    for words in ("Which code?", "It is 552.", "Told elsewhere.", "Leo", "Restored"):
        assert words in page


def test_approving_for_later_waits(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    step(ana, version, "send")
    tomorrow = timezone.localtime(timezone.now() + timedelta(days=1))
    page = step(leo, version, "approve", publish_at=f"{tomorrow:%Y-%m-%dT%H:%M}")
    assert "at the time you named" in page.text
    row = ArticleTranslation.objects.get(pk=version.translation_id)
    assert row.publish_at is not None
    assert abs(row.publish_at - tomorrow) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "fly"},
        {"step": "approve"},  # not on this page
        {"language": "fr"},
        {"language": "zh-hans"},
        {"seen": "x"},
        {"note": "null \x00"},
        {"note": "x" * 2_001},
    ],
)
def test_a_step_that_makes_no_sense_changes_nothing(
    ana: Person, wrong: dict[str, str]
) -> None:
    version = make_article(author=ana.user)
    asked = {"step": "send", "language": "en", "seen": "1", **wrong}
    answer = ana.browser.post(url_of(version, "review/"), asked)
    assert answer.status_code == 302
    assert state(version) == "draft"


def test_who_comes_second_is_told_who_was_first(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    step(leo, version, "send")
    answer = step(ana, version, "send", note="My words")
    assert answer.status_code == 409
    assert "Leo was first" in answer.text
    assert "My words" in answer.text


# --- writing --------------------------------------------------------------------------


def form_of(person: Person, url: str) -> dict[str, Any]:
    form = person.browser.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, [])}


def test_two_editors_of_one_text_do_not_overwrite_each_other(
    ana: Person, leo: Person
) -> None:
    version = make_article("Busy", author=ana.user)
    url = url_of(version, "edit/")
    mine, theirs = form_of(ana, url), form_of(leo, url)
    leo.browser.post(url, {**theirs, "body": "Leo's words"})
    answer = ana.browser.post(url, {**mine, "body": "Ana's words"})
    assert answer.status_code == 409
    assert "Leo was first" in answer.text
    assert "Ana&#x27;s words" in answer.text
    newest = version.translation.versions.first()
    assert newest is not None
    assert newest.body == "Leo's words"


def test_two_editors_of_two_languages_stand_in_nobodys_way(
    ana: Person, leo: Person
) -> None:
    version = make_article("Busy", author=ana.user)
    english = form_of(ana, url_of(version, "edit/"))
    url = url_of(version, "edit/?language=zh-hans")
    chinese = form_of(leo, url)
    assert (chinese["locale"], chinese["base"], chinese["follows"]) == ("zh-hans", 0, 1)
    assert (
        leo.browser.post(url, {**chinese, "title": "忙", "body": "等"}).status_code
        == 302
    )
    answer = ana.browser.post(
        url_of(version, "edit/"), {**english, "body": "Wait long."}
    )
    assert answer.status_code == 302


def test_what_an_article_is_about_is_changed_beside_its_words(ana: Person) -> None:
    version = make_article(author=ana.user)
    url = url_of(version, "edit/")
    typed = form_of(ana, url)
    typed |= {
        "channels": ["email", "sms"],
        "audience": "public",
        "review_by": "2027-01-31",
        "owner": "",
    }
    assert ana.browser.post(url, typed).status_code == 302
    article = Article.objects.get()
    assert (article.channels, article.audience, article.owner) == (
        ["email", "sms"],
        "public",
        None,
    )
    assert version.translation.versions.count() == 1
    page = ana.browser.get(url_of(version)).text
    assert "readers, channels, owner, day of review" in page


def test_an_agent_does_not_show_a_published_text_to_others(ana: Person) -> None:
    version = make_article(author=ana.user)
    publish_article(version)
    url = url_of(version, "edit/")
    answer = ana.browser.post(url, {**form_of(ana, url), "audience": "public"})
    assert answer.status_code == 400
    assert "who may publish changes its readers" in answer.text
    assert Article.objects.get().audience == "internal"


def test_the_preview_shows_what_is_typed_and_runs_nothing(ana: Person) -> None:
    body = "**Wait** <script>alert(1)</script>"
    typed = {"title": "<b>Busy", "body": body, "locale": "tlh"}
    page = ana.browser.post(f"{LIST}preview/", typed).text
    assert "<strong>Wait</strong>" in page
    assert "<script>" not in page
    assert "&lt;b&gt;Busy" in page
    assert 'lang="en"' in page


def test_without_a_script_a_button_shows_the_preview(ana: Person) -> None:
    typed = {"locale": "en", "title": "Busy", "body": "**Wait**", "preview": "1"}
    page = ana.browser.post(f"{LIST}new/", typed)
    assert page.status_code == 200
    assert "<strong>Wait</strong>" in page.text
    assert not Article.objects.exists()


@pytest.mark.parametrize("typed", ["The mailbox is ful", "邮箱已满"])
def test_a_similar_title_is_shown_while_one_types(ana: Person, typed: str) -> None:
    full = make_article("The mailbox is full")
    rewrite(full, "邮箱已满怎么办", "文", "zh-hans")
    page = ana.browser.get(f"{LIST}titles/", {"title": typed}).text
    assert url_of(full) in page
    slug = full.translation.article.slug
    page = ana.browser.get(f"{LIST}titles/", {"title": typed, "but": slug}).text
    assert "href" not in page
    assert "href" not in ana.browser.get(f"{LIST}titles/", {"title": " "}).text


# --- reading --------------------------------------------------------------------------


def test_readers_get_the_published_text_and_hear_of_the_new_one(ana: Person) -> None:
    first = make_article("Old words", author=ana.user)
    publish_article(first)
    rewrite(first, "New words")
    page = ana.browser.get(url_of(first))
    assert page.context["article"]["title"] == "Old words"
    assert "Version 2 is in work: Draft." in page.text
    newest = ana.browser.get(url_of(first, "?language=en&text=newest"))
    assert newest.context["article"]["title"] == "New words"
    assert "Readers still get the published text." in newest.text


def test_a_translation_that_fell_behind_says_so(ana: Person) -> None:
    english = make_article("Busy", "Wait.", author=ana.user)
    publish_article(english)
    publish_article(rewrite(english, "忙", "等", "zh-hans"))
    publish_article(rewrite(english, "Busy", "Wait an hour."))
    page = ana.browser.get(url_of(english, "?language=zh-hans"))
    assert "translated from has changed since" in page.text
    assert [each["outdated"] for each in page.context["languages"]] == [False, True]
    both = ana.browser.get(url_of(english, "languages/")).text
    assert "What changed in the source since it was translated" in both
    assert "<mark> an hour</mark>" in both or "an hour" in both
    assert titles(ana.browser.get(f"{LIST}?attention=outdated")) == ["Busy"]


def test_any_two_versions_are_compared(ana: Person) -> None:
    first = make_article("Busy", "Wait an hour.", author=ana.user)
    rewrite(first, "Busy", "Wait two hours.")
    rewrite(first, "Busy", "Wait three hours.")
    page = ana.browser.get(url_of(first, "versions/3/?language=en"))
    assert (page.context["before"]["number"], page.context["after"]["number"]) == (2, 3)
    assert "<mark>three</mark>" in page.text
    page = ana.browser.get(url_of(first, "versions/1/?against=3"))
    assert "<mark>three</mark>" in page.text
    assert "../../work/?language=en&amp;version=1" in page.text


@pytest.mark.parametrize(
    "path", ["versions/9/", "versions/1/?against=9", "versions/1/?against=x"]
)
def test_a_version_that_is_not_there_is_not_found(ana: Person, path: str) -> None:
    assert ana.browser.get(url_of(make_article(), path)).status_code == 404


def test_the_history_is_paged(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "EVENTS", 2)
    version = make_article(author=ana.user)
    for n in range(4):
        rewrite(version, f"No. {n}")
    url, seen = url_of(version, "history/"), 0
    while url:
        page = ana.browser.get(url)
        seen += len(page.context["events"])
        url = page.context["page"].get("next_url", "")
    assert seen == 5


def test_what_a_reader_says_is_for_who_writes(ana: Person, aud: Person) -> None:
    version = make_article(author=ana.user)
    url = url_of(version, "feedback/")
    said = {
        "kind": "wrong",
        "comment": "It is 552, says sam@example.org.",
        "language": "en",
    }
    answer = ana.browser.post(url, said)
    assert answer["Location"] == f"{url_of(version)}?language=en#said"
    page = ana.browser.get(answer["Location"]).text
    assert "The editors read it." in page
    assert 'id="said"' in page
    row = ArticleFeedback.objects.get()
    assert (row.version, row.kind, row.person) == (version, "wrong", ana.user)
    assert "sam@" not in row.comment
    assert "It is 552" in ana.browser.get(url_of(version)).text
    assert "It is 552" not in aud.browser.get(url_of(version)).text
    assert aud.browser.post(url, said).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"kind": "x"}, {"comment": "x" * 1_001}, {"kind": ""}]
)
def test_what_makes_no_sense_is_not_kept(ana: Person, wrong: dict[str, str]) -> None:
    url = url_of(make_article(), "feedback/")
    ana.browser.post(url, {"kind": "wrong", "language": "en", **wrong})
    assert not ArticleFeedback.objects.exists()


# --- the shelf ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("audience=tip", ["Tip"]),
        ("state=published", ["Tip"]),
        ("state=draft", ["Draft"]),
        ("state=draft&language=zh-hans", []),
        ("language=zh-hans", ["Tip"]),
        ("channel=sms", ["Tip", "Draft"]),
        ("channel=push", ["Draft"]),
        ("attention=review", ["Draft"]),
        ("attention=outdated", []),
        (f"category={MAILBOX_FULL}&state=published", ["Tip"]),
    ],
)
def test_articles_are_narrowed(ana: Person, query: str, found: list[str]) -> None:
    make_article("Draft", author=ana.user)
    Article.objects.update(review_by=timezone.localdate())
    tip = make_article("Tip", author=ana.user, cause=MAILBOX_FULL)
    Article.objects.filter(pk=tip.translation.article_id).update(
        audience="tip", channels=["sms"]
    )
    publish_article(tip)
    publish_article(rewrite(tip, "提示", "文", "zh-hans"))
    page = ana.browser.get(f"{LIST}?{query}")
    assert titles(page) == found
    rows = ana.browser.get(f"{LIST}?{query}", headers={"HX-Request": "true"})
    assert "<html" not in rows.text
    owned = ana.browser.get(f"{LIST}?{query}&owner={ana.user.pk}")
    assert titles(owned) == found


@pytest.mark.parametrize(
    "query", ["state=x", "language=fr", "channel=x", "provider=x", "owner=x"]
)
def test_a_filter_with_an_unknown_value_is_refused(ana: Person, query: str) -> None:
    assert ana.browser.get(f"{LIST}?{query}").status_code == 400


def test_the_list_can_be_taken_along(aud: Person) -> None:
    make_article("Busy")
    make_article("Full", cause=MAILBOX_FULL)
    answer: Any = aud.browser.get(f"{LIST}export/?category={UNAVAILABLE}")
    content = b"".join(answer.streaming_content)
    with zipfile.ZipFile(BytesIO(content)) as pack:
        (name,) = pack.namelist()
        assert b"title: Busy" in pack.read(name)


@pytest.mark.parametrize("name", ["taxonomy.csv", "taxonomy.json"])
def test_the_causes_can_be_taken_along(ana: Person, name: str) -> None:
    answer = ana.browser.get(f"{LIST}{name}")
    assert "邮箱或手机存储已满" in answer.text
    assert MAILBOX_FULL in answer.text
    assert "attachment" in answer["Content-Disposition"]


# --- speed ----------------------------------------------------------------------------


def queries_of(browser: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def test_every_page_costs_the_same_queries_however_long_the_past(
    ana: Person, leo: Person
) -> None:
    version = make_article(author=ana.user)
    publish_article(version)
    publish_article(rewrite(version, "忙", "等", "zh-hans"))
    Article.objects.get().providers.clear()
    paths = (
        "", "edit/", "edit/?language=zh-hans", "versions/1/", "languages/", "history/",
    )  # fmt: skip
    few = [queries_of(leo.browser, url_of(version, path)) for path in paths]
    for n in range(20):
        rewrite(version, f"No. {n}")
    Article.objects.get().categories.add(category(MAILBOX_FULL))
    assert [queries_of(leo.browser, url_of(version, path)) for path in paths] == few
    assert max(few) <= 22
