"""How does an article come to be, and how does it get to its readers?"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.text import slugify

from deliveries import public_id
from deliveries.models import FailureCategory
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    TranslationState,
)

TITLE_MAX = 200
SLUG_MAX = 100
SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of a new article, in one language."""

    title: str
    body: str
    locale: str


def draft(
    words: Draft, *, categories: Sequence[FailureCategory], author_id: int | None
) -> ArticleVersion:
    """Begin an article as a draft that staff see; returns its first version."""
    with transaction.atomic():
        article = Article.objects.create(
            slug=_slug(words.title), audience=Audience.INTERNAL, owner_id=author_id
        )
        article.categories.set(categories)
        translation = ArticleTranslation.objects.create(
            article=article, locale=words.locale
        )
        return _write(translation, words, author_id)


def write(
    article: Article,
    words: Draft,
    *,
    categories: Sequence[FailureCategory],
    author_id: int | None,
) -> ArticleVersion:
    """Add a version to one language of an article; it becomes a draft again."""
    with transaction.atomic():
        article.categories.set(categories)
        rows = ArticleTranslation.objects.select_for_update()
        translation, _made = rows.get_or_create(article=article, locale=words.locale)
        version = _write(translation, words, author_id)
        translation.state = TranslationState.DRAFT
        translation.save(update_fields=["state"])
    return version


def publish(version: ArticleVersion) -> None:
    """Make a translation's current text the published one."""
    ArticleTranslation.objects.filter(
        pk=version.translation_id, current_version=version
    ).update(state=TranslationState.PUBLISHED)


def _write(
    translation: ArticleTranslation, words: Draft, author_id: int | None
) -> ArticleVersion:
    newest = translation.versions.order_by("-number").first()
    version = ArticleVersion.objects.create(
        translation=translation,
        number=newest.number + 1 if newest else 1,
        title=words.title.strip(),
        body=words.body.strip(),
        author_id=author_id,
    )
    translation.current_version = version
    translation.save(update_fields=["current_version"])
    return version


def _slug(title: str) -> str:
    # A Chinese title has no Latin slug; the random part keeps every slug its own.
    words = slugify(title)[:SLUG_MAX].strip("-") or "article"
    return f"{words}-{public_id.new('').lower()[:6]}"


def suggested(category: FailureCategory) -> list[Article]:
    """Articles that may help against a category, the newest first."""
    about = Article.objects.about(category.pk).with_versions_for_list()
    return list(about[:SUGGESTIONS])
