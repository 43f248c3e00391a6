"""Does a text reach its readers through two people, and leave a trace of each step?"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from knowledgebase import articles, describing, history, reviewing, schedule
from knowledgebase.articles import TIP_MAX, Draft
from knowledgebase.models import (
    TRANSITIONS,
    Article,
    ArticleAct,
    ArticleTranslation,
    ArticleVersion,
    StaleReason,
    TranslationState,
)
from knowledgebase.refusals import Conflict, Forbidden, Invalid
from tests.people import Person
from tests.side_by_side import Other
from tests.work import make_article, publish_article
from triage.access import MACHINE

pytestmark = pytest.mark.django_db

S = TranslationState
NOW = timezone.now()


def row(version: ArticleVersion) -> ArticleTranslation:
    return ArticleTranslation.objects.get(pk=version.translation_id)


def article_of(version: ArticleVersion) -> Article:
    return Article.objects.get(pk=version.translation.article_id)


def acts(version: ArticleVersion) -> list[str]:
    return [each.act for each in history.of_article(article_of(version))][::-1]


def rewrite(version: ArticleVersion, body: str, locale: str = "en") -> ArticleVersion:
    words = Draft(version.title, body, locale)
    return articles.write(article_of(version), words, author_id=version.author_id)


def send(version: ArticleVersion, by: Person) -> None:
    reviewing.send(article_of(version), "en", by.actor, seen=version.number)


def approve(version: ArticleVersion, by: Person, **when: object) -> None:
    reviewing.approve(
        article_of(version), "en", by.actor, seen=version.number, now=NOW, **when
    )  # type: ignore[arg-type]


def test_ana_writes_and_leo_publishes(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    send(version, ana)
    assert row(version).state == S.IN_REVIEW
    approve(version, leo)
    found = row(version)
    version.refresh_from_db()
    assert (found.state, found.published_version) == (S.PUBLISHED, version)
    assert (version.reviewer, version.published_at) == (leo.user, NOW)
    assert acts(version) == ["written", "sent", "published"]
    assert article_of(version).review_by == (NOW + reviewing.REVIEW_EVERY).date()


def test_nobody_approves_their_own_words(leo: Person) -> None:
    version = make_article(author=leo.user)
    send(version, leo)
    with pytest.raises(Forbidden, match="own_words"):
        approve(version, leo)
    assert row(version).state == S.IN_REVIEW


def test_an_agent_approves_nothing(ana: Person, kim: Person) -> None:
    version = make_article(author=ana.user)
    send(version, ana)
    for person in (ana, kim):
        with pytest.raises(Forbidden):
            approve(version, person)


def test_what_is_sent_back_says_why(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    send(version, ana)
    article = article_of(version)
    with pytest.raises(Invalid):
        reviewing.send_back(article, "en", leo.actor, seen=1, note="  ")
    reviewing.send_back(article, "en", leo.actor, seen=1, note="Which code?")
    assert row(version).state == S.DRAFT
    last = history.of_article(article)[0]
    assert (last.act, last.note, last.actor) == ("sent_back", "Which code?", leo.user)


def test_readers_keep_the_published_text_while_a_new_one_is_in_work(
    ana: Person,
) -> None:
    first = make_article(author=ana.user)
    publish_article(first)
    second = rewrite(first, "Better.")
    found = row(first)
    assert (found.state, found.published_version, found.current_version) == (
        S.DRAFT,
        first,
        second,
    )
    publish_article(second)
    assert row(first).published_version == second


def test_the_same_words_again_make_no_version(ana: Person) -> None:
    version = make_article(author=ana.user)
    assert rewrite(version, version.body + "\r\n") == version
    assert acts(version) == ["written"]


def test_who_edits_an_older_text_is_told_who_was_first(
    ana: Person, leo: Person
) -> None:
    version = make_article(author=ana.user)
    words = Draft("Mine", "Text", "en")
    article = article_of(version)
    articles.write(article, words, author_id=leo.user.pk, base=1)
    with pytest.raises(Conflict) as conflict:
        articles.write(article, words, author_id=ana.user.pk, base=1)
    event = conflict.value.event
    assert event is not None
    assert (event.act, event.actor) == (ArticleAct.WRITTEN, leo.user)


def test_a_step_about_an_older_text_is_refused(ana: Person, leo: Person) -> None:
    first = make_article(author=ana.user)
    second = rewrite(first, "Better.")
    with pytest.raises(Conflict):
        send(first, ana)
    send(second, ana)
    with pytest.raises(Conflict):
        approve(first, leo)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins(
    ana: Person, leo: Person, mia: Person
) -> None:
    version = make_article(author=ana.user)
    send(version, ana)
    other = Other(lambda: approve(version, mia))
    approve(version, leo)
    with pytest.raises(Conflict):
        other.end()
    assert acts(version).count("published") == 1


def test_a_text_is_published_at_the_time_it_was_approved_for(
    ana: Person, leo: Person
) -> None:
    version = make_article(author=ana.user)
    send(version, ana)
    later = NOW + timedelta(hours=1)
    approve(version, leo, publish_at=later)
    found = row(version)
    assert (found.state, found.publish_at, found.due_at) == (S.IN_REVIEW, later, later)
    assert schedule.publish_due(NOW) == 0
    ArticleTranslation.objects.update(due_at=NOW - timedelta(seconds=1))
    assert schedule.publish_due(NOW) == 1
    assert schedule.publish_due(NOW) == 0
    found = row(version)
    assert (found.state, found.publish_at, found.due_at) == (S.PUBLISHED, None, None)
    last = history.of_article(article_of(version))[0]
    assert (last.act, last.actor) == ("published", None)


@pytest.mark.parametrize("step", ["rewrite", "withdraw", "archive"])
def test_what_changes_meanwhile_is_not_published_by_the_clock(
    ana: Person, leo: Person, step: str
) -> None:
    version = make_article(author=ana.user)
    send(version, ana)
    approve(version, leo, publish_at=NOW + timedelta(hours=1))
    article = article_of(version)
    steps: dict[str, Callable[[], object]] = {
        "rewrite": lambda: rewrite(version, "Other."),
        "withdraw": lambda: reviewing.withdraw(article, "en", ana.actor, seen=1),
        "archive": lambda: reviewing.archive(article, "en", leo.actor, seen=1),
    }
    steps[step]()
    assert row(version).due_at is None
    assert schedule.publish_due(NOW + timedelta(days=1)) == 0
    assert row(version).published_version is None


def test_what_cannot_be_published_is_parked_and_said(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    send(version, ana)
    approve(version, leo, publish_at=NOW + timedelta(hours=1))
    ArticleTranslation.objects.update(due_at=NOW - timedelta(hours=1), tries=3)
    assert schedule.publish_due(NOW) == 0
    assert row(version).parked_at == NOW
    assert acts(version)[-1] == "given_up"


def test_another_language_becomes_stale_when_its_source_moves_on(ana: Person) -> None:
    english = make_article(author=ana.user)
    publish_article(english)
    chinese = rewrite(english, "请等待。", "zh-hans")
    publish_article(chinese)
    assert chinese.source_version == english
    newer = rewrite(english, "Wait longer.")
    assert row(chinese).state == S.PUBLISHED
    publish_article(newer)
    assert row(chinese).state == S.STALE
    article = Article.objects.with_versions_for_list().get(pk=article_of(english).pk)
    translation = article.translation_in("zh-hans")
    assert translation is not None
    assert article.is_outdated(translation)
    followed = rewrite(english, "请等待。", "zh-hans")
    assert (followed.number, followed.source_version) == (2, newer)


def test_a_stale_text_is_confirmed_or_written_anew(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    publish_article(version)
    article = article_of(version)
    reviewing.mark_stale(
        article, "en", MACHINE, reason=StaleReason.EFFECT_FELL, now=NOW
    )
    assert (row(version).state, row(version).stale_at) == (S.STALE, NOW)
    reviewing.confirm(article, "en", leo.actor, seen=1, now=NOW)
    assert (row(version).state, row(version).stale_at) == (S.PUBLISHED, None)
    reviewing.mark_stale(article, "en", leo.actor, reason=StaleReason.WRONG, now=NOW)
    rewrite(version, "Right.")
    assert (
        row(version).stale_at == NOW
    )  # readers are warned until there is a better one
    assert acts(version)[-4:] == [
        "marked_stale",
        "confirmed",
        "marked_stale",
        "written",
    ]


def test_what_nobody_looked_at_becomes_stale(ana: Person) -> None:
    version = make_article(author=ana.user)
    publish_article(version)
    assert schedule.mark_overdue(NOW) == 0
    later = NOW + reviewing.REVIEW_EVERY + timedelta(days=2)
    assert schedule.mark_overdue(later) == 1
    assert schedule.mark_overdue(later) == 0
    assert row(version).state == S.STALE


def test_an_archived_article_comes_back_as_a_draft(ana: Person, leo: Person) -> None:
    version = make_article(author=ana.user)
    publish_article(version)
    article = article_of(version)
    reviewing.archive(article, "en", leo.actor, seen=1)
    assert not row(version).is_readable
    with pytest.raises(Invalid):
        rewrite(version, "Anyway.")
    reviewing.restore(article, "en", leo.actor, seen=1)
    assert (row(version).state, row(version).published_version) == (S.DRAFT, None)
    publish_article(version)
    assert row(version).published_version == version


def test_a_long_tip_and_an_article_about_nothing_are_not_sent(ana: Person) -> None:
    version = make_article(body="x" * (TIP_MAX + 1), author=ana.user)
    article = article_of(version)
    Article.objects.update(audience="tip")
    with pytest.raises(Invalid):
        send(version, ana)
    Article.objects.update(audience="internal")
    article.categories.clear()
    with pytest.raises(Invalid):
        send(version, ana)


def test_only_who_publishes_shows_a_published_text_to_others(
    ana: Person, leo: Person
) -> None:
    version = make_article(author=ana.user)
    publish_article(version)
    article = article_of(version)
    about = articles.About(list(article.categories.all()), audience="public")
    with pytest.raises(Invalid):
        describing.describe(article, about, ana.actor)
    about = articles.About(
        about.categories, audience="public", review_by=article.review_by,
        owner_id=ana.user.pk,
    )  # fmt: skip
    assert describing.describe(article, about, leo.actor, version=0) == ["audience"]
    with pytest.raises(Conflict):
        describing.describe(
            article, articles.About(about.categories), leo.actor, version=0
        )


def test_every_state_can_be_left_and_none_leads_to_an_unknown_one() -> None:
    assert set(TRANSITIONS) == set(S)
    assert all(TRANSITIONS.values())
    assert set().union(*TRANSITIONS.values()) == set(S)
