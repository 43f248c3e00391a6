"""How is knowledge found and read?"""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries import language
from deliveries.models import FailureCategory
from deliveries.request import KnownRequest
from knowledgebase import exporting, search
from knowledgebase.filters import ArticleFilter
from knowledgebase.markup import to_html
from knowledgebase.models import Article, ArticleTranslation, ArticleVersion
from knowledgebase.web import searching, shelf
from knowledgebase.web.naming import named


def filtered(request: KnownRequest) -> ArticleFilter:
    """The filters of a request over the articles that its actor may see."""
    visible = Article.objects.visible_to(request.actor)
    chosen = ArticleFilter(request.GET, queryset=visible)
    if not chosen.is_valid():
        raise BadRequest(_("This filter does not exist."))
    return chosen


@require_safe
@named("article.read_internal")
def article_list(request: KnownRequest) -> HttpResponse:
    """Show articles by cause, the newest first."""
    chosen = filtered(request)
    asked = chosen.form.cleaned_data
    category: FailureCategory | None = asked.get("category")
    if asked["q"]:
        page, found = searching.results(request, chosen.qs, asked)
    else:
        page, rows = shelf.page_of(request, chosen.qs)
        found = [shelf.line(article) for article in rows]
    context = {
        "articles": found,
        "page": page,
        "filtered": any(asked.values()),
        "all_url": reverse("knowledge"),
    }
    if request.htmx and not request.htmx.boosted:
        response = render(request, "knowledgebase/_article_rows.html", context)
    else:
        context |= {
            **shelf.tree(category),
            "heading": category.name if category else "",
            "category": category.slug if category else "",
            "query": asked.get("q") or "",
            "filters": chosen.form,
            "narrowed": any(
                asked[name] for name in asked if name not in ("category", "q")
            ),
            "export_url": f"{reverse('articles_export')}?{request.GET.urlencode()}",
            **_for_writers(request),
        }
        response = render(request, "knowledgebase/article_list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _for_writers(request: KnownRequest) -> dict[str, str]:
    if not request.actor.may("article.draft"):
        return {}
    return {
        "create_url": reverse("article_new"),
        "missed_url": reverse("missed_searches"),
    }


@require_safe
@named("article.read_internal")
def articles_export(request: KnownRequest) -> StreamingHttpResponse:
    """Send the articles of a list as Markdown files in a ZIP, part by part."""
    chosen = filtered(request)
    rows = Article.objects.filter(pk__in=chosen.qs.values("pk"))
    if query := chosen.form.cleaned_data["q"]:
        found = search.keys(query, chosen.qs, locale=language.current())
        rows = rows.filter(pk__in=found)
    response = StreamingHttpResponse(
        exporting.as_zip(rows), content_type="application/zip"
    )
    response["Content-Disposition"] = 'attachment; filename="articles.zip"'
    return response


def found_article(request: KnownRequest, slug: str) -> Article:
    """Fetch an article with everything its page shows; 404 otherwise."""
    rows = Article.objects.visible_to(request.actor).with_versions_for_list()
    article = rows.prefetch_related("providers").filter(slug=slug).first()
    if article is None:
        raise Http404
    return article


def body_of(version: ArticleVersion) -> str:
    """The text as HTML, sanitised by the renderer, the one door for article text."""
    return mark_safe(to_html(version.body))  # noqa: S308


def row_of(article: Article, version: ArticleVersion) -> ArticleTranslation:
    """The language to which a version belongs, without another query."""
    rows: list[ArticleTranslation] = list(article.translations.all())
    return next(each for each in rows if each.pk == version.translation_id)


def languages(article: Article, shown: str, path: str = "") -> list[dict[str, Any]]:
    """The languages of an article, each with where it stands and whether it lags."""
    path = path or reverse("article", args=[article.slug])
    return [
        {
            "code": each.locale,
            "label": shelf.IN_THEIR_OWN[each.locale],
            "url": f"{path}?language={each.locale}",
            "current": each.locale == shown,
            "outdated": article.is_outdated(each),
            "state": each.state,
            "state_label": each.get_state_display(),
        }
        for each in article.translations.all()
        if each.current_version_id
    ]
