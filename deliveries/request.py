"""What does a request carry once the middleware has seen it?

Views and admin classes of every app read the asker from their request; this class
gives what the middleware of the top app attached a type.
"""

from typing import cast

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from deliveries.actor import Actor


class KnownRequest(HttpRequest):
    """A request whose id and asker are known. Never made: a type for annotations."""

    request_id: str
    actor: Actor
    htmx: HtmxDetails


def as_known(request: HttpRequest) -> KnownRequest:
    """Return the same request where a library's signature hides what it carries."""
    return cast("KnownRequest", request)


def posted_name(request: HttpRequest, field: str) -> str:
    """Return the slug or id in a posted field; empty for one that no row can have.

    The database holds no NUL, and refuses to be asked for one.
    """
    name = request.POST.get(field, "")
    return "" if "\0" in name else name


def posted_names(request: HttpRequest, field: str) -> list[str]:
    """Return all slugs or ids in a posted field; empty for those as above."""
    return ["" if "\0" in name else name for name in request.POST.getlist(field)]
