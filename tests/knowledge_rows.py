"""What does a row of the knowledge need that breaks no rule?"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models

from deliveries.models import FailureCategory
from knowledgebase.models import (
    Answer,
    Article,
    ArticleEffect,
    ArticleEvent,
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
    Follower,
    MissedSearch,
    ModuleArticle,
    ModuleReader,
    PostBudget,
    Publication,
    Question,
    SearchWord,
    TrainingItem,
    TrainingModule,
    Vote,
    WritingTask,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def valid(
    make: Callable[..., Any], new: Callable[[str], str]
) -> dict[type[models.Model], Callable[[], dict[str, Any]]]:
    """The values by model; ``make`` makes what a row refers to, ``new`` a word."""
    return {
        Article: lambda: {"slug": new("article")},
        ArticleTranslation: lambda: {"article": make(Article), "locale": "en"},
        ArticleVersion: lambda: {
            "translation": make(ArticleTranslation),
            "number": 1,
            "title": "Full mailboxes",
            "body": "Ask the person to make room.",
        },
        ArticleEffect: lambda: {
            "version": make(ArticleVersion),
            "category": make(FailureCategory),
            "channel": "email",
        },
        WritingTask: lambda: {
            "category": make(FailureCategory),
            "resolutions": 5,
            "opened_at": NOON,
        },
        Publication: lambda: {"version": make(ArticleVersion)},
        TrainingModule: lambda: {"name": new("module")},
        ModuleArticle: lambda: {
            "module": make(TrainingModule),
            "article": make(Article),
            "position": 1,
        },
        ModuleReader: lambda: {"module": make(TrainingModule), "person": make(User)},
        TrainingItem: lambda: {
            "person": make(User),
            "cause": "own_reopened",
            "category": make(FailureCategory),
            "occasion": new("resolution"),
            "read_by": NOON.date(),
        },
        ArticleEvent: lambda: {"article": make(Article), "act": "written"},
        ArticleFeedback: lambda: {
            "version": make(ArticleVersion),
            "kind": "helped",
            "actor_kind": "public",
        },
        MissedSearch: lambda: {
            "words": new("search"),
            "locale": "en",
            "reader": "public",
        },
        SearchWord: lambda: {"word": new("word"), "texts": 1},
        **_community(make, new),
    }


def _community(
    make: Callable[..., Any], new: Callable[[str], str]
) -> dict[type[models.Model], Callable[[], dict[str, Any]]]:
    return {
        Question: lambda: {
            "title": "Why does no code arrive?",
            "body": "I waited an hour.",
            "locale": "en",
            "author_ref": new("author"),
            "digest": new("digest"),
        },
        Answer: lambda: {
            "question": make(Question),
            "body": "Look into the spam folder.",
            "author_ref": new("author"),
            "digest": new("digest"),
        },
        Follower: lambda: {
            "question": make(Question),
            "address_ref": new("address"),
            "sealed_address": b"sealed",
            "masked": "j•••@example.org",
            "locale": "en",
            "expires_at": NOON,
        },
        Vote: lambda: {"answer": make(Answer), "voter_ref": new("voter")},
        PostBudget: lambda: {"key": new("ask:author"), "hour": NOON, "used": 1},
    }
