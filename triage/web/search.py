"""What does the search show: at once the one thing that was named, else all kinds?"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from deliveries import keyset, vault
from deliveries.models import ChannelKind
from deliveries.request import KnownRequest
from knowledgebase.web.shelf import category_url
from triage import access
from triage import search as searching
from triage.models import Ticket
from triage.search import KINDS, Asked, Hits, Since
from triage.web.search_lines import line_of

LONGEST = 200  # characters
LIST = "search"


class SearchForm(forms.Form):
    """The words, and what narrows the answer."""

    q = forms.CharField(label=_("Words"), max_length=LONGEST, required=False)
    kind = forms.ChoiceField(
        label=_("What"),
        choices=lambda: _first(_("Everything"), _kinds()),
        required=False,
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=lambda: _first(_("Every channel"), ChannelKind.choices),
        required=False,
    )
    since = forms.ChoiceField(
        label=_("When"),
        choices=lambda: _first(_("Any time"), Since.choices),
        required=False,
    )


def _first(words: Any, choices: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", words), *choices]


def _kinds() -> list[tuple[str, Any]]:
    return [(kind.slug, kind.label) for kind in KINDS.values()]


@require_safe
@access.names("ticket.search")
def search(request: KnownRequest) -> HttpResponse:
    """Lead to what is named by its number or id, else list what holds the words."""
    form = SearchForm(request.GET)
    context: dict[str, Any] = {"form": form, "empty": "", "groups": []}
    if not form.is_valid():
        return render(request, "triage/search.html", context)
    asked = _asked(form.cleaned_data)
    place = searching.place_of(asked.text, request.actor)
    if place is not None:
        if isinstance(place, Ticket):
            return HttpResponseRedirect(reverse("ticket", args=[place.number]))
        return HttpResponseRedirect(category_url(place.slug))
    context |= _answer(request, asked)
    return render(request, "triage/search.html", context)


def _asked(cleaned: dict[str, str]) -> Asked:
    return Asked(cleaned["q"], cleaned["kind"], cleaned["channel"], cleaned["since"])


def _answer(request: KnownRequest, asked: Asked) -> dict[str, Any]:
    words = asked.words
    if not words:
        return {"empty": "words" if asked.text else "nothing"}
    before = _before(request, asked)
    found = searching.find(request.actor, asked, now=timezone.now(), before=before)
    meaning = searching.meaning_of(asked.text)
    return {
        "meaning": meaning
        and {
            "code": meaning.code,
            "cause": meaning.category.name,
            "url": category_url(meaning.category.slug),
        },
        "groups": [_group(request, hits, asked) for hits in found],
        "first_url": _url(request, cursor=None) if before is not None else "",
        "empty": "" if found else "none",
        "suggestions": []
        if found
        else [
            {"text": each, "url": _url(request, q=each, cursor=None)}
            for each in searching.suggestions(asked)
        ],
    }


def _before(request: KnownRequest, asked: Asked) -> int | None:
    text = request.GET.get("cursor", "")
    if not text or not asked.kind:
        return None
    key = vault.derived_key("cursor")
    name = f"{LIST}-{asked.kind}"
    try:
        cursor = keyset.decode(text, name=name, key=key, length=1)
    except keyset.CursorInvalid as error:
        raise Http404 from error
    return int(cursor.values[0])


def _group(request: KnownRequest, hits: Hits, asked: Asked) -> dict[str, Any]:
    more_url = ""
    goes_on = hits.more or hits.partly
    if goes_on and asked.kind:
        cursor = keyset.encode(
            keyset.Cursor((hits.last,)),
            name=f"{LIST}-{hits.kind.slug}",
            key=vault.derived_key("cursor"),
        )
        more_url = _url(request, cursor=cursor)
    elif goes_on:
        more_url = _url(request, kind=hits.kind.slug, cursor=None)
    return {
        "slug": hits.kind.slug,
        "label": hits.kind.label,
        "lines": [line_of(hits.kind.slug, row, asked.words) for row in hits.rows],
        "more_url": more_url,
        "whole": hits.whole,
        "partly": hits.partly,
    }


def _url(request: KnownRequest, **changes: str | None) -> str:
    """The address of this search with other parameters; None leaves one out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"{request.path}?{query.urlencode()}"
