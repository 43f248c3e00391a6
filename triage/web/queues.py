"""Which queues am I in, and what lies in one?"""

from dataclasses import replace
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, counts, exports
from triage.filters import ME, NOBODY, OVERDUE, SOON, TicketFilter
from triage.models import UNSOLVED, Queue
from triage.web import (
    live_list,
    live_pages,
    live_rows,
    paging,
    queue_lines,
    view_tabs,
)
from triage.web.naming import list_url
from triage.web.selected import on_list, token_of
from triage.web.view_tabs import Tab


@require_safe
@access.names("queue.read")
def queues(request: KnownRequest) -> HttpResponse:
    """Show the queues of which I am a member."""
    lines = live_pages.of_queues(queue_lines.lines_of(request.actor))
    context = {
        "queues": [replace(each.row, seen=each.seen) for each in lines],
        "tickets_url": reverse("tickets"),
        **live_rows.address(reverse("queues_changes")),
    }
    return render(request, "triage/queues.html", context)


@require_safe
@access.names("ticket.list")
def queue(request: KnownRequest, slug: str) -> HttpResponse:
    """Show the tickets of one queue."""
    found = Queue.objects.visible_to(request.actor).named(slug)
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
    counted, actor = counts.of_list(scope), request.actor
    total, of_total = _totals(request, scope, counted, chosen)
    context: dict[str, Any] = {
        "queue": {"slug": queue.slug, "name": queue.title} if queue else None,
        "queues_url": reverse("queues"),
        "tabs": view_tabs.beside(_tabs(request, scope, counted), request, queue),
        "save_url": view_tabs.save_url(request, queue),
        "take_url": reverse("take_next") if _may_take(actor, queue) else "",
        "page": page,
        "total": total,
        "of_total": of_total,
        "filtered": filtered,
        "empty": _empty(request, filtered=filtered),
        "clear_url": list_url(queue, selection=token_of(request)),
        "query": request.GET.urlencode(),
        "cursor": request.GET.get("cursor", ""),
        "exports_url": reverse("exports") if exports.is_offered(actor, queue) else "",
        **on_list(request, page.rows),
        **live_list.address(request, queue, page),
    }
    name = "_queue_rows"
    if not request.htmx or request.htmx.history_restore_request:
        name = "queue"
        context["facets"] = paging.facets_of(counted, chosen)
        kept = ("assignee", "selection")
        context["kept_filters"] = {name: request.GET.get(name, "") for name in kept}
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
    total = counted.among(asked)
    if total is None:
        question = f"{asked} for {request.actor.person_id}"
        total = counts.matching(scope, chosen.qs, question, counted.live)
    if "state" not in asked:
        return total, counted.live
    return total, counts.matching(scope, scope.tickets, "everything", counted.live)


def _may_take(actor: Actor, queue: Queue | None) -> bool:
    """Whether somebody may be given what comes next here: who works in the queue."""
    works = actor.queue_ids if queue is None else {queue.pk} & {*actor.queue_ids}
    return actor.may("ticket.claim") and bool(works)


def _empty(request: KnownRequest, *, filtered: bool) -> str:
    if filtered:
        return "filtered"
    actor = request.actor
    return "nothing" if actor.queue_ids or actor.sees_everything else "no_queue"


def _tabs(
    request: KnownRequest, scope: counts.Scope, counted: counts.Counts
) -> list[Tab]:
    actor: Actor = request.actor
    open_states = [("state", state.value) for state in UNSOLVED]
    views: list[tuple[str, list[tuple[str, str]], int]] = [
        (_("All live"), [], counted.live),
        (_("At risk"), [("clock", OVERDUE), ("clock", SOON)], counted.at_risk),
        (
            _("Unassigned"),
            [("assignee", NOBODY), *open_states],
            counted.unassigned,
        ),
        (
            _("Mine"),
            [("assignee", ME), *open_states],
            counts.held(scope, actor.person_id),
        ),
        (_("Solved, not proven"), [("state", "solved")], counted.solved),
    ]
    return [view_tabs.of(request, *each) for each in views]
