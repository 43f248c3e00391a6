"""What can be changed about one ticket, and how is it taken back?"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, bulk, incidents
from triage import tickets as use_cases
from triage.models import BulkAction, BulkState, Ticket, TicketEvent, Verb
from triage.web.act_forms import FORMS
from triage.web.bulk import ring
from triage.web.ticket import answered, found, show, undoable, version_of

SAID: dict[str, Any] = {
    Verb.TIER: gettext_lazy("The tier is set."),
    Verb.QUEUE: gettext_lazy("The ticket is in another queue."),
    Verb.WAIT: gettext_lazy("Whom the ticket waits for is set."),
    Verb.CATEGORY: gettext_lazy("The cause is named."),
}


def _act(request: KnownRequest, number: int, verb: Verb) -> HttpResponse:
    ticket = found(request, number)
    form = FORMS[verb](request.POST, actor=request.actor, queues=[ticket.queue_id])
    if not form.is_valid():
        return show(request, number, **{verb.value: form})
    use_cases.do(number, request.actor, form.act, version=version_of(request))
    undoable(request, number, str(SAID[verb]))
    return back(request, number)


def back(request: KnownRequest, number: int) -> HttpResponse:
    """Lead back to the ticket, or to the queues when it is no longer in sight."""
    if Ticket.objects.visible_to(request.actor).filter(number=number).exists():
        return HttpResponseRedirect(reverse("ticket", args=[number]))
    return HttpResponseRedirect(reverse("queues"))


@require_POST
@access.names("ticket.set_tier")
@answered
def tier(request: KnownRequest, number: int) -> HttpResponse:
    """Override the tier, or let it be judged again."""
    return _act(request, number, Verb.TIER)


@require_POST
@access.names("ticket.queue")
@answered
def queue(request: KnownRequest, number: int) -> HttpResponse:
    """Put the ticket into another queue."""
    return _act(request, number, Verb.QUEUE)


@require_POST
@access.names("ticket.waiting")
@answered
def waiting(request: KnownRequest, number: int) -> HttpResponse:
    """Let the ticket wait for somebody, or go on."""
    return _act(request, number, Verb.WAIT)


@require_POST
@access.names("ticket.category")
@answered
def category(request: KnownRequest, number: int) -> HttpResponse:
    """Name the cause in place of the diagnosis."""
    return _act(request, number, Verb.CATEGORY)


@require_POST
@access.names("ticket.undo")
@answered
def undo(request: KnownRequest, number: int, seq: int) -> HttpResponse:
    """Take back one event of the timeline."""
    event = TicketEvent.objects.select_related("ticket__group__category")
    one = event.filter(ticket__number=number, seq=seq).first()
    if one is None:
        raise Http404
    _take_back(one, request.actor)
    messages.success(request, _undone(one))
    return back(request, number)


def _take_back(event: TicketEvent, actor: Actor) -> None:
    """Undo an event in the way that its inverse asks for."""
    if incidents.is_ours(event):
        incidents.undo(event, actor, timezone.now())
    else:
        use_cases.undo(event.ticket.number, event.seq, actor)


def _undone(event: TicketEvent) -> str:
    return _("Undone on ticket #%(number)d.") % {"number": event.ticket.number}


@require_POST
@access.names("ticket.undo")
def undo_latest(request: KnownRequest) -> HttpResponse:
    """Take back what I decided last: about one ticket, or about many."""
    actor, now = request.actor, timezone.now()
    event = use_cases.latest(actor, now)
    many = _latest_of_many(request)
    if many is not None and (event is None or many.requested_at > event.at):
        bulk.undo(many.pk, actor, now=now)
        ring(many)
        return HttpResponseRedirect(reverse("bulk_action", args=[many.pk]))
    if event is None:
        messages.info(request, _("There is nothing of yours to undo."))
        return HttpResponseRedirect(reverse("queues"))
    number = event.ticket.number
    try:
        _take_back(event, actor)
        messages.success(request, _undone(event))
    except use_cases.NotFound as error:
        raise Http404 from error
    except use_cases.Forbidden as error:
        raise PermissionDenied(error.reason) from error
    except use_cases.Invalid as invalid:
        messages.error(request, invalid.message)
    return back(request, number)


def _latest_of_many(request: KnownRequest) -> BulkAction | None:
    rows = BulkAction.objects.visible_to(request.actor)
    recent = rows.filter(requested_at__gte=timezone.now() - use_cases.RECENT)
    done = recent.filter(state=BulkState.APPLIED, undo_until__gt=timezone.now())
    latest: BulkAction | None = done.order_by("-pk").first()
    return latest
