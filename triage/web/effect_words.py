"""How is the measured effect of knowledge said on a page?"""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from knowledgebase.effects import Figures, Trend
from triage.suggesting import Suggestion


def effect_of(figures: Figures) -> dict[str, Any]:
    """What ``components/effect.html`` says: always with the number of cases."""
    known = figures.trend not in (Trend.UNKNOWN, Trend.STEADY)
    return {
        "applied": figures.applied,
        "decided": figures.decided,
        "delivered": figures.delivered,
        "delivered_percent": figures.delivered_percent,
        "low_percent": round(100 * figures.low) if figures.decided else None,
        "regressed": figures.regressed,
        "regressed_7d": figures.regressed_7d,
        "median": None
        if figures.median_s is None
        else timedelta(seconds=figures.median_s),
        "trend": figures.trend.value if known else "",
        "trend_label": figures.trend.label if known else "",
    }


def line_of(suggestion: Suggestion) -> dict[str, Any]:
    """A known fix: what ``components/fix.html`` and ``_resolve_articles.html`` show."""
    article, version = suggestion.article, suggestion.version
    return {
        "id": str(article.pk),
        "title": version.title,
        "url": reverse("article", args=[article.slug]),
        "is_draft": not suggestion.is_published,
        "helped_here": suggestion.helped_here,
        "is_alike": suggestion.is_alike,
        "effect": effect_of(suggestion.figures),
    }
