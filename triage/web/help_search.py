"""What does the help centre find for somebody's words, and what is missing from it?

A search is noted as missed until one of its results is opened, as those of colleagues
are. Caches answer many, so that not every one is heard of; how many are noted an hour
is bounded, for each network and for all of them.
"""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from deliveries import newest
from knowledgebase import missed, search
from knowledgebase.models import ReaderKind
from triage.notices import budget
from triage.web import help_frame

LONGEST = 200  # characters of what is searched for


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found, the best first.

    ``page`` holds the addresses of its neighbours, ``whole`` is false if it took too
    long.
    """

    page: dict[str, str]
    texts: list[dict[str, Any]]
    whole: bool = True


def results(
    request: HttpRequest, words: str, *, channel: str, category: str, locale: str
) -> Results:
    """Search what is published for everybody.

    A search that was narrowed by anything says nothing about what is missing.
    """
    number = _number(request)
    try:
        with newest.in_time():
            found = search.public(
                words, locale, channel=channel, category=category, page=number
            )
    except newest.TookTooLong:
        return Results({}, [], whole=False)
    if number == 1 and not (channel or category):
        _note(request, words, locale, found=bool(found.hits))
    page = {}
    if found.more:
        page["next_url"] = _page_url(request, number + 1)
    if number > 1:
        page["previous_url"] = _page_url(request, number - 1)
    return Results(page, [_line(hit, words, locale) for hit in found.hits])


def came_by_search(request: HttpRequest, locale: str) -> None:
    """Forget a missed search when its result is opened."""
    if words := _words(request):
        missed.opened(words, locale=locale, reader=ReaderKind.PUBLIC)


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST]


def _note(request: HttpRequest, words: str, locale: str, *, found: bool) -> None:
    now = timezone.now()
    if not missed.kept(words):
        return
    if budget.spend_search(BaseThrottle().get_ident(Request(request)), now):
        missed.noted(
            words, locale=locale, reader=ReaderKind.PUBLIC, found=found, now=now
        )


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise Http404
    if not 1 <= int(text) <= search.PAGES:
        raise Http404
    return int(text)


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{request.path}?{query.urlencode()}"


def _line(hit: search.Hit, words: str, locale: str) -> dict[str, Any]:
    path = reverse("help_article", args=[hit.article.slug])
    return {
        "title": hit.version.title,
        "title_pieces": hit.title,
        "pieces": hit.snippet,
        "url": help_frame.url_in(path, locale, q=words),
        "locale": hit.version.translation.locale,
    }
