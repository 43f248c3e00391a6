"""What should I do next, and what do I hold?"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from knowledgebase import training
from knowledgebase.web import training as training_pages
from triage import access, offering, tickets
from triage.models import (
    UNSOLVED,
    DeclineReason,
    Queue,
    StaffNotice,
    StaffNoticeKind,
    Ticket,
)
from triage.offering import Offer, Why
from triage.web import first_steps, handing_over, live_pages
from triage.web.inbox import lines_of
from triage.web.rows import rows_of
from triage.web.ticket import conflict_page, version_of

TRAINING_SHOWN = 5


class DeclineForm(forms.Form):
    """Why an offered ticket is left to others."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why not this one?"), choices=DeclineReason.choices
    )
    ticket = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)


@require_safe
@access.names("queue.read")
def my_day(request: KnownRequest) -> HttpResponse:
    """Show what comes next and what I hold; who takes no tickets sees the queues."""
    actor = request.actor
    if not actor.may("ticket.claim"):
        steps = first_steps.lines() if actor.may("system.read") else []
        if not all(step.done for step in steps):
            return first_steps.page(request, steps)
        return HttpResponseRedirect(reverse("queues"))
    now = timezone.now()
    offer = offering.next_for(actor, now)
    mine = offering.held_by(actor)
    listed = mine.with_everything_for_list()[: live_pages.SHOWN]
    lines = live_pages.of_tickets(rows_of(list(listed), actor))
    context = {
        "offer": _offer(offer, actor, now),
        "held": offer.held,
        "capacity": offer.capacity,
        "rows": [replace(each.row, seen=each.seen) for each in lines],
        "total": mine.count(),
        "all_url": f"{reverse('tickets')}?assignee=me&"
        + "&".join(f"state={state.value}" for state in UNSOLVED),
        "received": handing_over.received(actor, now),
        "handover_url": reverse("handover") if actor.may("ticket.hand_over") else "",
        "queues_url": reverse("queues"),
        "profile_url": reverse("profile"),
        "next_url": reverse("take_next"),
        "mentions": _heard(actor, StaffNoticeKind.MENTIONED),
        "stale": _heard(actor, StaffNoticeKind.ARTICLE_STALE),
        "inbox_url": reverse("inbox"),
        "training": _training(actor),
        "training_url": reverse("training"),
        **live_pages.of_day(actor, offer.ticket, now),
    }
    return render(request, "triage/my_day.html", context)


def _heard(actor: Actor, kind: StaffNoticeKind) -> list[dict[str, Any]]:
    """The newest lines of one kind that I have not read."""
    mine = StaffNotice.objects.visible_to(actor).unread()
    heard = mine.filter(kind=kind).with_everything_for_list()
    return lines_of(list(heard.order_by("-pk")[: live_pages.MENTIONS]), actor)


def _training(actor: Actor) -> list[dict[str, Any]]:
    """What I have to read first."""
    today = timezone.localdate()
    rows = training.due(actor.person_id)[:TRAINING_SHOWN]
    return [training_pages.line(each, today) for each in rows]


def _offer(offer: Offer, actor: Actor, now: datetime) -> dict[str, Any]:
    ticket = offer.ticket
    if ticket is None:
        stop = offer.stop and offer.stop.value
        return {"ticket": None, "stop": stop, "from": offer.begins}
    (row,) = rows_of([ticket], actor)
    return {
        "ticket": row,
        "version": ticket.version,
        "why": _why(offer, row.tier, ticket, now),
        "also": _also(offer, ticket),
        "form": DeclineForm(initial={"ticket": ticket.number}),
        "decline_url": reverse("decline"),
    }


def _why(offer: Offer, tier: str, ticket: Ticket, now: datetime) -> str:
    """Say in a sentence what put this ticket first."""
    match offer.why:
        case Why.RISK:
            return _("First because its promise is at risk.")
        case Why.TIER:
            return _("First because no other is as urgent: %(tier)s.") % {"tier": tier}
        case Why.LANGUAGE:
            return _("First because you speak the language of its reporters.")
        case Why.SKILL:
            return _("First because it is among your skills.")
        case Why.ONLY:
            return _("It is the only one that waits for somebody.")
        case _:
            return _("First because it has waited longest.")


def _also(offer: Offer, ticket: Ticket) -> list[str]:
    """What else speaks for it, beside what decided."""
    said = []
    if offer.at_risk and offer.why is not Why.RISK:
        said.append(_("its promise is at risk"))
    if offer.fits and offer.why is not Why.SKILL:
        said.append(_("among your skills"))
    return said


@require_POST
@access.names("ticket.claim")
def take_next(request: KnownRequest) -> HttpResponse:
    """Take the ticket that was shown, or without one the first in the ranking.

    A list says of which queue, and gets the person back if there is nothing to take.
    """
    queue = _named_queue(request)
    back = reverse("queue", args=[queue.slug]) if queue else reverse("home")
    try:
        ticket = _taken(request, queue)
    except tickets.NotFound as error:
        raise Http404 from error
    except tickets.Conflict as conflict:
        return conflict_page(request, conflict)
    except (tickets.Forbidden, tickets.Invalid):
        messages.error(request, _("Somebody was faster. This comes next now."))
        return HttpResponseRedirect(reverse("home"))
    if ticket is None:
        messages.info(request, _("There is nothing to take now."))
        return HttpResponseRedirect(back)
    messages.success(request, _("The ticket is yours."))
    return HttpResponseRedirect(reverse("ticket", args=[ticket.number]))


def _named_queue(request: KnownRequest) -> Queue | None:
    slug = request.POST.get("queue", "")
    if not slug:
        return None
    queue = Queue.objects.visible_to(request.actor).named(slug)
    if queue is None:
        raise Http404
    return queue


def _taken(request: KnownRequest, queue: Queue | None) -> Ticket | None:
    number = request.POST.get("ticket", "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        return tickets.take(int(number), request.actor, version=version_of(request))
    return offering.take_next(request.actor, timezone.now(), queue)


@require_POST
@access.names("ticket.claim")
def decline(request: KnownRequest) -> HttpResponse:
    """Leave the offered ticket to others, and see the next."""
    form = DeclineForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you leave it to others."))
        return HttpResponseRedirect(reverse("home"))
    reason = DeclineReason(form.cleaned_data["reason"])
    number = form.cleaned_data["ticket"]
    try:
        offering.leave(number, request.actor, reason, timezone.now())
    except tickets.NotFound as error:
        raise Http404 from error
    messages.info(request, _("#%(number)d is left to others.") % {"number": number})
    return HttpResponseRedirect(reverse("home"))
