"""How does an article come to be, and who finds it?"""

import pytest
from django.db import IntegrityError, transaction

from knowledgebase import articles
from knowledgebase.articles import Draft
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    Locale,
    TranslationState,
)
from tests.people import Person
from tests.side_by_side import Other
from tests.work import (
    UNAVAILABLE,
    category,
    make_article,
    publish_article,
)

pytestmark = pytest.mark.django_db


def article_of(version: ArticleVersion) -> Article:
    return Article.objects.with_versions_for_list().get(
        pk=version.translation.article_id
    )


def write(version: ArticleVersion, title: str, locale: str = "en") -> ArticleVersion:
    return articles.write(
        version.translation.article,
        Draft(title, "Text", locale),
        categories=[category(UNAVAILABLE)],
        author_id=None,
    )


def test_a_draft_belongs_to_its_author_and_to_staff(ana: Person) -> None:
    version = make_article("  Busy servers  ", author=ana.user)
    article = article_of(version)
    assert (version.number, version.title, version.author) == (
        1,
        "Busy servers",
        ana.user,
    )
    assert (article.owner, article.audience) == (ana.user, Audience.INTERNAL)
    assert version.translation.state == TranslationState.DRAFT
    assert version.translation.current_version == version


@pytest.mark.parametrize(
    ("title", "start"),
    [
        ("Busy servers!", "busy-servers-"),
        ("服务器繁忙", "article-"),
        ("x" * 200, "x" * 100),
    ],
)
def test_every_article_has_an_address_of_its_own(title: str, start: str) -> None:
    slugs = {article_of(make_article(title)).slug for _ in range(3)}
    assert len(slugs) == 3
    assert all(slug.startswith(start) for slug in slugs)


def test_writing_again_keeps_the_earlier_version(ana: Person) -> None:
    first = make_article()
    publish_article(first)
    second = write(first, "Better")
    assert second.number == 2
    translation = ArticleTranslation.objects.get(pk=first.translation_id)
    assert translation.current_version == second
    assert translation.published_version == first
    assert translation.state == TranslationState.DRAFT
    assert article_of(first).shown_version("en") == first
    assert [each.title for each in translation.versions.order_by("number")] == [
        first.title,
        "Better",
    ]


def test_each_language_has_its_own_versions() -> None:
    english = make_article("English")
    chinese = write(english, "中文", Locale.ZH_HANS)
    assert chinese.number == 1
    article = article_of(english)
    assert article.current_version("zh-hans") == chinese
    assert article.current_version("en") == english
    assert article.current_version("fr") == english


def test_a_reader_of_a_missing_language_gets_the_one_there_is() -> None:
    chinese = make_article("中文", locale=Locale.ZH_HANS)
    assert article_of(chinese).current_version("en") == chinese


def test_a_version_never_changes() -> None:
    version = make_article()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ArticleVersion.objects.filter(pk=version.pk).update(title="Changed")


def test_nobody_reviews_their_own_words(ana: Person) -> None:
    version = make_article()
    with (
        pytest.raises(IntegrityError, match="articleversion_reviewer_not_author"),
        transaction.atomic(),
    ):
        ArticleVersion.objects.create(
            translation=version.translation,
            number=2,
            title="Mine",
            body="Text",
            author=ana.user,
            reviewer=ana.user,
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_the_same_time_write_two_versions() -> None:
    version = make_article()
    with transaction.atomic():
        mine = write(version, "Mine")
        other = Other(lambda: write(version, "Theirs")).until_it_waits()
    theirs = other.end()
    assert (mine.number, theirs.number) == (2, 3)
    translation = ArticleTranslation.objects.get(pk=version.translation_id)
    assert translation.current_version == theirs
