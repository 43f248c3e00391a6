"""What can be seen and done on the page of one ticket?

Each view parses, calls one use case and renders; what a use case refuses is answered
here once, for all of them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deliveries.request import KnownRequest
from triage import access
from triage import tickets as use_cases
from triage.models import UNSOLVED, Ticket
from triage.web import sentences, ticket_page, ticket_timeline
from triage.web.forms import HandOverForm, ReopeningForm, mark

View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """Turn the refusals of the use cases into answers for a person."""

    @wraps(view)
    def wrapper(request: KnownRequest, number: int, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, number, **kwargs)
        except use_cases.NotFound as error:
            raise Http404 from error
        except use_cases.Forbidden as error:
            raise PermissionDenied(error.reason) from error
        except use_cases.Conflict as conflict:
            return conflict_page(request, conflict)
        except use_cases.Invalid as invalid:
            messages.error(request, invalid.message)
            return HttpResponseRedirect(reverse("ticket", args=[number]))

    return wrapper


def conflict_page(request: KnownRequest, conflict: use_cases.Conflict) -> HttpResponse:
    """Say who was first, what they did and when; keep what was typed."""
    event = conflict.event
    events = [event] if event else []
    names = ticket_timeline.names_of(events)
    kept = [
        {"label": label, "text": request.POST[name]}
        for name, label in (
            ("body", _("Note")),
            ("note", _("Note")),
            ("reason", _("Reason")),
            ("draft_title", _("Title")),
            ("draft_body", _("Text")),
            ("text_en", _("In English")),
            ("text_zh_hans", _("In Chinese")),
        )
        if request.POST.get(name)
    ]
    context = {
        "conflict": {
            "who": names.person(event.actor_id) if event and event.actor_id else "",
            "did": sentences.of_decision(event, names),
            "at": event.at if event else None,
        },
        "ticket": {
            "number": conflict.ticket.number,
            "cause": conflict.ticket.cause.name,
            "url": reverse("ticket", args=[conflict.ticket.number]),
        },
        "kept": kept,
        "again": _again(request, conflict.ticket),
    }
    return render(request, "triage/conflict.html", context, status=409)


# What still makes sense after somebody else's decision, with the action it needs. To
# take, to solve and to send again do not: whoever was first may have done just that.
ON_TOP = {
    "ticket_tier": "ticket.set_tier",
    "ticket_queue": "ticket.queue",
    "ticket_waiting": "ticket.waiting",
    "ticket_category": "ticket.category",
    "ticket_handover": "ticket.hand_over",
}


def _again(request: KnownRequest, ticket: Ticket) -> dict[str, Any] | None:
    """Offer to do the same to the ticket as it is now, where one still may."""
    name = request.resolver_match.url_name if request.resolver_match else None
    action = ON_TOP.get(name or "")
    live = Ticket.objects.filter(pk=ticket.pk, state__in=UNSOLVED).exists()
    if not action or not live:
        return None
    if isinstance(access.may(request.actor, action, ticket), access.Refused):
        return None
    said = [
        (field, value)
        for field in request.POST
        if field not in ("csrfmiddlewaretoken", "version")
        for value in request.POST.getlist(field)
    ]
    return {
        "url": request.path,
        "label": _("Apply mine on top"),
        "fields": [*said, ("version", ticket.version)],
    }


def version_of(request: KnownRequest) -> int | None:
    """The version of the ticket that the person saw; nothing if it is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def found(request: KnownRequest, number: int) -> Ticket:
    """Fetch a ticket in scope with what its page shows; 404 otherwise."""
    rows = Ticket.objects.visible_to(request.actor).with_everything_for_list()
    ticket = rows.select_related("merged_into").filter(number=number).first()
    if ticket is None:
        raise Http404
    return ticket


def show(request: KnownRequest, number: int, **forms: Any) -> HttpResponse:
    """Render the page, with bound forms where something was wrong."""
    ticket = found(request, number)
    context = ticket_page.build(ticket, request.actor, forms)
    status = 400 if any(form.errors for form in forms.values()) else 200
    return render(request, "triage/ticket.html", context, status=status)


def undoable(request: KnownRequest, number: int, said: str) -> None:
    """Say what was just done, with a button that takes it back."""
    event = use_cases.latest(request.actor, timezone.now())
    here = event is not None and event.ticket.number == number
    url = reverse("ticket_undo", args=[number, event.seq]) if event and here else ""
    messages.success(request, said, extra_tags=url)


def _back(number: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("ticket", args=[number]))


@require_safe
@access.names("ticket.read")
def ticket(request: KnownRequest, number: int) -> HttpResponse:
    """Show one ticket."""
    return show(request, number)


@require_POST
@access.names("ticket.claim")
@answered
def assignment(request: KnownRequest, number: int) -> HttpResponse:
    """Take the ticket."""
    use_cases.take(number, request.actor, version=version_of(request))
    undoable(request, number, _("The ticket is yours."))
    return _back(number)


@require_POST
@access.names("ticket.hand_over")
@answered
def handover(request: KnownRequest, number: int) -> HttpResponse:
    """Give the ticket to a member or to another queue."""
    form = HandOverForm(request.POST, ticket=found(request, number))
    if not form.is_valid():
        return show(request, number, handover=form)
    try:
        use_cases.hand_over(
            number,
            request.actor,
            to=form.target,
            note=form.cleaned_data["note"],
            version=version_of(request),
        )
    except use_cases.Invalid as invalid:
        mark(form, invalid)
        return show(request, number, handover=form)
    undoable(request, number, _("The ticket was handed over."))
    if not Ticket.objects.visible_to(request.actor).filter(number=number).exists():
        return HttpResponseRedirect(reverse("queues"))
    return _back(number)


@require_POST
@access.names("resend.run")
@answered
def resend(request: KnownRequest, number: int) -> HttpResponse:
    """Have one message of the ticket sent again."""
    use_cases.retry_now(
        number,
        request.actor,
        message_public_id=request.GET.get("message", ""),
        now=timezone.now(),
        version=version_of(request),
    )
    messages.success(request, _("The message is being sent again."))
    return _back(number)


@require_POST
@access.names("diagnosis.rerun")
@answered
def diagnosis(request: KnownRequest, number: int) -> HttpResponse:
    """Have the reports of the ticket diagnosed again."""
    done = use_cases.diagnose_again(number, request.actor, now=timezone.now())
    if not done.written:
        messages.info(
            request,
            _("Nothing has changed: evidence, rules and model are those of last time."),
        )
    elif done.cause_changed:
        messages.success(request, _("Diagnosed again: the cause is another one now."))
    else:
        messages.success(request, _("Diagnosed again: the cause is the same."))
    if not Ticket.objects.visible_to(request.actor).filter(number=number).exists():
        return HttpResponseRedirect(reverse("queues"))
    return _back(number)


@require_POST
@access.names("ticket.reopen")
@answered
def reopening(request: KnownRequest, number: int) -> HttpResponse:
    """Take a solved ticket up again."""
    form = ReopeningForm(request.POST)
    if not form.is_valid():
        return show(request, number, reopening=form)
    try:
        use_cases.reopen(
            number,
            request.actor,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
            version=version_of(request),
        )
    except use_cases.Invalid as invalid:
        mark(form, invalid)
        return show(request, number, reopening=form)
    messages.success(request, _("The ticket is open again."))
    return _back(number)
