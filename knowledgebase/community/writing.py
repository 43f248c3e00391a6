"""How does a question, an answer or a vote come in?

Texts are stored without personal data and never changed. A doubtful one is held for a
moderator (``spam``); what was pressed twice is there once.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries import vault
from deliveries.models import FailureCategory
from knowledgebase import spam
from knowledgebase.community import budget, following
from knowledgebase.community.authors import Author
from knowledgebase.community.moving import TAKEN, locked, move
from knowledgebase.community.refused import NotNow
from knowledgebase.models import (
    POST_MAX,
    QUESTION_MAX,
    Answer,
    Moderation,
    Question,
    QuestionState,
    Vote,
)
from knowledgebase.refusals import Invalid
from knowledgebase.spam import Sent

MOST_ANSWERS = 100  # of one question; nobody reads more
MEMORY = timedelta(days=7)  # in which the same text again is doubtful


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks, as they typed it."""

    title: str
    body: str
    locale: str
    category: FailureCategory | None = None


def ask(asked: Asked, author: Author, sent: Sent, now: datetime) -> Question:
    """Take a question in; it may be held. Raises :class:`Invalid`, :class:`TooOften`.

    The same question of the same author is the one that there is already.
    """
    title = _kept("title", asked.title, QUESTION_MAX)
    body = _kept("body", asked.body, POST_MAX)
    digest = _digest(f"{title}\n{body}")
    budget.spend("ask", author, now)
    question, _made = Question.objects.get_or_create(
        author_ref=author.ref,
        digest=digest,
        defaults={
            "title": title,
            "body": body,
            "locale": asked.locale,
            "category": asked.category,
            "by_staff": author.by_staff,
            **_judged(f"{title}\n{body}", digest, author, sent, now),
        },
    )
    found: Question = question
    return found


def answer(
    question: Question, body: str, author: Author, sent: Sent, now: datetime
) -> Answer:
    """Take an answer in; it may be held. Raises also :class:`NotNow`."""
    kept = _kept("body", body, POST_MAX)
    budget.spend("answer", author, now)
    with transaction.atomic():
        asked = locked(question.pk)
        if not asked.is_shown or asked.state not in TAKEN:
            raise NotNow(_("This question takes no more answers."))
        if asked.answers.count() >= MOST_ANSWERS:
            raise NotNow(_("This question has answers enough."))
        digest = _digest(kept)
        found, made = Answer.objects.get_or_create(
            question=asked,
            author_ref=author.ref,
            digest=digest,
            defaults={
                "body": kept,
                "by_staff": author.by_staff,
                **_judged(kept, digest, author, sent, now),
            },
        )
        if made and found.is_shown:
            following.announce(found, now)
            if asked.state == QuestionState.OPEN:
                move(asked, QuestionState.ANSWERED)
    said: Answer = found
    return said


def vote(found: Answer, author: Author, now: datetime) -> bool:
    """Count that an answer helped, once an author; false if it was counted before."""
    if found.author_ref == author.ref:
        raise NotNow(_("This is your own answer."))
    budget.spend("vote", author, now)
    _row, made = Vote.objects.get_or_create(answer=found, voter_ref=author.ref)
    return made


def _kept(field: str, text: str, most: int) -> str:
    """A text as it is stored: tidy, and without personal data."""
    tidy = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    clean = "".join(
        sign for sign in tidy if sign == "\n" or unicodedata.category(sign) != "Cc"
    )
    kept = vault.redactor(vault.STAFF).text(clean).text
    if not kept:
        raise Invalid(field, _("Please write something here."))
    if len(clean) > most or len(kept) > most:
        raise Invalid(
            field, _("Please use at most %(max)d characters.") % {"max": most}
        )
    return kept


def _digest(text: str) -> str:
    """The same for texts that differ in nothing but spaces, case and width."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.sha256(plain.encode()).hexdigest()


def _judged(
    text: str, digest: str, author: Author, sent: Sent, now: datetime
) -> dict[str, Any]:
    """Whether a text is shown at once. What colleagues write is."""
    if author.by_staff:
        return {"moderation": Moderation.SHOWN}
    reason = spam.doubt(
        text,
        sent,
        is_new=not _is_known(author),
        is_repeated=_is_repeated(digest, now),
    )
    state = Moderation.HELD if reason else Moderation.SHOWN
    return {"moderation": state, "held_for": reason}


def _is_known(author: Author) -> bool:
    shown = (model.objects.shown() for model in (Question, Answer))
    return any(rows.filter(author_ref=author.ref).exists() for rows in shown)


def _is_repeated(digest: str, now: datetime) -> bool:
    recent = {"digest": digest, "created_at__gte": now - MEMORY}
    return any(model.objects.filter(**recent).exists() for model in (Question, Answer))
