"""What do tests ask in the community, and how does a browser write there?"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from knowledgebase.community import following
from knowledgebase.models import Answer, Follower, Question
from knowledgebase.web import community_frame
from tests.rows import make

HOME = "/community/"
AGO = timedelta(minutes=5)
LINK = "the-link-of-a-mail"


def make_scene() -> Answer:
    """A question with an answer, both by readers, and who may follow it."""
    question = make(Question, state="answered")
    make(
        Follower,
        question=question,
        token_digest=hashlib.sha256(LINK.encode()).hexdigest(),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    return make(Answer, question=question)


def stamp(ago: timedelta = AGO) -> str:
    """What a form that was given out some time ago carries."""
    then = timezone.now() - ago
    with patch.object(community_frame.timezone, "now", lambda: then):
        return community_frame.stamp()


def ask(client: Client, **said: str) -> HttpResponse:
    """Ask as a person does: having read what is alike, at a person's speed."""
    words = {
        "title": "Why does no code arrive?",
        "body": "I waited an hour.",
        "stamp": stamp(),
        "sure": "1",
    }
    answer: HttpResponse = client.post(f"{HOME}ask/?language=en", {**words, **said})
    return answer


def say(client: Client, question: Question, body: str, **said: str) -> HttpResponse:
    """Answer a question as a person does."""
    path = f"{HOME}{question.public_id}/answers/?language=en"
    answer: HttpResponse = client.post(path, {"body": body, "stamp": stamp(), **said})
    return answer


def press(client: Client, question: Question, what: str, **said: str) -> HttpResponse:
    """Press a button of a question's page."""
    path = f"{HOME}{question.public_id}/{what}/?language=en"
    answer: HttpResponse = client.post(path, said)
    return answer


def _first() -> Answer:
    return Answer.objects.select_related("question").earliest("pk")


def values() -> dict[str, Any]:
    """What the addresses of the community name."""
    row = Follower.objects.first()
    return {
        "question": _first().question.public_id,
        "confirmation": LINK,
        "follower": following.ending(row) if row else "",
    }


Data = Callable[[Any], dict[str, Any]]
PAGES = (
    ("GET", "community", "community.read"),
    ("GET", "community_question", "community.read"),
    ("GET", "community_ask", "community.post"),
    ("GET", "community_confirmation", "community.follow"),
    ("GET", "community_follower", "community.follow"),
    ("GET", "community_moderation", "community.moderate"),
)
POSTED: tuple[tuple[str, str, str, Data], ...] = (
    (
        "POST",
        "community_ask",
        "community.post",
        lambda scene: {"title": "Why twice?", "body": "It came twice.", "sure": "1"},
    ),
    (
        "POST",
        "community_answers",
        "community.answer",
        lambda scene: {"body": "Ask your provider."},
    ),
    (
        "POST",
        "community_votes",
        "community.vote",
        lambda scene: {"answer": _first().public_id},
    ),
    (
        "POST",
        "community_decision",
        "community.moderate",
        lambda scene: {
            "post": _first().public_id,
            "decision": "hide",
            "reason": "It is wrong.",
        },
    ),
    (
        "POST",
        "community_article",
        "community.moderate",
        lambda scene: {"answer": _first().public_id},
    ),
    (
        "POST",
        "community_report",
        "community.moderate",
        lambda scene: {"source": scene.message.source.slug, "channel": "email"},
    ),
)
# Only for who asked, or for moderators.
OWN: tuple[tuple[str, str, str, Data], ...] = (
    (
        "POST",
        "community_acceptance",
        "community.post",
        lambda scene: {"answer": _first().public_id},
    ),
    ("POST", "community_closing", "community.post", lambda scene: {}),
)
# For everybody who has the link of a mail; without a mail server nobody gets one.
FOLLOWING: tuple[tuple[str, str, str, Data], ...] = (
    (
        "POST",
        "community_followers",
        "community.follow",
        lambda scene: {"email": "ana@example.org"},
    ),
    ("POST", "community_confirmation", "community.follow", lambda scene: {}),
    ("POST", "community_follower", "community.follow", lambda scene: {}),
)
