"""What was done to an article, step by step?"""

from django.db.models import QuerySet

from knowledgebase.models import (
    Article,
    ArticleAct,
    ArticleEvent,
    ArticleTranslation,
    ArticleVersion,
)


def add(
    translation: ArticleTranslation,
    act: ArticleAct,
    actor_id: int | None,
    *,
    version: ArticleVersion | None = None,
    note: str = "",
    change: dict[str, object] | None = None,
) -> ArticleEvent:
    """Add a line about one language; in the transaction of what it tells of."""
    return ArticleEvent.objects.create(
        article_id=translation.article_id,
        locale=translation.locale,
        act=act,
        actor_id=actor_id,
        version=version or translation.current_version,
        note=note,
        change=change or {},
    )


def add_about(
    article: Article, actor_id: int | None, changed: list[str]
) -> ArticleEvent:
    """Add a line about properties of an article that were changed, by their names."""
    return ArticleEvent.objects.create(
        article=article,
        act=ArticleAct.CHANGED,
        actor_id=actor_id,
        change={"fields": changed},
    )


def of_article(article: Article) -> QuerySet[ArticleEvent]:
    """All of it, the newest first, with everything a list of it shows."""
    rows = ArticleEvent.objects.filter(article=article)
    return rows.select_related("actor", "version").order_by("-id")


def latest(article_id: int, locale: str = "") -> ArticleEvent | None:
    """What was done last, to one language or to the article."""
    rows = ArticleEvent.objects.filter(article=article_id)
    if locale:
        rows = rows.filter(locale__in=[locale, ""])
    return rows.select_related("actor").order_by("-id").first()
