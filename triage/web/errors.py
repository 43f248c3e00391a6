"""What does a person see when something is refused, missing or broken?

The pages keep what was typed (the browser's back button finds it), say in a
sentence what happened and what to do, and show the request id.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from triage.web.preferences import theme_of

RETRY_AFTER_S = 5


def _page(
    request: HttpRequest, name: str, status: int, reason: str = ""
) -> HttpResponse:
    # Without the request's context processors: they would ask the database.
    context = {
        "request_id": getattr(request, "request_id", ""),
        "path": request.path,
        "reason": reason,
        "frame": {"theme": theme_of(request)},
    }
    return HttpResponse(render_to_string(name, context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a person who may see the object but not do this."""
    return _page(request, "403.html", 403, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for what is not there, or not in the asker's scope."""
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for our own mistake; a database that is away is a 503."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    return _page(request, "500.html", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer while the database cannot be reached."""
    response = _page(request, "503.html", 503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or too old."""
    return _page(request, "csrf.html", 403)
