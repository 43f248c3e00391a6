"""Which knowledge is stored?"""

from knowledgebase.models.article import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    Locale,
    TranslationState,
)

__all__ = [
    "Article",
    "ArticleTranslation",
    "ArticleVersion",
    "Audience",
    "Locale",
    "TranslationState",
]
