"""How are bulk resends planned, watched, held and stopped?

Each view parses, calls one use case and renders; the pages are built in
``resend_pages.py`` and ``resend_items.py``.
"""

import re
from collections.abc import Callable
from functools import partial, wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries import jobs
from deliveries.models import ResendOperation, ResendState
from deliveries.request import KnownRequest
from triage import access, csv_lines, resend_report, resending, tickets
from triage.web import live_pages, live_rows, resend_items, resend_pages
from triage.web.forms import mark
from triage.web.resend_forms import MESSAGES_MOST, PlanForm

ID = re.compile(r"msg_[0-9A-Za-z]{26}")
View = Callable[..., HttpResponseBase]


def answered(view: View) -> View:
    """Turn the refusals of the use cases into answers for a person."""

    @wraps(view)
    def wrapper(request: KnownRequest, resend: int) -> HttpResponseBase:
        try:
            return view(request, resend)
        except tickets.NotFound as error:
            raise Http404 from error
        except tickets.Forbidden as error:
            raise PermissionDenied from error
        except tickets.Invalid as invalid:
            messages.error(request, invalid.message)
            return _back(resend)

    return wrapper


def _back(number: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("resend", args=[number]))


@require_safe
@access.names("resend.read")
def resends(request: KnownRequest) -> HttpResponse:
    """Show the bulk resends that one may see, the newest first."""
    rows = ResendOperation.objects.visible_to(request.actor)
    page = resend_items.page_of_operations(request, rows)
    lines = live_pages.of_resends(page.rows)
    query = {"cursor": request.GET["cursor"]} if "cursor" in request.GET else {}
    context = {
        "page": page,
        "rows": [{**each.row, "seen": each.seen} for each in lines],
        "may_plan": request.actor.may("resend.plan"),
        **live_rows.address(f"{reverse('resends_changes')}?{urlencode(query)}"),
    }
    return render(request, "triage/resends.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("resend.plan")
def new(request: KnownRequest) -> HttpResponse:
    """Ask for a plan, perhaps from a ticket, an incident or chosen messages."""
    source = request.POST if request.method == "POST" else request.GET
    chosen = tuple(source.getlist("message")[:MESSAGES_MOST])
    if not all(ID.fullmatch(each) for each in chosen):
        raise BadRequest(_("This filter does not exist."))
    if request.method != "POST":
        known = {name: request.GET[name] for name in request.GET if name != "message"}
        return _form(request, PlanForm(initial=known or None, messages=chosen))
    form = PlanForm(request.POST, messages=chosen)
    if not form.is_valid():
        return _form(request, form)
    try:
        operation = resending.draft(request.actor, form.query, form.pace)
    except tickets.Forbidden as error:
        raise PermissionDenied from error
    except tickets.Invalid as invalid:
        mark(form, invalid)
        return _form(request, form)
    # A broker that does not answer costs delay: the sweeper rings again.
    ring = partial(jobs.plan_resend.delay, operation.pk)
    transaction.on_commit(ring, robust=True)
    return _back(operation.number)


def _form(request: KnownRequest, form: PlanForm) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, "triage/resend_new.html", {"form": form}, status=status)


@require_safe
@access.names("resend.read")
@answered
def resend(request: KnownRequest, resend: int) -> HttpResponse:
    """Show one bulk resend: its plan, its progress and what can be done."""
    operation = resending.find(resend, request.actor)
    context = resend_pages.of_page(operation, request.actor)
    return render(request, "triage/resend.html", context)


@require_safe
@access.names("resend.read")
@answered
def progress(request: KnownRequest, resend: int) -> HttpResponse:
    """Show how far it is, as a fragment; a new plan is worth the whole page."""
    operation = resending.find(resend, request.actor)
    seen = request.GET.get("seen", "")
    context = resend_pages.of_progress(operation, request.actor, seen=seen)
    response = render(request, "triage/_resend_live.html", context)
    if seen == ResendState.DRAFT and operation.state != ResendState.DRAFT:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@access.names("resend.read")
@answered
def items(request: KnownRequest, resend: int) -> HttpResponse:
    """Show what became of each message, or of those in one state."""
    operation = resending.find(resend, request.actor)
    context = resend_items.of_items(request, operation)
    return render(request, "triage/resend_items.html", context)


@require_safe
@access.names("resend.read")
@answered
def items_csv(request: KnownRequest, resend: int) -> HttpResponseBase:
    """Hand out what became of each message as a table, masked like the page."""
    operation = resending.find(resend, request.actor)
    rows = csv_lines.lines(resend_report.table(operation))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    name = f"resend-{operation.number}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@access.names("resend.approve")
@answered
def approval(request: KnownRequest, resend: int) -> HttpResponse:
    """Agree to a plan as the second person."""
    resending.decide(resend, request.actor, "approve", timezone.now())
    messages.success(request, _("You agreed. Whoever may send can start it now."))
    return _back(resend)


@require_POST
@access.names("resend.run")
@answered
def start(request: KnownRequest, resend: int) -> HttpResponse:
    """Begin with the canary, or go on after a pause."""
    before = resending.decide(resend, request.actor, "start", timezone.now())
    paused = before.state == ResendState.PAUSED
    said = _("It goes on.") if paused else _("The canary is on its way.")
    messages.success(request, said)
    return _back(resend)


@require_POST
@access.names("resend.pause")
@answered
def pause(request: KnownRequest, resend: int) -> HttpResponse:
    """Hold it; what a provider has already is on its way."""
    resending.decide(resend, request.actor, "pause", timezone.now())
    messages.success(request, _("Paused. Nothing more is sent until it is resumed."))
    return _back(resend)


@require_POST
@access.names("resend.cancel")
@answered
def cancellation(request: KnownRequest, resend: int) -> HttpResponse:
    """Stop it for good."""
    resending.decide(resend, request.actor, "cancel", timezone.now())
    messages.success(request, _("Cancelled. The messages not yet sent are free again."))
    return _back(resend)
