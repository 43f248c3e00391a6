"""How is a question or an answer put before a reader?"""

from typing import Any

from django.utils.safestring import mark_safe

from deliveries import language
from knowledgebase.community import Author
from knowledgebase.markup import to_html, to_text
from knowledgebase.models import (
    Answer,
    ArticleVersion,
    HeldFor,
    Question,
    QuestionState,
)
from knowledgebase.web.community_frame import url_of

SUMMARY = 180  # characters of a text in a list
LIVE = (QuestionState.OPEN, QuestionState.ANSWERED)
TAKEN = (*LIVE, QuestionState.ACCEPTED)


def line(question: Question) -> dict[str, Any]:
    """A question in a list; it was listed with how many answers it has."""
    return {
        "title": question.title,
        "url": url_of(question.public_id),
        "summary": summary(question.body),
        "locale": question.locale,
        "state": question.state,
        "state_label": question.get_state_display(),
        "category": question.category.name if question.category else "",
        "answers": getattr(question, "said", 0),
        "at": question.created_at,
    }


def alike(question: Question) -> dict[str, str]:
    """A question that may be the one that is being asked."""
    return {
        "title": question.title,
        "url": url_of(question.public_id),
        "locale": question.locale,
        "summary": summary(question.body),
    }


def post(found: Question | Answer, author: Author) -> dict[str, Any]:
    """The text itself, with what its author and a moderator read beside it."""
    own = bool(author.ref) and found.author_ref == author.ref
    return {
        "id": found.public_id,
        "body": mark_safe(to_html(found.body)),  # noqa: S308  # sanitised there
        "at": found.created_at,
        "own": own,
        "by_staff": found.by_staff,
        "moderation": found.moderation,
        "moderation_label": found.get_moderation_display(),
        "held_for": HeldFor(found.held_for).label
        if found.held_for and author.moderates
        else "",
        "reason": found.reason,
    }


def question(found: Question, author: Author) -> dict[str, Any]:
    """A question on its page, with what may be done with it."""
    own = found.author_ref == author.ref and bool(author.ref)
    live = found.state in LIVE
    return {
        **post(found, author),
        "title": found.title,
        "locale": found.locale,
        "state": found.state,
        "state_label": found.get_state_display(),
        "category": found.category,
        "takes_answers": found.is_shown and found.state in TAKEN,
        "may_close": live and (own or author.moderates),
        "may_convert": live and author.moderates,
    }


def answer(found: Answer, asked: Question, author: Author) -> dict[str, Any]:
    """An answer on the page of its question; it comes with its votes counted."""
    own = bool(author.ref) and asked.author_ref == author.ref
    return {
        **post(found, author),
        "accepted": found.accepted_at is not None,
        "by_asker": found.author_ref == asked.author_ref,
        "helped": getattr(found, "helped", 0),
        "may_vote": found.is_shown and found.author_ref != author.ref,
        "may_accept": asked.state == QuestionState.ANSWERED
        and found.is_shown
        and (own or author.moderates),
        "article": found.article_id,
    }


def text(version: ArticleVersion) -> dict[str, str]:
    """A text of the help centre that says what is asked or was answered."""
    row = version.translation
    return {
        "title": version.title,
        # The help centre is of the app above; this one knows where its texts lie.
        "url": f"/help/{row.article.slug}/?language={language.current()}",
        "locale": row.locale,
        "summary": summary(version.body),
    }


def summary(body: str) -> str:
    """The beginning of a text, in plain words."""
    text = to_text(body)
    return text if len(text) <= SUMMARY else text[:SUMMARY].rstrip() + "…"
