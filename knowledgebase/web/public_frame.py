"""In which language is a page for everybody, and what stands around it?

The address may name the language, for links that are passed on; otherwise it is what
was chosen before, or what the browser asks for.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from deliveries import language
from knowledgebase.models import Locale
from knowledgebase.web.lines import IN_THEIR_OWN

View = Callable[..., HttpResponseBase]


def asked_language(request: HttpRequest) -> str:
    """The language that the address names; empty if it names none that there is."""
    named = request.GET.get("language", "")
    return named if named in Locale.values else ""


def locale_of(request: HttpRequest) -> str:
    """The language to answer in."""
    return asked_language(request) or language.current()


def url_in(path: str, locale: str, **query: str) -> str:
    """An address that names its language."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode({**given, 'language': locale})}"


def spoken(view: View) -> View:
    """Let a view speak the language that its address names."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(locale_of(request)):
            return view(request, *args, **kwargs)

    return wrapper


def frame(
    request: HttpRequest, available: Iterable[str], narrowing: Iterable[str]
) -> dict[str, Any]:
    """What ``public.html`` says around a page in the active language.

    ``available`` are the languages in which the page is written, ``narrowing`` what of
    the query it keeps in another language.
    """
    locale = language.current()
    rest = {name: request.GET[name] for name in narrowing if request.GET.get(name)}
    site: str = settings.SITE_URL.rstrip("/")
    written = set(available)
    return {
        "locale": locale,
        "canonical": site + url_in(request.path, locale, **rest),
        "neutral": f"{site}{request.path}" + (f"?{urlencode(rest)}" if rest else ""),
        "languages": [
            {
                "code": code,
                "label": IN_THEIR_OWN[code],
                "url": url_in(request.path, code, **rest),
                "whole_url": site + url_in(request.path, code, **rest),
                "current": code == locale,
                "written": code in written,
            }
            for code in Locale.values
        ],
    }
