"""How is one thing decided about every ticket of a selection, and watched?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries.request import KnownRequest
from triage import access, bulk, jobs, selection, tickets
from triage.models import BulkAction, Selection
from triage.selection import Place
from triage.web import bulk_pages
from triage.web.act_forms import FORMS, ActForm
from triage.web.naming import list_url

View = Callable[..., HttpResponseBase]


def answered(view: View) -> View:
    """Turn the refusals of the use cases into answers for a person."""

    @wraps(view)
    def wrapper(request: KnownRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except tickets.NotFound as error:
            raise Http404 from error
        except tickets.Forbidden as error:
            raise PermissionDenied from error

    return wrapper


def ring(action: BulkAction) -> None:
    """Do a small action now; have a worker do a large one."""
    if bulk.is_small(action):
        bulk.carry_out(action.pk, timezone.now)
    else:
        # A broker that does not answer costs delay: the sweeper rings again.
        call = partial(jobs.carry_out.delay, action.pk)
        transaction.on_commit(call, robust=True)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("selection.make")
@answered
def act(request: KnownRequest, token: str, verb: str) -> HttpResponse:
    """Show what an act would do to a selection; do it."""
    if verb not in FORMS:
        raise Http404
    found = selection.find(token, request.actor)
    if request.method == "POST":
        return _carry_out(request, found, verb)
    form = _form(found, request, verb, request.GET if _said(request, verb) else None)
    return _page(request, found, form)


def _said(request: KnownRequest, verb: str) -> bool:
    return bool(set(request.GET) & set(FORMS[verb].base_fields))


def _form(
    found: Selection,
    request: KnownRequest,
    verb: str,
    said: QueryDict | None,
    *,
    preview: bool = True,
) -> ActForm:
    """Bind the form; what was not said yet is what it begins with."""
    rows = bulk.selected(found, request.actor)
    queues = rows.order_by().values_list("queue", flat=True).distinct()
    more: dict[str, Any] = {
        "actor": request.actor,
        "queues": queues,
        "preview": preview,
        "rows": rows,
    }
    if said is None:
        begun = FORMS[verb](**more)
        names = begun.fields
        said = QueryDict(mutable=True)
        said.update({name: begun[name].value() or "" for name in names})
    return FORMS[verb](said, **more)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an action was not begun."""

    count: str = ""
    forecast: bulk.Forecast | None = None


def _page(
    request: KnownRequest,
    found: Selection,
    form: ActForm,
    fault: Fault | None = None,
    status: int = 200,
) -> HttpResponse:
    context = bulk_pages.of_act(request, found, form)
    context["count_error"] = fault.count if fault else ""
    context["refused"] = fault is not None and fault.forecast is not None
    name = "_bulk_preview" if request.htmx else "bulk"
    return render(request, f"triage/{name}.html", context, status=status)


def _carry_out(request: KnownRequest, found: Selection, verb: str) -> HttpResponse:
    form = _form(found, request, verb, request.POST, preview=False)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    try:
        action = bulk.start(
            found.token,
            request.actor,
            form.act,
            seen_at=moment(request.POST.get("seen_at", "")),
            typed=request.POST.get("count", "")[:20],
            now=timezone.now(),
        )
    except bulk.NotPermitted as refused:
        return _page(request, found, form, Fault(forecast=refused.forecast), 403)
    except tickets.Invalid as invalid:
        return _page(request, found, form, Fault(count=invalid.message), 400)
    ring(action)
    action.refresh_from_db()
    if action.is_working or action.applied != action.expected:
        return HttpResponseRedirect(reverse("bulk_action", args=[action.pk]))
    said = ngettext(
        "Done: %(count)d ticket was changed.",
        "Done: %(count)d tickets were changed.",
        action.applied,
    ) % {"count": action.applied}
    url = reverse("bulk_undo", args=[action.pk])
    messages.success(request, said, extra_tags=url)
    return HttpResponseRedirect(
        list_url(found.queue, found.query, selection=found.token)
    )


def moment(text: str) -> datetime | None:
    """When the rows were looked at, if that is a moment at all."""
    try:
        found = parse_datetime(text[:40])
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


@require_POST
@access.names("selection.make")
@answered
def narrowing(request: KnownRequest, token: str, verb: str) -> HttpResponse:
    """Take out of a selection what one may not change."""
    if verb not in FORMS:
        raise Http404
    found = selection.find(token, request.actor)
    form = _form(found, request, verb, request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    ids = bulk.forbidden_ids(found, request.actor, form.act)
    selection.without(token, request.actor, ids)
    kept = QueryDict(mutable=True)
    kept.update({name: request.POST.get(name, "") for name in form.fields})
    url = reverse("bulk", args=[token, verb])
    return HttpResponseRedirect(f"{url}?{kept.urlencode()}")


def _action(request: KnownRequest, pk: int) -> BulkAction:
    rows = BulkAction.objects.visible_to(request.actor)
    action: BulkAction | None = (
        rows.select_related("selection__queue").filter(pk=pk).first()
    )
    if action is None:
        raise tickets.NotFound(pk)
    return action


@require_safe
@access.names("selection.make")
@answered
def action(request: KnownRequest, pk: int) -> HttpResponse:
    """Show how far an action is and what became of each ticket."""
    context = bulk_pages.of_action(_action(request, pk), request.actor)
    name = "_bulk_action" if request.htmx else "bulk_action"
    return render(request, f"triage/{name}.html", context)


@require_POST
@access.names("ticket.undo")
@answered
def undo(request: KnownRequest, pk: int) -> HttpResponse:
    """Take an action back."""
    try:
        action = bulk.undo(pk, request.actor, now=timezone.now())
    except tickets.Invalid as invalid:
        messages.error(request, invalid.message)
    else:
        ring(action)
    return HttpResponseRedirect(reverse("bulk_action", args=[pk]))


@require_POST
@access.names("selection.make")
@answered
def left_alone(request: KnownRequest, pk: int) -> HttpResponse:
    """Select what an action left alone."""
    found = _action(request, pk)
    ids = bulk.left_alone(found, request.actor)
    before = found.selection
    place = Place(before.queue, before.query) if before else Place(None, "")
    made = selection.of_ids(request.actor, ids, place)
    return HttpResponseRedirect(
        list_url(place.queue, place.query, selection=made.token)
    )
