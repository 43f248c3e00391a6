"""Does who looks after an article hear that it is out of date?"""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from knowledgebase import reviewing, schedule
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Locale,
    StaleReason,
)
from tests.people import Person
from tests.work import make_article
from triage import inbox
from triage.access import MACHINE
from triage.inbox import sweeping
from triage.models import StaffNotice

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def version(ana: Person) -> ArticleVersion:
    """A published article that Ana looks after."""
    made = make_article("Greylisting", published=True)
    Article.objects.update(owner=ana.user)
    return made


def now() -> datetime:
    return timezone.now() + timedelta(seconds=1)


def told(person: Person) -> list[str]:
    """What the inbox says, the newest first."""
    sweeping.sweep(now())
    context = person.browser.get("/inbox/").context
    return [str(each["text"]) for each in context["lines"]]


def mark(
    version: ArticleVersion, reason: StaleReason, by: Person | None = None
) -> None:
    reviewing.mark_stale(
        Article.objects.get(),
        version.translation.locale,
        by.actor if by else MACHINE,
        reason=reason,
        now=timezone.now(),
    )


def test_the_owner_hears_that_the_day_of_review_has_passed(
    ana: Person, leo: Person, version: ArticleVersion
) -> None:
    Article.objects.update(review_by=(timezone.now() - DAY).date())
    assert schedule.mark_overdue(timezone.now()) == 1
    words = "Please review your article, its day has passed: Greylisting"
    assert told(ana) == told(ana) == [words]
    assert told(leo) == []


def test_the_owner_hears_that_an_article_helps_less(
    ana: Person, version: ArticleVersion
) -> None:
    mark(version, StaleReason.EFFECT_FELL)
    assert told(ana) == ["Your article helps less than it did: Greylisting"]


def test_the_owner_hears_who_says_that_it_is_wrong(
    ana: Person, leo: Person, version: ArticleVersion
) -> None:
    mark(version, StaleReason.WRONG, by=leo)
    (line,) = told(ana)
    assert line.endswith("marked your article as out of date: Greylisting")


def test_nobody_hears_of_their_own_word(leo: Person, version: ArticleVersion) -> None:
    Article.objects.update(owner=leo.user)
    mark(version, StaleReason.WRONG, by=leo)
    assert told(leo) == []


def test_a_translation_that_follows_is_not_told_of(
    ana: Person, version: ArticleVersion
) -> None:
    mark(version, StaleReason.SOURCE_MOVED)
    assert told(ana) == []


def test_what_is_right_again_is_not_told_of(
    ana: Person, leo: Person, version: ArticleVersion
) -> None:
    mark(version, StaleReason.EFFECT_FELL)
    row = ArticleTranslation.objects.get()
    reviewing.confirm(
        row.article, row.locale, leo.actor, seen=version.number, now=timezone.now()
    )
    assert told(ana) == []


def test_two_languages_are_one_line(ana: Person, version: ArticleVersion) -> None:
    article = Article.objects.get()
    row = ArticleTranslation.objects.get()
    other = ArticleTranslation.objects.create(
        article=article, locale=Locale.ZH_HANS, state="draft"
    )
    text = ArticleVersion.objects.create(
        translation=other, number=1, title="灰名单", body="请稍等。"
    )
    ArticleTranslation.objects.filter(pk=other.pk).update(
        current_version=text, published_version=text, state="published"
    )
    for locale in (row.locale, other.locale):
        reviewing.mark_stale(
            article,
            locale,
            MACHINE,
            reason=StaleReason.EFFECT_FELL,
            now=timezone.now(),
        )
    assert len(told(ana)) == len(told(ana)) == 1


def test_an_article_of_nobody_is_told_to_nobody(
    ana: Person, version: ArticleVersion
) -> None:
    Article.objects.update(owner=None)
    mark(version, StaleReason.EFFECT_FELL)
    assert told(ana) == []
    assert not StaffNotice.objects.exists()


def test_the_line_is_on_my_day_and_leads_to_the_article(
    ana: Person, version: ArticleVersion
) -> None:
    mark(version, StaleReason.EFFECT_FELL)
    sweeping.sweep(now())
    assert "Your article helps less than it did" in ana.browser.get("/").text
    notice = StaffNotice.objects.get()
    answer = ana.browser.post(f"/inbox/{notice.pk}/")
    assert answer["Location"] == f"/knowledge/{Article.objects.get().slug}/"


def test_it_is_said_in_chinese_and_by_mail(
    ana: Person, version: ArticleVersion, settings: Settings
) -> None:
    settings.EMAIL_HOST = "mail.example"
    mark(version, StaleReason.EFFECT_FELL)
    sweeping.sweep(now())
    StaffNotice.objects.update(due_at=timezone.now() - DAY)
    inbox.mail_due(timezone.now())
    assert "Your article helps less than it did: Greylisting" in mail.outbox[0].body
    ana.browser.cookies["django_language"] = "zh-hans"
    page = ana.browser.get("/inbox/", headers={"Accept-Language": "zh-hans"}).text
    assert "您的文章效果不如从前：Greylisting" in page


def test_a_long_inbox_costs_no_more_queries(
    ana: Person, version: ArticleVersion
) -> None:
    counts = []
    for n in range(3):
        made = make_article(f"Article {n}", published=True)
        article = made.translation.article
        Article.objects.filter(pk=article.pk).update(owner=ana.user)
        reviewing.mark_stale(
            article, Locale.EN, MACHINE, reason=StaleReason.EFFECT_FELL, now=now()
        )
        sweeping.sweep(now())
        ana.browser.get("/inbox/")
        with CaptureQueriesContext(connection) as captured:
            ana.browser.get("/inbox/")
        counts.append(len(captured))
    assert len(set(counts)) == 1
