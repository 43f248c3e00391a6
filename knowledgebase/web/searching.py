"""How does a colleague search the knowledge, and what is missing from it?"""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from deliveries import keyset, language, vault
from deliveries.request import KnownRequest
from knowledgebase import missed, search
from knowledgebase.models import TITLE_MAX, Article, MissedSearch, ReaderKind
from knowledgebase.web import shelf
from knowledgebase.web.lines import IN_THEIR_OWN
from knowledgebase.web.naming import named

PAGE = 50
LIST = "missed_searches"
LONGEST = 200  # characters of what is searched for


def results(
    request: KnownRequest, rows: QuerySet[Article], asked: dict[str, Any]
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return the neighbouring pages of a search, and what this one shows.

    The search is noted as missed until somebody opens one of its results; one that was
    narrowed by anything says nothing about what is missing.
    """
    query, number = asked["q"], _number(request)
    locale = language.current()
    found = search.staff(
        query, rows, locale=locale, language=asked["language"], page=number
    )
    narrowed = any(asked[name] for name in asked if name != "q")
    if not narrowed and number == 1:
        missed.noted(
            query,
            locale=locale,
            reader=ReaderKind.PERSON,
            found=bool(found.hits),
            now=timezone.now(),
        )
    page = {}
    if found.more:
        page["next_url"] = _page_url(request, number + 1)
    if number > 1:
        page["previous_url"] = _page_url(request, number - 1)
    return page, [_line(hit, query) for hit in found.hits]


def _number(request: KnownRequest) -> int:
    text = request.GET.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text[:4]) <= search.PAGES:
        raise Http404
    return int(text[:4])


def _page_url(request: KnownRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{request.path}?{query.urlencode()}"


def _line(hit: search.Hit, query: str) -> dict[str, Any]:
    line = shelf.line(hit.article, hit.version)
    return {
        **line,
        "url": f"{line['url']}?{urlencode({'q': query})}",
        "title_pieces": hit.title,
        "summary": "",
        "pieces": hit.snippet,
    }


def came_by_search(request: KnownRequest) -> None:
    """Forget a missed search when its result is opened."""
    query = request.GET.get("q", "")
    if query:
        missed.opened(query, locale=language.current(), reader=ReaderKind.PERSON)


@require_safe
@named("article.draft")
def missed_searches(request: KnownRequest) -> HttpResponse:
    """Show what was searched for in vain, the most frequent first."""
    key = vault.derived_key("cursor")
    cursor = None
    if request.GET.get("cursor"):
        try:
            cursor = keyset.decode(request.GET["cursor"], name=LIST, key=key, length=2)
        except keyset.CursorInvalid as error:
            raise Http404 from error
    page = keyset.page(
        list(_beyond(cursor)[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (row.count, row.pk),
    )
    urls = {}
    for name, neighbour in (("next_url", page.next), ("previous_url", page.previous)):
        if neighbour is not None:
            text = keyset.encode(neighbour, name=LIST, key=key)
            urls[name] = f"{request.path}?{urlencode({'cursor': text})}"
    context = {
        "searches": [_missed_line(row) for row in page.rows],
        "page": urls,
        "knowledge_url": reverse("knowledge"),
    }
    return render(request, "knowledgebase/missed_searches.html", context)


def _beyond(cursor: keyset.Cursor | None) -> QuerySet[MissedSearch]:
    rows = missed.listed()
    if cursor is None:
        return rows.order_by("-count", "-id")
    count, pk = cursor.values
    if cursor.backwards:
        rows = rows.filter(Q(count__gt=count) | Q(count=count, id__gt=pk))
        return rows.order_by("count", "id")
    rows = rows.filter(Q(count__lt=count) | Q(count=count, id__lt=pk))
    return rows.order_by("-count", "-id")


def _missed_line(row: MissedSearch) -> dict[str, Any]:
    new = {"title": row.words[:TITLE_MAX].capitalize(), "locale": row.locale}
    return {
        "words": row.words,
        "locale": row.locale,
        "language": IN_THEIR_OWN[row.locale],
        "reader_label": row.get_reader_display(),
        "found": row.found,
        "count": row.count,
        "last_at": row.last_at,
        "search_url": f"{reverse('knowledge')}?{urlencode({'q': row.words})}",
        "write_url": f"{reverse('article_new')}?{urlencode(new)}",
        "lead_url": reverse("missed_search_article", args=[row.pk]),
        "dismiss_url": reverse("missed_search_dismissal", args=[row.pk]),
    }


@require_safe
@named("article.draft")
def missed_search_article(request: KnownRequest, search_id: int) -> HttpResponse:
    """Let an editor say which article answers what was searched for in vain."""
    row = missed.listed().filter(pk=search_id).first()
    if row is None:
        raise Http404
    query = request.GET.get("q", row.words).replace("\x00", "").strip()[:LONGEST]
    rows = Article.objects.visible_to(request.actor)
    hits = search.staff(query, rows, locale=row.locale).hits if query else []
    context = {
        "search": _missed_line(row),
        "query": query,
        "articles": [_answer_line(hit, row) for hit in hits],
        "list_url": reverse("missed_searches"),
    }
    return render(request, "knowledgebase/missed_search.html", context)


def _answer_line(hit: search.Hit, row: MissedSearch) -> dict[str, Any]:
    new = {"language": row.locale, "asked_as": row.words}
    edit = reverse("article_edit", args=[hit.article.slug])
    return {
        **shelf.line(hit.article, hit.version),
        "title_pieces": hit.title,
        "pieces": hit.snippet,
        "edit_url": f"{edit}?{urlencode(new)}",
    }


@require_POST
@named("article.draft")
def missed_search_dismissal(request: KnownRequest, search_id: int) -> HttpResponse:
    """Take one search off the list."""
    if not missed.dismiss(search_id, now=timezone.now()):
        raise Http404
    return HttpResponseRedirect(reverse("missed_searches"))
