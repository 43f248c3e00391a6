"""Under which address does a list of tickets lie?"""

from django.http import QueryDict
from django.urls import reverse

from triage.models import Queue


def list_url(queue: Queue | None, query: str = "", **more: str) -> str:
    """The list of one queue, or of all, with its filters and what else is kept."""
    words = QueryDict(query, mutable=True)
    for name, value in more.items():
        if value:
            words[name] = value
    path = reverse("queue", args=[queue.slug]) if queue else reverse("tickets")
    return f"{path}?{words.urlencode()}" if words else path
