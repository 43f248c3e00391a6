"""Which article helps less than it did, so that somebody should read it again?

The last 30 days of the text that readers have are held against everything before, of
every version. What somebody has confirmed since is left alone for as long.
"""

from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from knowledgebase import effects, reviewing
from knowledgebase.effects import NOTHING, Figures, Trend
from knowledgebase.models import (
    Article,
    ArticleAct,
    ArticleEffect,
    ArticleEvent,
    ArticleTranslation,
    StaleReason,
    TranslationState,
)
from knowledgebase.refusals import Conflict
from triage.access import MACHINE


def judge(article_id: int, now: datetime) -> list[str]:
    """Mark the published texts of an article as stale if its effect has fallen.

    Returns the languages that were marked.
    """
    if _figures(article_id).trend is not Trend.FALLING or _confirmed(article_id, now):
        return []
    article = Article.objects.get(pk=article_id)
    marked = []
    for locale in _published(article_id).values_list("locale", flat=True):
        try:
            reviewing.mark_stale(
                article, locale, MACHINE, reason=StaleReason.EFFECT_FELL, now=now
            )
        except Conflict:  # somebody has begun to write meanwhile
            continue
        marked.append(locale)
    return marked


def _published(article_id: int) -> QuerySet[ArticleTranslation]:
    return ArticleTranslation.objects.filter(
        article=article_id, state=TranslationState.PUBLISHED
    ).order_by("locale")


def _figures(article_id: int) -> Figures:
    """All figures of an article, with the recent ones of what readers have now."""
    whole = effects.of_articles([article_id]).get(article_id, NOTHING)
    current = _published(article_id).values("published_version")
    recent = ArticleEffect.objects.filter(version__in=current)
    counts = list(recent.values_list("recent_held", "recent_decided"))
    return replace(
        whole,
        recent_held=sum(held for held, _decided in counts),
        recent_decided=sum(decided for _held, decided in counts),
    )


def _confirmed(article_id: int, now: datetime) -> bool:
    said = ArticleEvent.objects.filter(
        article=article_id, act=ArticleAct.CONFIRMED, at__gt=now - effects.RECENT
    )
    return said.exists()
