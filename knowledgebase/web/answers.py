"""How is a person told that a step with an article was refused?"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from deliveries.request import KnownRequest
from knowledgebase.refusals import Conflict, Forbidden, Invalid
from knowledgebase.web import lines

View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """Turn the refusals of the use cases into answers for a person."""

    @wraps(view)
    def wrapper(request: KnownRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except Forbidden as error:
            raise PermissionDenied from error
        except Conflict as conflict:
            return conflict_page(request, slug, conflict)
        except Invalid as invalid:
            messages.error(request, invalid.message)
            return HttpResponseRedirect(article_url(slug, request.POST.get("language")))

    return wrapper


def article_url(slug: str, language: str | None = None, **more: str) -> str:
    """The page of an article, in one language if that is asked for."""
    query = {"language": language, **more} if language else more
    path = reverse("article", args=[slug])
    return f"{path}?{urlencode(query)}" if query else path


def conflict_page(request: KnownRequest, slug: str, conflict: Conflict) -> HttpResponse:
    """Say who was first, what they did and when; keep what was typed."""
    labels = {
        "title": _("Title"),
        "body": _("Text"),
        "note": pgettext("a step", "Words"),
    }
    event = conflict.event
    context = {
        "conflict": lines.event_line(event) if event else None,
        "article_url": article_url(slug, request.POST.get("language")),
        "kept": [
            {"label": label, "text": request.POST[name]}
            for name, label in labels.items()
            if request.POST.get(name)
        ],
    }
    return render(request, "knowledgebase/conflict.html", context, status=409)
