"""How is a page answered that is the same for everybody, so that caches may keep it?

Nothing of who asks goes into it but the language: no session, no messages, no token of
a form. An address that names its language is kept for all; one that does not depends on
what the browser asks for.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
)

from deliveries import language
from knowledgebase.web import public_frame
from knowledgebase.web.public_frame import asked_language, locale_of, url_in

__all__ = ["answer", "locale_of", "url_in"]

NARROWING = ("q", "channel", "category")  # what two languages of a page share
KEPT_S = 60  # service status must not be much older


def answer(
    request: HttpRequest,
    name: str,
    context: dict[str, Any],
    status: int = 200,
    narrowing: Iterable[str] = NARROWING,
) -> HttpResponseBase:
    """Render a page in the active language; 304 to those who have it already.

    ``context`` holds ``available``: the languages of what the page shows. Of the query
    its own address keeps what is ``narrowing``.
    """
    locale = language.current()
    context["public"] = public_frame.frame(request, context["available"], narrowing)
    response = HttpResponse(render_to_string(name, context), status=status)
    response["Content-Language"] = translation.get_language() or locale
    patch_cache_control(response, public=True, max_age=KEPT_S)
    if not asked_language(request):
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
    if status != 200:
        return response
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
