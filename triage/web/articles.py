"""What came of an article? The part of its page that only work can tell."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from knowledgebase.models import Article, TranslationState
from triage import access
from triage.models import Resolution, ResolutionState, Ticket

USES_SHOWN = 50


def use_of(articles: Sequence[Article]) -> list[dict[str, Any]]:
    """Say of each article how often a resolution used it, and how often it held.

    Rows for ``components/fix.html`` and ``_resolve_articles.html``; one query.
    """
    counted = (
        Resolution.objects.filter(
            article_version__translation__article__in=[each.pk for each in articles]
        )
        .order_by()
        .values_list("article_version__translation__article")
        .annotate(
            applied=Count("pk"),
            held=Count("pk", filter=Q(state=ResolutionState.EFFECTIVE)),
            decided=Count("pk", filter=~Q(state=ResolutionState.APPLIED)),
        )
    )
    counts = {article: figures for article, *figures in counted}
    rows = []
    for article in articles:
        applied, held, decided = counts.get(article.pk, (0, 0, 0))
        version = article.current_version()
        if version is None:
            continue
        rows.append(
            {
                "id": str(article.pk),
                "title": version.title,
                "url": reverse("article", args=[article.slug]),
                "applied": applied,
                "delivered_percent": round(100 * held / decided) if decided else None,
                "is_draft": not any(
                    each.state == TranslationState.PUBLISHED
                    for each in article.translations.all()
                ),
            }
        )
    return rows


@require_safe
@access.names("ticket.list")
def article_work(request: KnownRequest, slug: str) -> HttpResponse:
    """List the resolutions that used an article, with their failure category."""
    article = Article.objects.with_versions_for_list().filter(slug=slug).first()
    if article is None:
        raise Http404
    seen = Ticket.objects.visible_to(request.actor)
    uses = Resolution.objects.filter(
        article_version__translation__article=article, ticket__in=seen
    ).select_related("ticket", "category", "resolved_by")
    context = {
        "article": {
            "title": str(article),
            "url": reverse("article", args=[article.slug]),
        },
        "uses": [_use(each) for each in uses[:USES_SHOWN]],
        "total": uses.count(),
    }
    name = "_article_work" if request.htmx else "article_work"
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _use(resolution: Resolution) -> dict[str, Any]:
    ticket, by = resolution.ticket, resolution.resolved_by
    return {
        "number": ticket.number,
        "url": reverse("ticket", args=[ticket.number]),
        "tier": ticket.tier,
        "cause": resolution.category.name if resolution.category else "",
        "note": resolution.note,
        "by": (by.get_full_name() or by.username) if by else _("The machine"),
        "at": resolution.resolved_at,
        "state": resolution.state,
        "state_label": resolution.get_state_display(),
    }
