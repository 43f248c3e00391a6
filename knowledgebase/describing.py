"""How is it changed what an article is about, for whom, and who looks after it?"""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from knowledgebase import articles, history
from knowledgebase.articles import TIP_MAX, About, Draft
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
)
from knowledgebase.refusals import Conflict, Invalid


def of(article: Article) -> About:
    """What is said of an article now."""
    return About(
        categories=list(article.categories.all()),
        audience=article.audience,
        channels=tuple(article.channels),
        providers=list(article.providers.all()),
        owner_id=article.owner_id,
        review_by=article.review_by,
    )


def save(
    article: Article,
    words: Draft,
    about: About,
    actor: Actor,
    *,
    base: int | None,
    seen: int | None,
    follows: ArticleVersion | None,
) -> ArticleVersion:
    """Write a text and what is said of the article in one go, or neither.

    Raises what :func:`describe` and :func:`knowledgebase.articles.write` raise.
    """
    with transaction.atomic():
        describe(article, about, actor, version=seen)
        return articles.write(
            article, words, author_id=actor.person_id, base=base, follows=follows
        )


def describe(
    article: Article, about: About, actor: Actor, *, version: int | None = None
) -> list[str]:
    """Change what is said of an article; returns the names of what changed.

    ``version`` is the article's when it was read; raises :class:`Conflict` when it was
    changed since, and :class:`Invalid` for what makes no sense or would let other
    readers see a text that nobody approved for them.
    """
    with transaction.atomic():
        locked = Article.objects.select_for_update().get(pk=article.pk)
        changed = _changed(of(locked), about)
        if not changed:
            return []
        if version is not None and version != locked.version:
            raise Conflict(history.latest(article.pk))
        if "audience" in changed:
            _check_audience(locked, about.audience, actor)
        Article.objects.filter(pk=locked.pk).update(
            audience=about.audience,
            channels=sorted(about.channels),
            owner_id=about.owner_id,
            review_by=about.review_by,
            version=F("version") + 1,
        )
        locked.categories.set(about.categories)
        locked.providers.set(about.providers)
        history.add_about(locked, actor.person_id, changed)
    return changed


def _changed(old: About, new: About) -> list[str]:
    pairs: dict[str, tuple[object, object]] = {
        "categories": (
            {each.pk for each in old.categories},
            {each.pk for each in new.categories},
        ),
        "audience": (old.audience, new.audience),
        "channels": (set(old.channels), set(new.channels)),
        "providers": (
            {each.pk for each in old.providers},
            {each.pk for each in new.providers},
        ),
        "owner": (old.owner_id, new.owner_id),
        "review_by": (old.review_by, new.review_by),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def _check_audience(article: Article, audience: str, actor: Actor) -> None:
    """Widening the readers of a published text is publishing it."""
    published = ArticleTranslation.objects.for_readers().filter(article=article)
    texts = list(published.values_list("published_version__body", flat=True))
    if texts and not actor.may("article.publish"):
        raise Invalid(
            "audience", _("It is published: who may publish changes its readers.")
        )
    if audience == Audience.TIP and any(len(text) > TIP_MAX for text in texts):
        raise Invalid("audience", too_long_for_a_tip())


def too_long_for_a_tip() -> str:
    """Say how long a tip may be."""
    return _("A tip has at most %(max)d characters.") % {"max": TIP_MAX}
