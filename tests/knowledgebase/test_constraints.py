"""Does the database itself refuse knowledge that makes no sense?"""

import pytest
from django.contrib.auth.models import User
from django.db import models

from knowledgebase.models import Article, ArticleTranslation, ArticleVersion
from tests.refusals import Write, refused_by, rules_of
from tests.rows import KNOWLEDGE, make, twice

pytestmark = pytest.mark.django_db

UNKNOWN = "?"


def reviewed_by_its_author() -> None:
    """Make a version whose author and reviewer are one person."""
    author = make(User)
    make(ArticleVersion, author=author, reviewer=author)


def reworded() -> None:
    """Change the text of a version."""
    version = make(ArticleVersion)
    ArticleVersion.objects.filter(pk=version.pk).update(title="Something else")


BROKEN: dict[str, Write] = {
    "Article.article_slug": lambda: twice(Article, slug="full-mailbox"),
    "Article.article_audience_known": lambda: make(Article, audience=UNKNOWN),
    "ArticleTranslation.articletranslation_locale": lambda: twice(
        ArticleTranslation, article=make(Article), locale="en"
    ),
    "ArticleTranslation.articletranslation_published_has_version": lambda: make(
        ArticleTranslation, state="published"
    ),
    "ArticleTranslation.articletranslation_locale_known": lambda: make(
        ArticleTranslation, locale="tlh"
    ),
    "ArticleTranslation.articletranslation_state_known": lambda: make(
        ArticleTranslation, state=UNKNOWN
    ),
    "ArticleVersion.articleversion_number": lambda: twice(
        ArticleVersion, translation=make(ArticleTranslation), number=1
    ),
    "ArticleVersion.articleversion_reviewer_not_author": reviewed_by_its_author,
    "ArticleVersion.articleversion_append_only": reworded,
}


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_the_database_refuses_what_breaks_a_rule(rule: str) -> None:
    assert refused_by(BROKEN[rule]) == rule.partition(".")[2]


@pytest.mark.parametrize("model", KNOWLEDGE, ids=lambda model: model.__name__)
def test_the_database_takes_a_row_that_breaks_none(model: type[models.Model]) -> None:
    assert refused_by(lambda: make(model)) == ""


def test_every_rule_is_broken_by_a_test() -> None:
    assert rules_of("knowledgebase") == set(BROKEN)
