"""What is found by staff, by anybody, and for a failure that says something?"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    Locale,
)
from knowledgebase.search import ranking, words
from knowledgebase.search.asking import Idea, ideas
from knowledgebase.search.snippets import Pieces, marked, pattern_of, snippet

PAGE = 10  # results
PAGES = 10  # what is not among the best hundred is not what was meant
LIKE_ENOUGH = 0.5  # of what a failure says, by worth: less is like many of them
_REDACTED = re.compile(r"‹[^›]*›")
# By the key of an article: it and the text of it for the reader, or nothing.
Texts = dict[int, list[tuple[Article, ArticleVersion]]]


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that answers, its text for the reader, and what of it to show.

    ``title`` and ``snippet`` are pieces of plain text, each with whether it was asked
    for; whoever shows them escapes them.
    """

    article: Article
    version: ArticleVersion
    title: Pieces
    snippet: Pieces
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results; ``total`` counts all that can be paged to, at most 100."""

    hits: list[Hit]
    page: int
    total: int

    @property
    def more(self) -> bool:
        """Whether there is a further page."""
        return self.page * PAGE < self.total


def staff(
    query: str,
    rows: QuerySet[Article],
    *,
    locale: str,
    language: str = "",
    page: int = 1,
) -> Found:
    """Search ``rows``, the articles that a colleague may see and has narrowed.

    Articles of which no text is published yet are found by their drafts.
    """
    asked, texts = _asked(query)
    ranked = ranking.ranked(
        asked, rows, texts=texts, locale=locale, language=language, drafts=True
    )
    return _page(asked, ranked, page, _fetched, language or locale)


def keys(query: str, rows: QuerySet[Article], *, locale: str) -> list[int]:
    """Return the keys of everything that :func:`staff` pages through."""
    asked, texts = _asked(query)
    ranked = ranking.ranked(asked, rows, texts=texts, locale=locale, drafts=True)
    return [each.article_id for each in ranked]


def public(
    query: str,
    locale: str,
    *,
    channel: str = "",
    category: str = "",
    audience: str = "",
    page: int = 1,
) -> Found:
    """Search what is published for anybody: public articles and tips.

    ``locale`` is ``en`` or ``zh-hans``; a text in the other language answers where
    there is none. ``category`` is a slug, ``channel`` and ``audience`` as stored; what
    nothing is stored about finds nothing. ``page`` counts from 1, to 10. Four queries.
    """
    published = ArticleTranslation.objects.for_readers().values("article")
    rows = Article.objects.exclude(audience=Audience.INTERNAL).filter(pk__in=published)
    if channel:
        rows = rows.filter(Q(channels__contains=[channel]) | Q(channels=[]))
    if category:
        rows = rows.filter(categories__slug=category)
    if audience:
        rows = rows.filter(audience=audience)
    asked, texts = _asked(query)
    ranked = ranking.ranked(asked, rows, texts=texts, locale=locale)
    return _page(asked, ranked, page, _published, locale)


def like(text: str, rows: QuerySet[Article], limit: int = 3) -> list[int]:
    """Keys of published articles that say much of what a failure says, the best first.

    ``text`` is an answer of a provider or the words of a report, redacted; what stands
    for something redacted is not asked for. Three queries, or none for no words.
    """
    text = _REDACTED.sub(" ", text)
    if not text.strip():
        return []
    asked, texts = _asked(text)
    published = ArticleTranslation.objects.for_readers().values("article")
    found = ranking.ranked(
        asked,
        rows.filter(pk__in=published),
        locale=Locale.EN,
        texts=texts,
        enough=LIKE_ENOUGH,
    )
    return [each.article_id for each in found[:limit]]


def _asked(query: str) -> tuple[list[Idea], int]:
    """Return what is asked for, and how many texts there are."""
    asked = ideas(query)
    words.corrected(asked)
    return asked, words.counted(asked)


def _page(
    asked: list[Idea],
    ranked: list[ranking.Ranked],
    page: int,
    texts_of: Callable[[list[int], str], Texts],
    locale: str,
) -> Found:
    page = max(1, min(page, PAGES))
    shown = ranked[(page - 1) * PAGE : page * PAGE]
    pattern = pattern_of(saying for idea in asked for saying in idea.shown)
    texts = texts_of([each.article_id for each in shown], locale) if shown else {}
    hits = [
        Hit(
            article,
            version,
            marked(version.title, pattern),
            snippet(version.body, pattern),
            each.score,
        )
        for each in shown
        for article, version in texts.get(each.article_id, ())
    ]
    return Found(hits, page, len(ranked))


def _published(ids: list[int], locale: str) -> Texts:
    """Return what readers get of articles, in one query."""
    texts = ArticleTranslation.objects.for_readers().filter(article__in=ids)
    versions = ArticleVersion.objects.filter(pk__in=texts.values("published_version"))
    found: Texts = {}
    for version in sorted(
        versions.select_related("translation__article"),
        key=lambda each: (each.translation.locale != locale, each.translation.locale),
    ):
        article = version.translation.article
        found.setdefault(article.pk, [(article, version)])
    return found


def _fetched(ids: list[int], locale: str) -> Texts:
    """Return articles for staff and the text of each; no other body is read."""
    rows = Article.objects.select_related("owner").prefetch_related(
        "categories", Prefetch("translations", _without_bodies())
    )
    found = {
        pk: [(article, version)]
        for pk, article in rows.in_bulk(ids).items()
        if (version := article.shown_version(locale)) is not None
    }
    versions = [version for ((_article, version),) in found.values()]
    bodies = dict(
        ArticleVersion.objects.filter(
            pk__in=[version.pk for version in versions]
        ).values_list("pk", "body")
    )
    for version in versions:
        version.body = bodies[version.pk]
    return found


def _without_bodies() -> QuerySet[ArticleTranslation]:
    texts = ("current_version", "published_version")
    sources = [f"{text}__source_version" for text in texts]
    rows = ArticleTranslation.objects.select_related(*sources).order_by("locale")
    return rows.defer(*(f"{each}__body" for each in (*texts, *sources)))
