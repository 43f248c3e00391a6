"""Does one of two win when people press at the same time?"""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from knowledgebase.community import Author, NotNow, accept, following, vote
from knowledgebase.community.moving import locked
from knowledgebase.models import Answer, Follower, Question, Vote
from tests.rows import make
from tests.side_by_side import Other

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_answers_that_are_accepted_at_once_one_is() -> None:
    question = make(Question, state="answered", author_ref="asker")
    first, second = (make(Answer, question=question) for _ in range(2))
    author, now = Author("asker"), timezone.now()
    with transaction.atomic():
        locked(question.pk)
        other = Other(lambda: accept(second, author, now)).until_it_waits()
        accept(first, author, now)
    with pytest.raises(NotNow):
        other.end()
    accepted = Answer.objects.filter(accepted_at__isnull=False)
    assert list(accepted) == [first]
    assert not connection.in_atomic_block


def test_a_vote_that_is_pressed_twice_at_once_counts_once() -> None:
    answer = make(Answer)
    author, now = Author("reader", network="net:1"), timezone.now()
    with transaction.atomic():
        Vote.objects.create(answer=answer, voter_ref=author.ref)
        other = Other(lambda: vote(answer, author, now)).until_it_waits()
    assert other.end() is False
    assert Vote.objects.count() == 1


def test_an_answer_that_comes_while_a_mail_is_recorded_is_not_passed_over() -> None:
    now = timezone.now()
    follower = make(
        Follower, expires_at=None, confirmed_at=now, token_digest="d", due_at=now
    )
    question = follower.question
    news = following.news_for(follower)
    with transaction.atomic():
        locked(question.pk)
        other = Other(lambda: following.told(follower, news, now)).until_it_waits()
        following.announce(make(Answer, question=question), now)
    other.end()
    follower.refresh_from_db()
    assert (follower.told_through, follower.due_at) == (0, now)
    assert following.news_for(follower).count == 1
