"""Are the questions of the benchmark sound, and does the search answer them?"""

from collections import Counter

import pytest
from django.utils import timezone

from benchmarks import knowledge_inside
from deliveries import taxonomy
from knowledgebase import importing
from knowledgebase.models import Article, Audience
from knowledgebase.search import words

pytestmark = pytest.mark.django_db


def test_every_question_is_asked_once_and_has_an_answer_that_can_be() -> None:
    asked = list(knowledge_inside.questions(knowledge_inside.FIRST))
    assert min(Counter(each.language for each in asked).values()) >= 100
    assert len({(each.language, each.text) for each in asked}) == len(asked)
    slugs = {category.slug for category in taxonomy.load().categories}
    guides = {path.name.split(".")[0] for path in importing.STARTER.glob("guides/*")}
    answers = set().union(*(each.answers for each in asked))
    assert answers - slugs - guides == set()
    assert slugs - answers == set()  # no cause that nobody asks about


def test_what_the_second_author_asks_has_answers_that_can_be() -> None:
    asked = list(knowledge_inside.questions(knowledge_inside.SECOND))
    assert min(Counter(each.language for each in asked).values()) >= 100
    assert len({(each.language, each.text) for each in asked}) == len(asked)
    pages = importing.pages(importing.STARTER)
    answers = set().union(*(each.answers for each in asked))
    assert answers - {page.slug for page in pages} == set()
    needed = {page.slug for page in pages if page.audience != Audience.TIP}
    assert needed - answers == set()  # no article that nobody asks for


def test_the_right_article_is_among_the_first_three() -> None:
    importing.import_starter(timezone.now())
    words.refresh()
    asked = list(knowledge_inside.questions(knowledge_inside.FIRST))
    figures = knowledge_inside.scores(asked)
    assert figures["top3_en"] >= 0.9
    assert figures["top3_zh"] >= 0.9


def test_made_up_articles_are_published_in_both_languages() -> None:
    importing.import_starter(timezone.now())
    number = Article.objects.count() + 3
    knowledge_inside.fill(number)
    assert Article.objects.count() == number
    newest = Article.objects.with_versions_for_list().latest("pk")
    assert [row.is_readable for row in newest.translations.all()] == [True, True]
