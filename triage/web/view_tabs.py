"""Which saved views stand beside a list, and how is one more saved?"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from deliveries.request import KnownRequest
from triage import saved_views
from triage.models import Queue
from triage.selection import Place
from triage.tickets import Invalid
from triage.web.selected import token_of


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a list; a saved one may be edited by its owner."""

    label: str
    url: str
    count: int | None
    current: bool
    edit_url: str = ""


def of(
    request: KnownRequest, label: str, query: list[tuple[str, str]], count: int
) -> Tab:
    """Build a tab of a list; the selection goes along."""
    present = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in ("cursor", "selection")
    ]
    token = token_of(request)
    words = urlencode([*query, *([("selection", token)] if token else [])])
    url = f"{request.path}?{words}" if words else request.path
    return Tab(label, url, count, current=sorted(query) == sorted(present))


def beside(tabs: list[Tab], request: KnownRequest, queue: Queue | None) -> list[Tab]:
    """Put the saved views behind the tabs of a list; one of all is the current one."""
    if not request.actor.may("view.save"):
        return tabs
    known = any(tab.current for tab in tabs)
    return [*tabs, *_saved(request, queue, known=known)]


def _saved(request: KnownRequest, queue: Queue | None, *, known: bool) -> list[Tab]:
    here = _place(request, queue)
    found = []
    for view in saved_views.of_list(request.actor, queue):
        current = not known and here is not None and here.query == view.query
        mine = view.owner_id == request.actor.person_id
        found.append(
            Tab(
                label=view.name,
                url=reverse("view", args=[view.slug]),
                count=None,
                current=current and view.queue_id == (queue.pk if queue else None),
                edit_url=reverse("view_edit", args=[view.slug]) if mine else "",
            )
        )
    return found


def save_url(request: KnownRequest, queue: Queue | None) -> str:
    """Where the list as it is now is saved; nowhere if it cannot be."""
    place = _place(request, queue)
    if place is None or not request.actor.may("view.save"):
        return ""
    words = QueryDict(mutable=True)
    words.update({"queue": queue.slug if queue else "", "query": place.query})
    return f"{reverse('view_new')}?{words.urlencode()}"


def _place(request: KnownRequest, queue: Queue | None) -> Place | None:
    try:
        return Place.of(queue, request.GET)
    except Invalid:
        return None
