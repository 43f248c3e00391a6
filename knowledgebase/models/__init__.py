"""Which knowledge is stored?"""

from knowledgebase.models.article import Article
from knowledgebase.models.community import (
    POST_MAX,
    QUESTION_MAX,
    REASON_MAX,
    Answer,
    PostBudget,
    Question,
    Vote,
)
from knowledgebase.models.community_words import (
    QUESTION_TRANSITIONS,
    HeldFor,
    Moderation,
    QuestionState,
)
from knowledgebase.models.effect import ArticleEffect
from knowledgebase.models.event import NOTE_MAX, ArticleEvent
from knowledgebase.models.feedback import COMMENT_MAX, ArticleFeedback
from knowledgebase.models.follower import Follower
from knowledgebase.models.publication import Publication
from knowledgebase.models.searching import WORDS_MAX, MissedSearch, SearchWord
from knowledgebase.models.training import TrainingItem
from knowledgebase.models.training_module import (
    DUE_IN_DAYS,
    MOST_DAYS,
    NAME_MAX,
    ModuleArticle,
    ModuleReader,
    TrainingModule,
)
from knowledgebase.models.translation import ArticleTranslation
from knowledgebase.models.version import ASKED_MAX, TITLE_MAX, ArticleVersion
from knowledgebase.models.vocabulary import (
    TRANSITIONS,
    ArticleAct,
    Audience,
    FeedbackKind,
    Locale,
    ReaderKind,
    StaleReason,
    TrainingCause,
    TranslationState,
)
from knowledgebase.models.writing_task import WritingTask

__all__ = [
    "ASKED_MAX",
    "COMMENT_MAX",
    "DUE_IN_DAYS",
    "MOST_DAYS",
    "NAME_MAX",
    "NOTE_MAX",
    "POST_MAX",
    "QUESTION_MAX",
    "QUESTION_TRANSITIONS",
    "REASON_MAX",
    "TITLE_MAX",
    "TRANSITIONS",
    "WORDS_MAX",
    "Answer",
    "Article",
    "ArticleAct",
    "ArticleEffect",
    "ArticleEvent",
    "ArticleFeedback",
    "ArticleTranslation",
    "ArticleVersion",
    "Audience",
    "FeedbackKind",
    "Follower",
    "HeldFor",
    "Locale",
    "MissedSearch",
    "Moderation",
    "ModuleArticle",
    "ModuleReader",
    "PostBudget",
    "Publication",
    "Question",
    "QuestionState",
    "ReaderKind",
    "SearchWord",
    "StaleReason",
    "TrainingCause",
    "TrainingItem",
    "TrainingModule",
    "TranslationState",
    "Vote",
    "WritingTask",
]
