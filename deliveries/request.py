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
