"""How do tests publish what end users read?"""

from deliveries.models import FailureCategory
from knowledgebase.models import Article, ArticleVersion, Audience, Locale
from tests.work import make_article, publish_article


def make_tip(
    title: str,
    *causes: str,
    channels: tuple[str, ...] = (),
    locale: Locale = Locale.EN,
    audience: Audience = Audience.TIP,
) -> ArticleVersion:
    """A published tip about some causes."""
    version = make_article(title, f"Do this: {title}.", cause=causes[0], locale=locale)
    article = version.translation.article
    article.categories.set(FailureCategory.objects.filter(slug__in=causes))
    Article.objects.filter(pk=article.pk).update(
        audience=audience, channels=list(channels)
    )
    publish_article(version)
    return version


def make_guide(
    title: str, *causes: str, body: str = "", locale: Locale = Locale.EN
) -> ArticleVersion:
    """A published text for everybody."""
    version = make_article(
        title, body or f"About: {title}.", cause=causes[0], locale=locale
    )
    Article.objects.filter(pk=version.translation.article_id).update(
        audience=Audience.PUBLIC
    )
    publish_article(version)
    return version
