"""Does everybody read what they have to, once, and only what is really there?"""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from deliveries.actor import Actor
from knowledgebase import articles, reviewing, training, training_modules
from knowledgebase.articles import Draft
from knowledgebase.models import (
    Article,
    ArticleVersion,
    Publication,
    TrainingCause,
    TrainingItem,
    TrainingModule,
)
from knowledgebase.refusals import Conflict, Forbidden, Invalid
from knowledgebase.training import Reopened
from knowledgebase.training_modules import Plan
from tests.people import Person
from tests.work import MAILBOX_FULL, category, make_article, publish_article

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
WEEK = timedelta(days=7)


def article_of(version: ArticleVersion) -> Article:
    return Article.objects.get(pk=version.translation.article_id)


def rewrite(
    version: ArticleVersion, body: str, *, publish: bool = True
) -> ArticleVersion:
    """A newer text of the same language."""
    words = Draft(version.title, body, version.translation.locale)
    newer = articles.write(article_of(version), words, author_id=None)
    if publish:
        publish_article(newer)
    return newer


def tell(version: ArticleVersion, knew: ArticleVersion, *people: Person) -> None:
    training.tell_readers(version, {each.user.pk: knew.pk for each in people}, NOW)


def item_of(person: Person) -> TrainingItem:
    rows = TrainingItem.objects.select_related("article_version__translation")
    return rows.get(person=person.user, understood_at=None)


def read(person: Person, item: TrainingItem | None = None) -> TrainingItem:
    """Open the text and say that it is understood."""
    item = item or item_of(person)
    shown = training.proof(item, training.texts(item))
    return training.complete(item.pk, person.user.pk, shown, timezone.now())


def plan(
    *versions: ArticleVersion, name: str = "First week", again: bool = False
) -> Plan:
    ids = [each.translation.article_id for each in versions]
    return Plan(name, "", 14, again, ids)


def make_module(actor: Actor, *people: Person, again: bool = False) -> TrainingModule:
    """A module of one published article, given to people."""
    text = make_article("Bounces", published=True)
    module = training_modules.create(actor, plan(text, again=again), NOW)
    ids = [each.user.pk for each in people]
    training_modules.assign(module.pk, ids, actor, NOW)
    module.refresh_from_db()
    return module


# --- what changed ---------------------------------------------------------------------


def test_who_knew_an_earlier_text_is_asked_to_read_the_new_one(ana: Person) -> None:
    first = make_article(published=True)
    second = rewrite(first, "Wait longer.")
    tell(second, first, ana)
    item = item_of(ana)
    assert (item.article_version, item.known_version) == (second, first)
    assert (item.cause, item.read_by) == ("article_changed", (NOW + WEEK).date())


def test_the_same_publication_never_asks_twice(ana: Person) -> None:
    first = make_article(published=True)
    second = rewrite(first, "Wait longer.")
    tell(second, first, ana)
    tell(second, first, ana)
    read(ana)
    tell(second, first, ana)
    assert TrainingItem.objects.count() == 1


def test_who_has_not_read_yet_reads_the_newest_in_its_place(ana: Person) -> None:
    first = make_article(published=True)
    second = rewrite(first, "Wait longer.")
    tell(second, first, ana)
    third = rewrite(second, "Wait until noon.")
    tell(third, second, ana)
    item = item_of(ana)
    assert (item.article_version, item.known_version) == (third, first)


def test_who_wrote_or_approved_a_text_knows_it(ana: Person, leo: Person) -> None:
    first = make_article(author=ana.user, published=True)
    words = Draft(first.title, "Wait longer.", "en")
    second = articles.write(article_of(first), words, author_id=ana.user.pk)
    ArticleVersion.objects.filter(pk=second.pk).update(reviewer=leo.user)
    second.refresh_from_db()
    tell(second, first, ana, leo)
    assert not TrainingItem.objects.exists()


def test_only_a_text_after_the_first_is_followed_to_its_readers() -> None:
    first = make_article(published=True)
    assert not Publication.objects.exists()
    second = rewrite(first, "Wait longer.")
    assert Publication.objects.get().version == second


# --- reading --------------------------------------------------------------------------


def test_nothing_is_understood_that_was_not_opened(ana: Person, leo: Person) -> None:
    first = make_article(published=True)
    second = rewrite(first, "Wait longer.")
    tell(second, first, ana, leo)
    item, others = item_of(ana), item_of(leo)
    of_leo = training.proof(others, training.texts(others))
    for shown in ("", "made up", of_leo):
        with pytest.raises(Invalid, match="Open the text"):
            training.complete(item.pk, ana.user.pk, shown, NOW)
    assert item_of(ana).understood_at is None


def test_a_text_that_was_published_anew_meanwhile_is_read_first(ana: Person) -> None:
    first = make_article(published=True)
    second = rewrite(first, "Wait longer.")
    tell(second, first, ana)
    item = item_of(ana)
    shown = training.proof(item, training.texts(item))
    third = rewrite(second, "Wait until noon.")
    with pytest.raises(Conflict) as conflict:
        training.complete(item.pk, ana.user.pk, shown, NOW)
    assert conflict.value.event is not None
    assert conflict.value.event.version == third
    assert read(ana).article_version == third


def test_an_older_proof_does_not_count_for_an_archived_text(
    ana: Person, leo: Person
) -> None:
    first = make_article(published=True)
    second = rewrite(first, "Wait longer.")
    tell(second, first, ana)
    item = item_of(ana)
    shown = training.proof(item, training.texts(item))
    reviewing.archive(article_of(second), "en", leo.actor, seen=second.number)
    assert not training.due(ana.user.pk).exists()
    with pytest.raises(Conflict):
        training.complete(item.pk, ana.user.pk, shown, NOW)


def test_reading_twice_changes_nothing(ana: Person) -> None:
    first = make_article(published=True)
    tell(rewrite(first, "Wait longer."), first, ana)
    done = read(ana)
    again = training.complete(done.pk, ana.user.pk, "", timezone.now())
    assert again.understood_at == done.understood_at


def test_anothers_item_is_not_there(ana: Person, leo: Person) -> None:
    first = make_article(published=True)
    tell(rewrite(first, "Wait longer."), first, ana)
    item = item_of(ana)
    shown = training.proof(item, training.texts(item))
    with pytest.raises(TrainingItem.DoesNotExist):
        training.complete(item.pk, leo.user.pk, shown, NOW)


def test_of_a_cause_one_reads_what_is_published_about_it(ana: Person) -> None:
    text = make_article(cause=MAILBOX_FULL, published=True)
    make_article("Not yet", cause=MAILBOX_FULL)
    cause = category(MAILBOX_FULL)
    training.tell_of_reopened([Reopened(ana.user.pk, cause.pk, "resolution:1")], NOW)
    item = item_of(ana)
    assert training.texts(item) == [text]
    assert training.title_of(item) == cause.name
    assert read(ana).understood_at is not None


# --- modules --------------------------------------------------------------------------


def test_a_module_gives_each_reader_its_articles(ana: Person, leo: Person) -> None:
    module = make_module(leo.actor, ana, leo)
    assert TrainingItem.objects.filter(module=module).count() == 2
    item = item_of(ana)
    assert (item.cause, item.round) == (TrainingCause.MODULE, 1)
    assert item.read_by == (NOW + timedelta(days=14)).date()
    assert training_modules.assign(module.pk, [ana.user.pk], leo.actor, NOW) == 0
    assert TrainingItem.objects.filter(module=module).count() == 2


def test_readers_get_what_is_new_and_lose_what_left(ana: Person, leo: Person) -> None:
    module = make_module(leo.actor, ana)
    other = make_article("Tokens", published=True)
    training_modules.change(
        module.pk, leo.actor, plan(other), seen=module.version, now=NOW
    )
    assert item_of(ana).article_version == other


def test_what_was_understood_stays_on_record(ana: Person, leo: Person) -> None:
    module = make_module(leo.actor, ana)
    done = read(ana)
    training_modules.release(module.pk, ana.user.pk, leo.actor)
    assert TrainingItem.objects.get() == done


def test_nobody_saves_a_module_over_what_they_have_not_seen(leo: Person) -> None:
    module = make_module(leo.actor)
    text = make_article("Tokens", published=True)
    training_modules.change(module.pk, leo.actor, plan(text), seen=1, now=NOW)
    with pytest.raises(Conflict):
        training_modules.change(module.pk, leo.actor, plan(text), seen=1, now=NOW)


def test_a_module_is_made_of_published_articles_under_a_free_name(leo: Person) -> None:
    text, hidden = make_article(published=True), make_article("Not yet")
    for wrong in (plan(), plan(hidden), plan(text, hidden)):
        with pytest.raises(Invalid):
            training_modules.create(leo.actor, wrong, NOW)
    training_modules.create(leo.actor, plan(text), NOW)
    with pytest.raises(Invalid, match="has this name"):
        training_modules.create(leo.actor, plan(text), NOW)
    assert TrainingModule.objects.count() == 1


def test_an_agent_keeps_no_module(ana: Person, leo: Person) -> None:
    module = make_module(leo.actor)
    with pytest.raises(Forbidden):
        training_modules.assign(module.pk, [ana.user.pk], ana.actor, NOW)
    with pytest.raises(Forbidden):
        training_modules.create(ana.actor, plan(), NOW)


def test_an_archived_module_rests_until_that_is_undone(
    ana: Person, leo: Person
) -> None:
    module = make_module(leo.actor, ana, again=True)
    training_modules.archive(module.pk, leo.actor, NOW)
    assert not training.due(ana.user.pk).exists()
    assert TrainingModule.objects.get().due_at is None
    training_modules.restore(module.pk, leo.actor, NOW)
    assert training.due(ana.user.pk).count() == 1
    assert TrainingModule.objects.get().due_at is not None


# --- refreshers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "first"),
    [
        ("2026-01-01T00:00:00+00:00", "2026-04-01T00:00:00+00:00"),
        ("2026-09-30T23:59:59+00:00", "2026-10-01T00:00:00+00:00"),
        ("2026-12-31T12:00:00+00:00", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_a_quarter_ends_where_the_next_begins(today: str, first: str) -> None:
    found = training_modules.next_quarter(datetime.fromisoformat(today))
    assert found == datetime.fromisoformat(first)


def test_a_new_quarter_asks_again_once(ana: Person, leo: Person) -> None:
    make_module(leo.actor, ana, leo, again=True)
    read(ana)
    now = timezone.now()
    TrainingModule.objects.update(due_at=now - timedelta(days=1))
    assert training_modules.refresh_due(now) == 1
    assert training_modules.refresh_due(now) == 0
    of_ana = TrainingItem.objects.filter(person=ana.user).order_by("pk")
    assert [each.understood_at is None for each in of_ana] == [False, True]
    # Leo has not read it yet: he goes on with the one that he has.
    still = item_of(leo)
    assert (still.round, still.read_by) == (2, (NOW + timedelta(days=14)).date())
    module = TrainingModule.objects.get()
    assert module.round == 2
    assert module.due_at == training_modules.next_quarter(now)


def test_a_module_without_refresher_is_never_due(leo: Person) -> None:
    make_module(leo.actor)
    assert training_modules.refresh_due(NOW + timedelta(days=900)) == 0
