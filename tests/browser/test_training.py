"""Are the pages of training whole, for who reads and for who leads?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from knowledgebase import articles, training, training_modules
from knowledgebase.articles import Draft
from knowledgebase.models import TrainingItem
from knowledgebase.training import Reopened
from knowledgebase.training_modules import Plan
from tests.chromium import Desk, look_at
from tests.people import Person
from tests.work import MAILBOX_FULL, category, make_article, publish_article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def lessons(leo: Person, ana: Person) -> tuple[int, int]:
    """A changed article, a cause and a module to read; the item and the module."""
    now = timezone.now()
    first = make_article(
        "Ask for room", "Ask them.\n\nThen wait.", cause=MAILBOX_FULL, published=True
    )
    article = first.translation.article
    words = Draft("Ask for room", "Ask them twice.\n\nThen wait.", "en")
    second = articles.write(article, words, author_id=None)
    publish_article(second)
    training.tell_readers(second, {leo.user.pk: first.pk, ana.user.pk: first.pk}, now)
    about = Reopened(leo.user.pk, category(MAILBOX_FULL).pk, "resolution:1")
    training.tell_of_reopened([about], now)
    late = now.date() - timedelta(days=2)
    TrainingItem.objects.filter(category__isnull=False).update(read_by=late)
    other = make_article("Tokens", published=True).translation.article
    plan = Plan("First week", "第一周", 14, True, [article.pk, other.pk])
    module = training_modules.create(leo.actor, plan, now)
    training_modules.assign(module.pk, [ana.user.pk], leo.actor, now)
    return TrainingItem.objects.get(person=leo.user, category=None).pk, module.pk


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_training_is_whole(desk: Desk, leo: Person, ana: Person, language: str) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "training-empty", "/training/")
    look_at(visit, "team-training-empty", "/team/training/")
    item, module = lessons(leo, ana)
    look_at(visit, "training", "/training/")
    look_at(visit, "training-item", f"/training/{item}/")
    look_at(visit, "day-training", "/")
    look_at(visit, "team-training", "/team/training/")
    look_at(visit, "training-module", f"/team/training/{module}/")
    look_at(visit, "training-module-new", "/team/training/new/")
