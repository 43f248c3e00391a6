"""Which queues am I in, and what lies in one?"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, counts
from triage.filters import ME, NOBODY, OVERDUE, SOON, TicketFilter
from triage.models import UNSOLVED, Membership, Queue
from triage.models.queue import QueueQuerySet
from triage.web import paging
from triage.web.frame import Face
from triage.web.rows import face_of


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue in the list of queues."""

    slug: str
    name: str
    url: str
    live: int
    unassigned: int
    urgent: int
    oldest_at: datetime | None
    members: list[Face]


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a list."""

    label: str
    url: str
    count: int
    current: bool


@require_safe
@access.names("queue.read")
def queues(request: KnownRequest) -> HttpResponse:
    """Show the queues of which I am a member."""
    actor: Actor = request.actor
    rows = Queue.objects.visible_to(actor)
    counted = counts.by_queue(actor)
    members = _members(rows, actor)
    nothing = counts.OfQueue()
    lines = [_line(row, counted.get(row.pk, nothing), members[row.pk]) for row in rows]
    context = {"queues": lines, "tickets_url": reverse("tickets")}
    return render(request, "triage/queues.html", context)


def _line(row: Queue, counted: counts.OfQueue, members: list[Face]) -> QueueLine:
    return QueueLine(
        slug=row.slug,
        name=row.title,
        url=reverse("queue", args=[row.slug]),
        live=counted.live,
        unassigned=counted.unassigned,
        urgent=counted.urgent,
        oldest_at=counted.oldest_at,
        members=members,
    )


def _members(rows: QueueQuerySet, actor: Actor) -> dict[int, list[Face]]:
    members: dict[int, list[Face]] = defaultdict(list)
    seen: set[tuple[int, int]] = set()  # a person may hold two roles in a queue
    found = Membership.objects.filter(queue__in=rows).select_related("person")
    for membership in found.order_by("person__first_name", "person__username"):
        face, queue_id = face_of(membership.person, actor), membership.queue_id
        if queue_id is None or face is None:
            continue
        if (queue_id, membership.person_id) not in seen:
            seen.add((queue_id, membership.person_id))
            members[queue_id].append(face)
    return members


@require_safe
@access.names("ticket.list")
def queue(request: KnownRequest, slug: str) -> HttpResponse:
    """Show the tickets of one queue."""
    found = Queue.objects.visible_to(request.actor).filter(slug=slug).first()
    if found is None:
        raise Http404
    return _list(request, counts.scope_of(request.actor, found), found)


@require_safe
@access.names("ticket.list")
def tickets(request: KnownRequest) -> HttpResponse:
    """Show the tickets of all my queues."""
    return _list(request, counts.scope_of(request.actor), None)


def _list(
    request: KnownRequest, scope: counts.Scope, queue: Queue | None
) -> HttpResponse:
    chosen = TicketFilter(request.GET, queryset=scope.tickets, request=request)
    if not chosen.is_valid():
        raise BadRequest(_("This filter does not exist."))
    page = paging.page_of(request, chosen.qs)
    if not page.rows and "cursor" in request.GET:
        return HttpResponseRedirect(paging.first_page(request))
    filtered = any(request.GET.get(name) for name in TicketFilter.Meta.fields)
    counted = counts.of_list(scope)
    total, of_total = _totals(request, scope, counted, chosen)
    context: dict[str, Any] = {
        "queue": {"slug": queue.slug, "name": queue.title} if queue else None,
        "queues_url": reverse("queues"),
        "tabs": _tabs(request, scope, counted),
        "page": page,
        "total": total,
        "of_total": of_total,
        "filtered": filtered,
        "empty": _empty(request, filtered=filtered),
        "clear_url": request.path,
    }
    name = "_queue_rows"
    if not request.htmx or request.htmx.history_restore_request:
        name = "queue"
        context["facets"] = paging.facets_of(counted, chosen)
        context["kept_filters"] = {"assignee": request.GET.get("assignee", "")}
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _totals(
    request: KnownRequest,
    scope: counts.Scope,
    counted: counts.Counts,
    chosen: TicketFilter,
) -> tuple[int, int]:
    """Return how many tickets match, and of how many."""
    asked = {
        name: sorted(request.GET.getlist(name))
        for name in TicketFilter.Meta.fields
        if request.GET.get(name)
    }
    if not asked:
        return counted.live, counted.live
    question = f"{asked} for {request.actor.person_id}"
    total = counts.matching(scope, chosen.qs, question, counted.live)
    if "state" not in asked:
        return total, counted.live
    return total, counts.matching(scope, scope.tickets, "everything", counted.live)


def _empty(request: KnownRequest, *, filtered: bool) -> str:
    if filtered:
        return "filtered"
    actor = request.actor
    return "nothing" if actor.queue_ids or actor.sees_everything else "no_queue"


def _tabs(
    request: KnownRequest, scope: counts.Scope, counted: counts.Counts
) -> list[Tab]:
    actor: Actor = request.actor
    mine = scope.tickets.filter(state__in=UNSOLVED, assignee=actor.person_id)
    open_states = [("state", state.value) for state in UNSOLVED]
    views: list[tuple[str, list[tuple[str, str]], int]] = [
        (_("All live"), [], counted.live),
        (_("At risk"), [("clock", OVERDUE), ("clock", SOON)], counted.at_risk),
        (
            _("Unassigned"),
            [("assignee", NOBODY), *open_states],
            counted.unassigned,
        ),
        (_("Mine"), [("assignee", ME), *open_states], counts.capped(mine)),
        (_("Solved, not proven"), [("state", "solved")], counted.solved),
    ]
    present = sorted(
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name != "cursor"
    )
    return [
        Tab(
            label=label,
            url=f"{request.path}?{urlencode(query)}" if query else request.path,
            count=count,
            current=sorted(query) == present,
        )
        for label, query, count in views
    ]
