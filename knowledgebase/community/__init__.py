"""How do people who miss messages help each other, and how does the desk take part?

``writing`` takes questions, answers and votes in, ``deciding`` holds what an asker or a
moderator decides, ``finding`` what is read; ``authors`` and ``budget`` say who writes
and how often. ``following`` keeps who is told of new answers, ``mailing`` tells them.
"""

from knowledgebase.community.authors import Author
from knowledgebase.community.deciding import (
    accept,
    close,
    convert,
    hide,
    show,
    to_article,
)
from knowledgebase.community.refused import NotNow, TooOften
from knowledgebase.community.writing import Asked, answer, ask, vote

__all__ = [
    "Asked",
    "Author",
    "NotNow",
    "TooOften",
    "accept",
    "answer",
    "ask",
    "close",
    "convert",
    "hide",
    "show",
    "to_article",
    "vote",
]
