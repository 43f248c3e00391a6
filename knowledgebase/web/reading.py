"""How is knowledge found and read?"""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.models import FailureCategory
from deliveries.request import KnownRequest
from knowledgebase.filters import ArticleFilter
from knowledgebase.markup import to_html
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    TranslationState,
)
from knowledgebase.web import shelf
from knowledgebase.web.naming import named


@require_safe
@named("article.read_internal")
def article_list(request: KnownRequest) -> HttpResponse:
    """Show articles by cause, the newest first."""
    chosen = ArticleFilter(request.GET, queryset=Article.objects.all())
    if not chosen.is_valid():
        raise BadRequest(_("This filter does not exist."))
    category: FailureCategory | None = chosen.form.cleaned_data.get("category")
    query = chosen.form.cleaned_data.get("q") or ""
    page, rows = shelf.page_of(request, chosen.qs)
    context = {
        **shelf.tree(category),
        "articles": [shelf.line(article) for article in rows],
        "page": page,
        "heading": category.name if category else "",
        "category": category.slug if category else "",
        "query": query,
        "filtered": bool(category or query),
        "create_url": reverse("article_new")
        if request.actor.may("article.draft")
        else "",
    }
    return render(request, "knowledgebase/article_list.html", context)


def found_article(slug: str) -> Article:
    """Fetch an article with everything its page shows; 404 otherwise."""
    article = Article.objects.with_versions_for_list().filter(slug=slug).first()
    if article is None:
        raise Http404
    return article


@require_safe
@named("article.read_internal")
def article(request: KnownRequest, slug: str) -> HttpResponse:
    """Show one article in the reader's language, or the one asked for."""
    found = found_article(slug)
    version = found.current_version(request.GET.get("language"))
    if version is None:
        raise Http404
    shown = shelf.shown_translation(found, version)
    may_edit = request.actor.may("article.draft")
    context = {
        "article": _about(found, version, shown),
        "languages": _languages(found, shown.locale if shown else ""),
        "versions": _versions(version),
        "edit_url": reverse("article_edit", args=[slug]) if may_edit else "",
        "list_url": reverse("knowledge"),
    }
    return render(request, "knowledgebase/article.html", context)


def _about(
    article: Article, version: ArticleVersion, shown: ArticleTranslation | None
) -> dict[str, Any]:
    state = shown.state if shown else TranslationState.DRAFT
    published = state == TranslationState.PUBLISHED
    author, reviewer = version.author, version.reviewer
    return {
        "title": version.title,
        # Sanitised by the renderer, which is the one door for article text.
        "body": mark_safe(to_html(version.body)),  # noqa: S308
        "locale": shown.locale if shown else "",
        "audience_label": article.get_audience_display(),
        "is_draft": not published,
        "state_label": TranslationState(state).label,
        "version": version.number,
        "author": (author.get_full_name() or author.username) if author else "",
        "reviewer": reviewer.get_full_name() if reviewer else "",
        "published_at": version.created_at if published else None,
        "categories": [
            {"name": each.name, "url": shelf.category_url(each.slug)}
            for each in article.categories.all()
        ],
    }


def _languages(found: Article, shown: str) -> list[dict[str, Any]]:
    path = reverse("article", args=[found.slug])
    return [
        {
            "code": each.locale,
            "label": {"en": "English", "zh-hans": "中文"}[each.locale],
            "url": f"{path}?language={each.locale}",
            "current": each.locale == shown,
            "outdated": False,
        }
        for each in found.translations.all()
        if each.current_version_id
    ]


def _versions(current: ArticleVersion) -> list[dict[str, Any]]:
    rows = current.translation.versions.select_related("author")
    return [
        {
            "number": each.number,
            "author": (each.author.get_full_name() or each.author.username)
            if each.author
            else "",
            "at": each.created_at,
            "is_current": each.pk == current.pk,
        }
        for each in rows[:20]
    ]
