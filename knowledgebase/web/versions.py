"""How do two texts of an article, or its two languages, compare? Who did what to it?"""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from knowledgebase import comparing, history
from knowledgebase.models import Article, ArticleTranslation, ArticleVersion
from knowledgebase.web import lines, reading, shelf
from knowledgebase.web.answers import article_url
from knowledgebase.web.naming import named

MOST_VERSIONS = 200  # that one can choose from
EVENTS = 50  # on a page of the history


@require_safe
@named("article.read_internal")
def article_version(request: KnownRequest, slug: str, n: int) -> HttpResponse:
    """Show one version beside another one, by default the one before it."""
    found = reading.found_article(request, slug)
    row = _row(found, request.GET.get("language"))
    after = _version(row, n)
    before = _version(row, _number(request.GET.get("against"), max(1, n - 1)))
    rows = row.versions.order_by("-number")
    context = {
        "article": {"title": after.title, "url": article_url(slug, row.locale)},
        "locale": row.locale,
        # The page above about this article's work, so named by where it lies.
        "work_url": f"../../work/?language={row.locale}&version={n}",
        "numbers": list(rows.values_list("number", flat=True)[:MOST_VERSIONS]),
        "before": lines.version_line(before, row.published_version_id),
        "after": lines.version_line(after, row.published_version_id),
        "same": _whole(before) == _whole(after) and before.asked_as == after.asked_as,
        "rows": comparing.sides(_whole(before), _whole(after)),
        "asked_rows": comparing.sides(before.asked_as, after.asked_as)
        if before.asked_as != after.asked_as
        else [],
    }
    return render(request, "knowledgebase/article_version.html", context)


def _row(found: Article, language: str | None) -> ArticleTranslation:
    version = found.current_version(language)
    if version is None:
        raise Http404
    return reading.row_of(found, version)


def _number(text: str | None, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return int(text)


def _version(row: ArticleTranslation, number: int) -> ArticleVersion:
    rows = row.versions.select_related("author", "reviewer")
    version = rows.filter(number=number).first()
    if version is None:
        raise Http404
    return version


def _whole(version: ArticleVersion) -> str:
    return f"{version.title}\n\n{version.body}"


@require_safe
@named("article.read_internal")
def article_languages(request: KnownRequest, slug: str) -> HttpResponse:
    """Show both languages side by side, and what moved on in the source since."""
    found = reading.found_article(request, slug)
    version = found.current_version()
    if version is None:
        raise Http404
    translations = sorted(
        found.translations.all(), key=lambda each: each.locale != found.source_locale
    )
    may_edit = request.actor.may("article.draft")
    written = {each.locale for each in translations if each.current_version_id}
    edit = reverse("article_edit", args=[slug])
    context = {
        "article": {"title": version.title, "url": article_url(slug)},
        "columns": [
            _column(found, each, edit if may_edit else "")
            for each in translations
            if each.current_version_id
        ],
        "missing": [
            {"label": shelf.IN_THEIR_OWN[code], "url": f"{edit}?language={code}"}
            for code in shelf.IN_THEIR_OWN
            if code not in written and may_edit
        ],
    }
    return render(request, "knowledgebase/article_languages.html", context)


def _column(found: Article, row: ArticleTranslation, edit: str) -> dict[str, Any]:
    version = row.published_version if row.is_readable else row.current_version
    if version is None:
        raise Http404
    source = found.translation_in(found.source_locale)
    newest = source.published_version if source else None
    followed = version.source_version
    outdated = found.is_outdated(row)
    moved = outdated and followed is not None and newest is not None
    return {
        "locale": row.locale,
        "label": shelf.IN_THEIR_OWN[row.locale],
        "is_source": row.locale == found.source_locale,
        "state_label": row.get_state_display(),
        "outdated": outdated,
        "title": version.title,
        "number": version.number,
        "body": reading.body_of(version),
        "edit_url": f"{edit}?language={row.locale}" if edit else "",
        "followed": followed.number if followed else None,
        "moved": comparing.sides(_whole(followed), _whole(newest))
        if moved and followed and newest
        else [],
    }


@require_safe
@named("article.read_internal")
def article_history(request: KnownRequest, slug: str) -> HttpResponse:
    """Show everything that was done to an article, the newest first."""
    found = reading.found_article(request, slug)
    rows = history.of_article(found)
    before = _number(request.GET.get("before"), 0)
    if before:
        rows = rows.filter(pk__lt=before)
    events = list(rows[: EVENTS + 1])
    page = {}
    if len(events) > EVENTS:
        page["next_url"] = f"{request.path}?before={events[EVENTS - 1].pk}"
    context = {
        "article": {"title": str(found), "url": article_url(slug)},
        "events": [lines.event_line(each) for each in events[:EVENTS]],
        "page": page,
    }
    return render(request, "knowledgebase/article_history.html", context)
