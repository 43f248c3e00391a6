"""What came of an article? The part of its page that only work can tell."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from knowledgebase.effects import Figures
from knowledgebase.models import Article, ArticleEffect, ArticleVersion
from triage import access, measuring
from triage.models import Resolution, Ticket
from triage.web.effect_words import effect_of

USES_SHOWN = 50


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
    ).select_related("ticket", "category", "resolved_by", "article_version")
    version = _version(request, article)
    if version is not None:
        uses = uses.filter(article_version=version)
    context = {
        "article": {
            "title": str(article),
            "url": reverse("article", args=[article.slug]),
        },
        **_effect(article, version, timezone.now()),
        "uses": [_use(each) for each in uses[:USES_SHOWN]],
        "total": uses.count(),
        "version": version.number if version else None,
    }
    name = "_article_work" if request.htmx else "article_work"
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _effect(
    article: Article, version: ArticleVersion | None, now: datetime
) -> dict[str, Any]:
    """What came of it: counted from every resolution, whoever may see that."""
    cited = Q(article_version__translation__article=article)
    cells = ArticleEffect.objects.of_articles([article.pk]).filter(applied__gt=0)
    if version is not None:
        cited, cells = Q(article_version=version), cells.filter(version=version)
    return {
        "effect": effect_of(measuring.figures(cited, now)),
        "parts": [
            {
                "cause": cell.category.name,
                "channel": cell.get_channel_display(),
                "effect": effect_of(Figures.of(cell)),
            }
            for cell in cells.select_related("category")
        ],
    }


def _version(request: KnownRequest, article: Article) -> ArticleVersion | None:
    """The one text that is asked about; nothing for all of them, 404 for none."""
    number, language = request.GET.get("version"), request.GET.get("language")
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    rows = ArticleVersion.objects.filter(translation__article=article, number=number)
    found = rows.filter(translation__locale=language).first()
    if found is None:
        raise Http404
    return found


def _use(resolution: Resolution) -> dict[str, Any]:
    ticket, by = resolution.ticket, resolution.resolved_by
    return {
        "number": ticket.number,
        "version": resolution.article_version.number
        if resolution.article_version
        else None,
        "url": reverse("ticket", args=[ticket.number]),
        "tier": ticket.tier,
        "cause": resolution.category.name if resolution.category else "",
        "note": resolution.note,
        "by": (by.get_full_name() or by.username) if by else _("The machine"),
        "at": resolution.resolved_at,
        "state": resolution.state,
        "state_label": resolution.get_state_display(),
    }
