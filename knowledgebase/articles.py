"""How does an article come to be, and how is it written?

Every text is a version that stays. Writing over a published one begins a draft, while
readers keep what was published (``reviewing`` brings the draft to them).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from deliveries import public_id
from deliveries.models import FailureCategory, Provider
from knowledgebase import history
from knowledgebase.models import (
    TITLE_MAX,
    Article,
    ArticleAct,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    TranslationState,
)
from knowledgebase.refusals import Conflict, Invalid

SLUG_MAX = 100
TIP_MAX = 320  # characters: what fits into a pop-up

__all__ = ["TITLE_MAX", "About", "Draft", "draft", "write"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of an article in one language.

    ``asked_as`` is what people type who need it, one a line; nothing leaves that as it
    was.
    """

    title: str
    body: str
    locale: str
    asked_as: str | None = None

    def said_by(self, version: ArticleVersion) -> bool:
        """Whether a version says just that already."""
        return (
            version.title == self.title.strip()
            and version.body == _tidy(self.body)
            and version.asked_as == _asked_as(self, version)
        )


@dataclass(frozen=True, slots=True)
class About:
    """What an article is about, for whom, and who looks after it."""

    categories: Sequence[FailureCategory]
    audience: str = Audience.INTERNAL
    channels: Sequence[str] = ()
    providers: Sequence[Provider] = field(default=())
    owner_id: int | None = None
    review_by: date | None = None


def draft(
    words: Draft,
    *,
    categories: Sequence[FailureCategory] = (),
    author_id: int | None,
    about: About | None = None,
    slug: str = "",
) -> ArticleVersion:
    """Begin an article as a draft that staff see; returns its first version."""
    about = about or About(categories, owner_id=author_id)
    with transaction.atomic():
        article = Article.objects.create(
            slug=slug or _slug(words.title),
            audience=about.audience,
            channels=sorted(about.channels),
            source_locale=words.locale,
            owner_id=about.owner_id,
            review_by=about.review_by,
        )
        article.categories.set(about.categories)
        article.providers.set(about.providers)
        translation = ArticleTranslation.objects.create(
            article=article, locale=words.locale
        )
        return _write(translation, words, author_id, None)


def write(
    article: Article,
    words: Draft,
    *,
    categories: Sequence[FailureCategory] | None = None,
    author_id: int | None,
    base: int | None = None,
    follows: ArticleVersion | None = None,
) -> ArticleVersion:
    """Add a version to one language of an article; it becomes a draft again.

    ``base`` is the number of the text that was edited, 0 for a new language; raises
    :class:`Conflict` when another one was saved since. ``follows`` is the text of the
    source language that was translated, by default its newest. The same words again
    make no version. Raises :class:`Invalid` for an archived language.
    """
    with transaction.atomic():
        if categories is not None:
            article.categories.set(categories)
        rows = ArticleTranslation.objects.select_for_update(of=("self",))
        translation, _made = rows.select_related("current_version").get_or_create(
            article=article, locale=words.locale
        )
        newest: ArticleVersion | None = translation.current_version
        if base is not None and base != (newest.number if newest else 0):
            raise Conflict(history.latest(article.pk, words.locale))
        if translation.state == TranslationState.ARCHIVED:
            raise Invalid("locale", _("This language is archived. Restore it first."))
        if words.locale == article.source_locale:
            follows = None
        elif follows is None:
            follows = _source_text(article)
        followed = follows.pk if follows else None
        if newest and newest.source_version_id == followed and words.said_by(newest):
            return newest
        return _write(translation, words, author_id, follows)


def _source_text(article: Article) -> ArticleVersion | None:
    """What a translation follows: the published text, or the newest before there is."""
    rows = ArticleTranslation.objects.select_related(
        "published_version", "current_version"
    )
    source = rows.filter(article=article, locale=article.source_locale).first()
    return source and (source.published_version or source.current_version)


def _write(
    translation: ArticleTranslation,
    words: Draft,
    author_id: int | None,
    follows: ArticleVersion | None,
) -> ArticleVersion:
    newest = translation.versions.order_by("-number").first()
    version = ArticleVersion.objects.create(
        translation=translation,
        number=newest.number + 1 if newest else 1,
        title=words.title.strip(),
        body=_tidy(words.body),
        asked_as=_asked_as(words, newest),
        source_version=follows,
        author_id=author_id,
    )
    translation.current_version = version
    translation.state = TranslationState.DRAFT
    # Another text than the one that was approved for later is not approved.
    translation.publish_at = translation.due_at = translation.parked_at = None
    translation.save(
        update_fields=[
            "current_version", "state", "publish_at", "due_at", "parked_at",
        ]
    )  # fmt: skip
    history.add(translation, ArticleAct.WRITTEN, author_id, version=version)
    return version


def _asked_as(words: Draft, before: ArticleVersion | None) -> str:
    if words.asked_as is None:
        return before.asked_as if before else ""
    lines = (line.strip() for line in words.asked_as.splitlines())
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _tidy(body: str) -> str:
    # Browsers send the line ends of Windows; files have either.
    return body.replace("\r\n", "\n").replace("\r", "\n").strip()


def _slug(title: str) -> str:
    # A Chinese title has no Latin slug; the random part keeps every slug its own.
    words = slugify(title)[:SLUG_MAX].strip("-") or "article"
    return f"{words}-{public_id.new('').lower()[:6]}"
