"""Which queues am I in, and what lies in one?"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Count, Min, Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access
from triage.filters import ME, NOBODY, OVERDUE, SOON, TicketFilter, risk
from triage.models import LIVE, UNSOLVED, Membership, Queue, Ticket, TicketState, Tier
from triage.models.queue import QueueQuerySet
from triage.models.ticket import TicketQuerySet
from triage.web import paging, view_tabs
from triage.web.frame import Face
from triage.web.naming import list_url
from triage.web.rows import face_of
from triage.web.selected import on_list, token_of
from triage.web.view_tabs import Tab


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


@require_safe
@access.names("queue.read")
def queues(request: KnownRequest) -> HttpResponse:
    """Show the queues of which I am a member."""
    actor: Actor = request.actor
    unsolved = Q(tickets__state__in=UNSOLVED)
    rows = Queue.objects.visible_to(actor).annotate(
        live=Count("tickets", filter=Q(tickets__state__in=LIVE)),
        unassigned=Count("tickets", filter=unsolved & Q(tickets__assignee=None)),
        urgent=Count("tickets", filter=unsolved & Q(tickets__tier=Tier.S1)),
        oldest_at=Min("tickets__opened_at", filter=unsolved),
    )
    members = _members(rows, actor)
    lines = [_line(row, members[row.pk]) for row in rows]
    context = {"queues": lines, "tickets_url": reverse("tickets")}
    return render(request, "triage/queues.html", context)


def _line(row: Any, members: list[Face]) -> QueueLine:
    """``row`` is a queue with the counts that its query annotated."""
    return QueueLine(
        slug=row.slug,
        name=row.title,
        url=reverse("queue", args=[row.slug]),
        live=row.live,
        unassigned=row.unassigned,
        urgent=row.urgent,
        oldest_at=row.oldest_at,
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
    scope = Ticket.objects.visible_to(request.actor).filter(queue=found)
    return _list(request, scope, found)


@require_safe
@access.names("ticket.list")
def tickets(request: KnownRequest) -> HttpResponse:
    """Show the tickets of all my queues."""
    return _list(request, Ticket.objects.visible_to(request.actor), None)


def _list(
    request: KnownRequest, scope: TicketQuerySet, queue: Queue | None
) -> HttpResponse:
    chosen = TicketFilter(request.GET, queryset=scope, request=request)
    if not chosen.is_valid():
        raise BadRequest(_("This filter does not exist."))
    page = paging.page_of(request, chosen.qs)
    if not page.rows and "cursor" in request.GET:
        return HttpResponseRedirect(paging.first_page(request))
    filtered = any(request.GET.get(name) for name in TicketFilter.Meta.fields)
    of_total = (scope if request.GET.get("state") else scope.live()).count()
    total = chosen.qs.count() if filtered else of_total
    context = {
        "queue": {"slug": queue.slug, "name": queue.title} if queue else None,
        "queues_url": reverse("queues"),
        "tabs": view_tabs.beside(_tabs(request, scope), request, queue),
        "save_url": view_tabs.save_url(request, queue),
        "page": page,
        "total": total,
        "of_total": of_total,
        "filtered": filtered,
        "empty": _empty(request, filtered=filtered),
        "clear_url": list_url(queue, selection=token_of(request)),
        "query": request.GET.urlencode(),
        "cursor": request.GET.get("cursor", ""),
        **on_list(request, page.rows),
    }
    name = "_queue_rows"
    if not request.htmx or request.htmx.history_restore_request:
        name = "queue"
        context["facets"] = paging.facets_of(scope, chosen)
        kept = ("assignee", "selection")
        context["kept_filters"] = {name: request.GET.get(name, "") for name in kept}
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _empty(request: KnownRequest, *, filtered: bool) -> str:
    if filtered:
        return "filtered"
    actor = request.actor
    return "nothing" if actor.queue_ids or actor.sees_everything else "no_queue"


def _tabs(request: KnownRequest, scope: TicketQuerySet) -> list[Tab]:
    actor: Actor = request.actor
    unsolved = Q(state__in=UNSOLVED)
    now = timezone.now()
    at_risk = Q(state__in=LIVE) & (risk(OVERDUE, now) | risk(SOON, now))
    counts = scope.aggregate(
        at_risk=Count("pk", filter=at_risk),
        live=Count("pk", filter=Q(state__in=LIVE)),
        unassigned=Count("pk", filter=unsolved & Q(assignee=None)),
        mine=Count("pk", filter=unsolved & Q(assignee=actor.person_id)),
        solved=Count("pk", filter=Q(state=TicketState.SOLVED)),
    )
    open_states = [("state", state.value) for state in UNSOLVED]
    views: list[tuple[str, list[tuple[str, str]], int]] = [
        (_("All live"), [], counts["live"]),
        (_("At risk"), [("clock", OVERDUE), ("clock", SOON)], counts["at_risk"]),
        (
            _("Unassigned"),
            [("assignee", NOBODY), *open_states],
            counts["unassigned"],
        ),
        (_("Mine"), [("assignee", ME), *open_states], counts["mine"]),
        (_("Solved, not proven"), [("state", "solved")], counts["solved"]),
    ]
    return [view_tabs.of(request, *each) for each in views]
