"""What does the list of articles show, and how is it paged?"""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from deliveries import keyset, language, taxonomy, vault
from deliveries.models import ChannelKind, FailureCategory
from knowledgebase.markup import to_text
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    TranslationState,
)
from knowledgebase.web.lines import IN_THEIR_OWN

PAGE = 50
__all__ = ["IN_THEIR_OWN", "category_url", "channels", "line", "page_of", "tree"]

LIST = "articles"
SUMMARY_MAX = 160


def page_of(
    request: HttpRequest, rows: QuerySet[Article]
) -> tuple[dict[str, str], list[Article]]:
    """Return the addresses of the neighbouring pages, and the articles of this one."""
    key = vault.derived_key("cursor")
    cursor = None
    if request.GET.get("cursor"):
        try:
            text = request.GET["cursor"]
            cursor = keyset.decode(text, name=LIST, key=key, length=1)
        except keyset.CursorInvalid as error:
            raise Http404 from error
    ordered = rows.order_by("-id")
    if cursor is not None and cursor.backwards:
        ordered = rows.filter(id__gt=cursor.values[0]).order_by("id")
    elif cursor is not None:
        ordered = ordered.filter(id__lt=cursor.values[0])
    fetched = list(
        Article.objects.with_versions_for_list()
        .filter(pk__in=ordered.values_list("pk", flat=True)[: PAGE + 1])
        .order_by("id" if cursor is not None and cursor.backwards else "-id")
    )
    page = keyset.page(
        fetched, limit=PAGE, cursor=cursor, values=lambda article: (article.pk,)
    )
    urls = {}
    for name, neighbour in (("next_url", page.next), ("previous_url", page.previous)):
        if neighbour is not None:
            query = request.GET.copy()
            query["cursor"] = keyset.encode(neighbour, name=LIST, key=key)
            urls[name] = f"{request.path}?{query.urlencode()}"
    return urls, page.rows


def category_url(slug: str) -> str:
    """The list of articles about one cause."""
    return f"{reverse('knowledge')}?{urlencode({'category': slug})}"


def tree(current: FailureCategory | None) -> dict[str, Any]:
    """Every cause by family, with how many articles are about it."""
    counted = FailureCategory.objects.annotate(count=Count("articles"))
    by_slug = {category.slug: category for category in counted}
    # An article about two causes of a family is one article of the family.
    of_family = Article.objects.order_by().values_list("categories__family")
    totals = dict(of_family.annotate(count=Count("pk", distinct=True)))
    loaded = taxonomy.load()
    families = [
        {
            "name": family.name_in(language.current()),
            "count": totals.get(family.slug, 0),
            "categories": [
                {
                    "name": by_slug[leaf.slug].name,
                    "url": category_url(leaf.slug),
                    "count": by_slug[leaf.slug].count,
                    "current": current is not None and current.slug == leaf.slug,
                }
                for leaf in loaded.categories
                if leaf.family == family.slug and leaf.slug in by_slug
            ],
        }
        for family in loaded.families
    ]
    return {
        "families": families,
        "all_url": reverse("knowledge"),
        "all_current": current is None,
        "all_count": Article.objects.count(),
    }


def line(article: Article, version: ArticleVersion | None = None) -> dict[str, Any]:
    """What the list shows of one article, by default of its text for the reader."""
    version = version or article.shown_version()
    row = shown_translation(article, version)
    state = row.state if row else TranslationState.DRAFT
    readable = row is not None and row.is_readable
    return {
        "title": version.title if version else article.slug,
        "url": reverse("article", args=[article.slug]),
        "summary": _summary(version.body) if version else "",
        "locale": row.locale if row else "",
        "categories": [category.name for category in article.categories.all()],
        "channels": channels(article),
        "is_draft": not readable,
        "is_stale": readable and row is not None and row.stale_at is not None,
        "in_work": readable
        and state in (TranslationState.DRAFT, TranslationState.IN_REVIEW),
        "outdated": [
            IN_THEIR_OWN[each.locale]
            for each in article.translations.all()
            if article.is_outdated(each)
        ],
        "audience": article.audience,
        "audience_label": article.get_audience_display(),
        "owner": (article.owner.get_full_name() or article.owner.username)
        if article.owner
        else "",
        "state_label": TranslationState(state).label,
        "updated_at": version.created_at if version else article.created_at,
    }


def channels(article: Article) -> list[str]:
    """The names of the channels it is about; none when it holds for every one."""
    return [str(ChannelKind(each).label) for each in article.channels]


def _summary(body: str) -> str:
    text = to_text(body[: 4 * SUMMARY_MAX])
    return text if len(text) <= SUMMARY_MAX else text[: SUMMARY_MAX - 1] + "…"


def shown_translation(
    article: Article, version: ArticleVersion | None
) -> ArticleTranslation | None:
    """The language to which a version belongs, without another query."""
    rows: list[ArticleTranslation] = list(article.translations.all())
    wanted = version.translation_id if version else None
    return next((each for each in rows if each.pk == wanted), None)
