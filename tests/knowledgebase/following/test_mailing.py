"""Do those who follow a question hear of what is new, seldom, and of nothing else?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from knowledgebase.community import following, mailing
from knowledgebase.models import Answer, Follower, Question
from tests.asking import HOME, press, say
from tests.following import (
    JO,
    SITE,
    an_hour_passes,
    follow,
    link_in,
    mail_out,
    wish,
    wish_in_chinese,
)
from tests.people import Person
from tests.rows import make

pytestmark = pytest.mark.django_db


# --- hearing of answers ---------------------------------------------------------------


def test_several_answers_are_told_in_one_mail_without_their_words(
    jo: Client, sam: Client, question: Question
) -> None:
    follow(jo, question)
    say(sam, question, "Look into the spam folder.")
    say(sam, question, "Restart the phone.")
    (sent,) = mail_out()
    assert sent.to == [JO]
    assert sent.subject == "2 new answers: Why does no code arrive?"
    assert f"{SITE}{HOME}{question.public_id}/?language=en" in sent.body
    assert "spam folder" not in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert mail_out() == []


def test_a_second_mail_waits_until_an_hour_is_over(
    jo: Client, sam: Client, question: Question
) -> None:
    follow(jo, question)
    say(sam, question, "One.")
    assert len(mail_out()) == 1
    say(sam, question, "Two.")
    say(sam, question, "Three.")
    assert mail_out() == []
    due = Follower.objects.get().due_at - timezone.now()
    assert timedelta(minutes=59) < due <= timedelta(hours=1)
    an_hour_passes()
    (sent,) = mail_out()
    assert sent.subject.startswith("2 new answers")


def test_nobody_hears_of_their_own_answer(
    jo: Client, sam: Client, question: Question
) -> None:
    follow(jo, question)
    say(jo, question, "I found it: the filter.")
    assert mail_out() == []
    say(sam, question, "So did I.")
    assert mail_out()[0].subject.startswith("1 new answer:")


def test_a_held_answer_is_told_once_a_moderator_shows_it(
    jo: Client, sam: Client, kim: Person, question: Question
) -> None:
    follow(jo, question)
    say(sam, question, "Wait.", stamp="")
    assert mail_out() == []
    held = Answer.objects.get()
    said = {"post": held.public_id, "decision": "show"}
    press(kim.browser, question, "decision", **said)
    press(kim.browser, question, "decision", **said)
    assert mail_out()[0].subject.startswith("1 new answer:")
    an_hour_passes()
    assert mail_out() == []


def test_an_answer_that_is_hidden_before_the_mail_is_not_told(
    jo: Client, sam: Client, kim: Person, question: Question
) -> None:
    follow(jo, question)
    say(sam, question, "Throw your phone away.")
    hide = {"decision": "hide", "reason": "It does harm."}
    found = Answer.objects.get().public_id
    press(kim.browser, question, "decision", post=found, **hide)
    assert mail_out() == []
    say(sam, question, "Or wait.")
    assert mail_out()[0].subject.startswith("1 new answer:")


def test_of_a_question_that_is_hidden_nothing_is_told_until_it_is_shown_again(
    jo: Client, sam: Client, kim: Person, question: Question
) -> None:
    row = follow(jo, question)
    say(sam, question, "Wait.")
    said = {"post": question.public_id}
    press(kim.browser, question, "decision", **said, decision="hide", reason="Spam.")
    assert mail_out() == []
    out = Client().get(f"{HOME}followers/{following.ending(row)}/").content.decode()
    assert question.title not in out
    press(kim.browser, question, "decision", **said, decision="show")
    assert len(mail_out()) == 1


def test_an_answer_that_comes_while_a_mail_is_sent_is_told_later(
    jo: Client, sam: Client, question: Question
) -> None:
    follow(jo, question)
    say(sam, question, "One.")
    Follower.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    (row,) = Follower.objects.claim(1)
    news = following.news_for(row)
    say(sam, question, "Two.")
    following.told(row, news, timezone.now())
    row.refresh_from_db()
    assert (news.count, row.told_through) == (1, 1)
    assert mail_out() == []
    an_hour_passes()
    assert mail_out()[0].subject.startswith("1 new answer:")


def test_the_mails_speak_the_language_of_the_page(
    jo: Client, sam: Client, question: Question
) -> None:
    wish_in_chinese(jo, question)
    (asking,) = mail_out()
    assert "新回答" in asking.subject
    link = link_in(asking, "confirmations")
    assert link.endswith("?language=zh-hans")
    jo.post(link)
    say(sam, question, "Wait.")
    (news,) = mail_out()
    assert news.subject == "1条新回答：Why does no code arrive?"
    assert "language=zh-hans" in news.body


def test_a_title_of_two_lines_breaks_no_header(jo: Client) -> None:
    question = make(Question, title="Why?\nBcc: eve@example.org")
    follow(jo, question)
    say(Client(), question, "Wait.")
    (sent,) = mail_out()
    assert sent.subject == "1 new answer: Why? Bcc: eve@example.org"
    assert sent.recipients() == [JO]


# --- when sending fails ---------------------------------------------------------------


def test_a_server_that_is_away_is_asked_again_for_a_day(
    jo: Client, sam: Client, question: Question, settings: Settings
) -> None:
    row = follow(jo, question)
    settings.EMAIL_BACKEND = "tests.triage.inbox.refusing.Backend"
    say(sam, question, "Wait.")
    mail_out()
    row.refresh_from_db()
    assert row.due_at > timezone.now() + timedelta(minutes=9)
    assert (row.tries, row.parked_at, row.mailed_at) == (0, None, None)
    day = timedelta(hours=25)
    Follower.objects.update(failing_since=timezone.now() - day, due_at=timezone.now())
    mail_out()
    row.refresh_from_db()
    assert (row.due_at, row.failing_since, row.told_through) == (None, None, 0)


def test_behind_a_mail_that_is_refused_the_others_wait_a_minute(
    jo: Client, sam: Client, question: Question, settings: Settings
) -> None:
    first = follow(jo, question)
    second = follow(sam, question, "sam@example.org")
    settings.EMAIL_BACKEND = "tests.triage.inbox.refusing.Backend"
    say(Client(), question, "Wait.")
    mail_out()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.failing_since is None, second.failing_since) == (False, None)
    waits = second.due_at - timezone.now()
    assert waits <= mailing.NEXT < first.due_at - timezone.now()
    assert (second.tries, second.parked_at) == (0, None)


def test_a_link_that_the_server_refuses_is_sent_later(
    jo: Client, question: Question, settings: Settings
) -> None:
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.triage.inbox.refusing.Backend"
    wish(jo, question)
    mail_out()
    settings.EMAIL_BACKEND = usual
    Follower.objects.update(due_at=timezone.now())
    assert len(mail_out()) == 1
    assert Follower.objects.get().due_at is None


def test_a_follower_at_whom_workers_die_is_parked_and_follows_anew(
    jo: Client, question: Question
) -> None:
    wish(jo, question)
    Follower.objects.update(tries=3)
    assert mail_out() == []
    row = Follower.objects.get()
    assert row.parked_at is not None
    Follower.objects.update(expires_at=timezone.now())
    wish(jo, question)
    assert len(mail_out()) == 1


def test_an_address_that_no_key_opens_is_parked_alone(
    jo: Client, sam: Client, question: Question
) -> None:
    row = follow(jo, question)
    follow(sam, question, "sam@example.org")
    Follower.objects.filter(pk=row.pk).update(sealed_address=b"from elsewhere")
    say(Client(), question, "Wait.")
    (sent,) = mail_out()
    assert sent.to == ["sam@example.org"]
    row.refresh_from_db()
    assert row.parked_at is not None


def test_a_worker_that_dies_while_it_sends_loses_nothing(
    jo: Client, sam: Client, question: Question
) -> None:
    follow(jo, question)
    say(sam, question, "Wait.")
    Follower.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert len(Follower.objects.claim(1, mailing.LEASE)) == 1
    assert mail_out() == []  # the lease of the dead is in force
    Follower.objects.update(due_at=timezone.now())
    (sent,) = mail_out()
    assert sent.subject.startswith("1 new answer:")
