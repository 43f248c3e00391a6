"""Does the machine ask the right people to learn, once, and remind them once?"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from knowledgebase import articles, training
from knowledgebase.articles import Draft
from knowledgebase.models import Article, ArticleVersion, Publication, TrainingItem
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    category,
    make_article,
    make_ticket,
    publish_article,
)
from triage import inbox, resolution, retraining, tickets
from triage.inbox import sweeping
from triage.models import (
    ReportState,
    Resolution,
    StaffNotice,
    StaffNoticeKind,
    Ticket,
)
from triage.resolution import Answer

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def solve(by: Person, version: ArticleVersion | None = None) -> Resolution:
    ticket = make_ticket(cause=MAILBOX_FULL)
    answer = Answer(category(MAILBOX_FULL), article_version=version)
    return resolution.resolve(ticket.number, by.actor, answer, now=timezone.now())


def reopen(row: Resolution, by: Person, at: datetime | None = None) -> None:
    now = at or timezone.now()
    tickets.reopen(row.ticket.number, by.actor, reason="Still not", now=now)


def publish_anew(version: ArticleVersion, body: str) -> ArticleVersion:
    article = Article.objects.get(pk=version.translation.article_id)
    newer = articles.write(article, Draft(version.title, body, "en"), author_id=None)
    publish_article(newer)
    # Due before the transaction of the test began, which is the database's clock.
    Publication.objects.filter(version=newer).update(due_at=timezone.now() - DAY)
    return newer


def read(item: TrainingItem, at: datetime) -> None:
    shown = training.proof(item, training.texts(item))
    training.complete(item.pk, item.person_id, shown, at)


def items_of(person: Person) -> list[TrainingItem]:
    rows = TrainingItem.objects.filter(person=person.user).order_by("pk")
    return list(rows.select_related("article_version__translation"))


# --- articles -------------------------------------------------------------------------


def test_who_cited_an_article_hears_that_it_was_published_anew(
    ana: Person, leo: Person
) -> None:
    first = make_article(cause=MAILBOX_FULL, published=True)
    solve(ana, first)
    second = publish_anew(first, "Ask them to empty it.")
    assert retraining.follow_publications(timezone.now()) == 1
    (item,) = items_of(ana)
    assert (item.article_version, item.known_version) == (second, first)
    assert items_of(leo) == []


def test_who_understood_an_earlier_text_hears_of_the_next(ana: Person) -> None:
    first = make_article(cause=MAILBOX_FULL, published=True)
    solve(ana, first)
    second = publish_anew(first, "Ask them to empty it.")
    retraining.follow_publications(timezone.now())
    read(items_of(ana)[0], timezone.now())
    third = publish_anew(second, "Ask them twice.")
    retraining.follow_publications(timezone.now())
    newest = items_of(ana)[-1]
    assert (newest.article_version, newest.known_version) == (third, second)


def test_a_second_look_makes_nothing(ana: Person) -> None:
    first = make_article(cause=MAILBOX_FULL, published=True)
    solve(ana, first)
    publish_anew(first, "Ask them to empty it.")
    retraining.follow_publications(timezone.now())
    Publication.objects.update(due_at=timezone.now() - DAY)
    assert retraining.follow_publications(timezone.now()) == 1
    assert len(items_of(ana)) == 1
    assert retraining.follow_publications(timezone.now()) == 0


def test_who_has_left_is_asked_nothing(ana: Person) -> None:
    first = make_article(cause=MAILBOX_FULL, published=True)
    solve(ana, first)
    solve(ana)
    reopen(Resolution.objects.order_by("-pk")[0], ana)
    type(ana.user).objects.filter(pk=ana.user.pk).update(is_active=False)
    publish_anew(first, "Ask them to empty it.")
    retraining.follow_publications(timezone.now())
    retraining.follow_reopened(timezone.now())
    assert items_of(ana) == []


def test_what_cannot_be_followed_three_times_is_parked() -> None:
    first = make_article(published=True)
    publish_anew(first, "Ask them to empty it.")
    Publication.objects.update(tries=3)
    assert retraining.follow_publications(timezone.now()) == 0
    assert Publication.objects.get().parked_at is not None


# --- tickets that came back -----------------------------------------------------------


def test_a_resolution_that_did_not_hold_teaches_its_author_about_the_cause(
    ana: Person, leo: Person
) -> None:
    reopen(solve(ana), leo)
    assert retraining.follow_reopened(timezone.now()) == 1
    (item,) = items_of(ana)
    assert (item.cause, item.category) == ("own_reopened", category(MAILBOX_FULL))
    assert items_of(leo) == []
    assert retraining.follow_reopened(timezone.now()) == 0


def test_one_that_held_and_came_back_teaches_as_well(ana: Person) -> None:
    row = solve(ana)
    row.ticket.reports.update(state=ReportState.VERIFIED)
    locked = Ticket.objects.select_for_update().get(pk=row.ticket_id)
    resolution.settle(locked, timezone.now())
    reopen(row, ana)
    row.refresh_from_db()
    assert row.state == "regressed"
    assert retraining.follow_reopened(timezone.now()) == 1


def test_a_cause_is_read_once_at_a_time_and_again_when_it_comes_back(
    ana: Person,
) -> None:
    start = timezone.now()
    reopen(solve(ana), ana, start)
    reopen(solve(ana), ana, start)
    retraining.follow_reopened(start)
    retraining.follow_reopened(start)
    (item,) = items_of(ana)
    read(item, start + timedelta(minutes=5))
    assert retraining.follow_reopened(start + timedelta(minutes=6)) == 0
    reopen(solve(ana), ana, start + timedelta(hours=1))
    assert retraining.follow_reopened(start + timedelta(hours=2)) == 1
    assert len(items_of(ana)) == 2


# --- reminders ------------------------------------------------------------------------


def remind_on(day: datetime) -> list[str]:
    sweeping.sweep(day)
    rows = StaffNotice.objects.filter(training_item__isnull=False).order_by("pk")
    return [each.kind for each in rows]


def test_people_are_reminded_two_days_before_and_when_it_is_overdue(
    ana: Person,
) -> None:
    reopen(solve(ana), ana)
    now = timezone.now()
    retraining.follow_reopened(now)
    due, late = StaffNoticeKind.TRAINING_DUE, StaffNoticeKind.TRAINING_LATE
    assert remind_on(now + 4 * DAY) == []
    assert remind_on(now + 5 * DAY) == [due]
    assert remind_on(now + 6 * DAY) == [due]
    assert remind_on(now + 7 * DAY) == [due]
    assert remind_on(now + 8 * DAY) == [due, late]
    assert remind_on(now + 9 * DAY) == [due, late]


def test_who_has_understood_is_not_reminded(ana: Person) -> None:
    reopen(solve(ana), ana)
    retraining.follow_reopened(timezone.now())
    read(items_of(ana)[0], timezone.now())
    assert remind_on(timezone.now() + 20 * DAY) == []


def test_a_reminder_is_read_in_the_inbox_and_leads_to_the_text(ana: Person) -> None:
    reopen(solve(ana), ana)
    retraining.follow_reopened(timezone.now())
    remind_on(timezone.now() + 5 * DAY)
    notice = StaffNotice.objects.get(training_item__isnull=False)
    assert category(MAILBOX_FULL).name in ana.browser.get("/inbox/").text
    answer = ana.browser.post(f"/inbox/{notice.pk}/")
    assert answer["Location"] == f"/training/{notice.training_item_id}/"


def test_a_reminder_goes_out_by_mail(ana: Person, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example"
    reopen(solve(ana), ana)
    retraining.follow_reopened(timezone.now())
    remind_on(timezone.now() + 8 * DAY)
    StaffNotice.objects.update(due_at=timezone.now() - DAY)
    inbox.mail_due(timezone.now())
    assert category(MAILBOX_FULL).name in mail.outbox[0].body
    assert "Overdue since" in mail.outbox[0].body
