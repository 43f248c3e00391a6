"""What do an asker and the moderators decide?"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from knowledgebase import articles
from knowledgebase.community import following
from knowledgebase.community.authors import Author
from knowledgebase.community.moving import locked, move
from knowledgebase.community.refused import NotNow
from knowledgebase.models import (
    REASON_MAX,
    Answer,
    Article,
    Moderation,
    Question,
    QuestionState,
)
from knowledgebase.refusals import Forbidden, Invalid

Q = QuestionState


def accept(found: Answer, author: Author, now: datetime) -> None:
    """Say that an answer solved it: the asker or a moderator, once."""
    with transaction.atomic():
        question = locked(found.question_id)
        _own(question, author)
        newest = Answer.objects.get(pk=found.pk)
        if newest.accepted_at is not None:
            return
        if not newest.is_shown:
            raise NotNow(_("This answer is not shown."))
        if question.state == Q.ACCEPTED:
            raise NotNow(_("Another answer is accepted already."))
        move(question, Q.ACCEPTED)
        Answer.objects.filter(pk=found.pk).update(accepted_at=now)


def close(found: Question, author: Author) -> None:
    """End a question without a solution: the asker or a moderator."""
    with transaction.atomic():
        question = locked(found.pk)
        _own(question, author)
        move(question, Q.CLOSED)


def convert(found: Question) -> Question:
    """Hand a question over to whoever takes it up; it takes no more answers.

    Needs an open transaction, in which the caller takes it up.
    """
    question = locked(found.pk)
    move(question, Q.CONVERTED)
    return question


def show(post: Question | Answer, person_id: int | None, now: datetime) -> None:
    """Let everybody read a text that was held or hidden; once, if pressed twice.

    Whoever follows the question hears of an answer, also if it is shown once more.
    """
    with transaction.atomic():
        question = _locked_with(post)
        if type(post).objects.shown().filter(pk=post.pk).exists():
            return
        _moderate(post, Moderation.SHOWN, "", person_id, now)
        if isinstance(post, Question):
            following.wake(post.pk, now)
            return
        following.announce(post, now)
        if question.state == Q.OPEN:
            move(question, Q.ANSWERED)


def hide(
    post: Question | Answer, reason: str, person_id: int | None, now: datetime
) -> None:
    """Take a text away from everybody but its author, who reads the reason.

    An accepted answer that is hidden is accepted no more; a question whose last answer
    is hidden is unanswered again.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX or "\0" in reason:
        raise Invalid("reason", _("Please say why, in a few words."))
    with transaction.atomic():
        question = _locked_with(post)
        if isinstance(post, Answer):
            Answer.objects.filter(pk=post.pk).update(accepted_at=None)
        _moderate(post, Moderation.HIDDEN, reason, person_id, now)
        if question.state in (Q.ANSWERED, Q.ACCEPTED):
            _fall_back(question)


def to_article(found: Answer, person_id: int | None) -> Article:
    """Begin an article from an answer, once; whoever asks again gets the same one.

    Neither author nor voters are in it, and the texts hold no personal data.
    """
    with transaction.atomic():
        rows = Answer.objects.select_for_update(of=("self",), no_key=True)
        answer = rows.select_related("question__category", "article").get(pk=found.pk)
        if answer.article is not None:
            made: Article = answer.article
            return made
        question = answer.question
        words = articles.Draft(question.title, answer.body, question.locale)
        causes = [question.category] if question.category else []
        version = articles.draft(words, categories=causes, author_id=person_id)
        article: Article = version.translation.article
        Answer.objects.filter(pk=answer.pk).update(article=article)
        return article


def _own(question: Question, author: Author) -> None:
    if not author.moderates and question.author_ref != author.ref:
        raise Forbidden("not_own")


def _locked_with(post: Question | Answer) -> Question:
    return locked(post.question_id if isinstance(post, Answer) else post.pk)


def _moderate(
    post: Question | Answer,
    moderation: str,
    reason: str,
    person_id: int | None,
    now: datetime,
) -> None:
    type(post).objects.filter(pk=post.pk).update(
        moderation=moderation,
        reason=reason,
        moderated_by_id=person_id,
        moderated_at=now,
    )


def _fall_back(question: Question) -> None:
    """Let the state follow the answers that are left."""
    left = question.answers.filter(moderation=Moderation.SHOWN)
    if left.filter(accepted_at__isnull=False).exists():
        return
    state = Q.ANSWERED if left.exists() else Q.OPEN
    if state != question.state:
        move(question, state)
