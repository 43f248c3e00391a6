"""What should I do next, and what do I hold?"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Min, Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, offering, tickets
from triage.models import (
    CLOCK_OPEN,
    UNSOLVED,
    AgentProfile,
    DeclineReason,
    Ticket,
)
from triage.offering import Offer, Why
from triage.web.forms import posted
from triage.web.profile_forms import AwayForm, skills_in_words
from triage.web.rows import rows_of
from triage.web.ticket import conflict_page, version_of

SHOWN = 30


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
        return HttpResponseRedirect(reverse("queues"))
    now = timezone.now()
    offer = offering.next_for(actor, now)
    mine = _mine(actor)
    context = {
        "offer": _offer(offer, actor, now),
        "held": offer.held,
        "capacity": offer.capacity,
        "rows": rows_of(list(mine[:SHOWN]), actor),
        "total": mine.count(),
        "all_url": f"{reverse('tickets')}?assignee=me&"
        + "&".join(f"state={state.value}" for state in UNSOLVED),
        "queues_url": reverse("queues"),
        "profile_url": reverse("profile"),
        "next_url": reverse("take_next"),
    }
    return render(request, "triage/my_day.html", context)


def _mine(actor: Actor) -> Any:
    """My unsolved tickets by the promise that is due first; what is paused last."""
    running = Q(clocks__state__in=CLOCK_OPEN) & ~Q(clocks__state="paused")
    visible = Ticket.objects.visible_to(actor).with_everything_for_list()
    held = visible.filter(assignee=actor.person_id, state__in=UNSOLVED)
    due = held.annotate(due=Min("clocks__target_at", filter=running))
    return due.order_by("due", "tier", "number")


def _offer(offer: Offer, actor: Actor, now: datetime) -> dict[str, Any]:
    ticket = offer.ticket
    if ticket is None:
        return {"ticket": None, "stop": offer.stop and offer.stop.value}
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
    """Take the ticket that was shown, or without one the first in the ranking."""
    try:
        ticket = _taken(request)
    except tickets.NotFound as error:
        raise Http404 from error
    except tickets.Conflict as conflict:
        return conflict_page(request, conflict)
    except (tickets.Forbidden, tickets.Invalid):
        messages.error(request, _("Somebody was faster. This comes next now."))
        return HttpResponseRedirect(reverse("home"))
    if ticket is None:
        messages.info(request, _("There is nothing to take now."))
        return HttpResponseRedirect(reverse("home"))
    messages.success(request, _("The ticket is yours."))
    return HttpResponseRedirect(reverse("ticket", args=[ticket.number]))


def _taken(request: KnownRequest) -> Ticket | None:
    number = request.POST.get("ticket", "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        return tickets.take(int(number), request.actor, version=version_of(request))
    return offering.take_next(request.actor, timezone.now())


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


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("profile.own")
def profile(request: KnownRequest) -> HttpResponse:
    """Show how work is offered to me; say until when I am away."""
    row = offering.profile_of(request.actor.person_id or 0)
    form = AwayForm(posted(request), initial={"away_until": row.away_until})
    if form.is_valid():
        AgentProfile.objects.update_or_create(
            person_id=request.actor.person_id,
            defaults={"away_until": form.cleaned_data["away_until"]},
        )
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("profile"))
    context = {
        "form": form,
        "skills": skills_in_words(row.skills),
        "capacity": row.capacity,
        "away": row.is_away(timezone.now()),
        "away_until": row.away_until,
        "day_url": reverse("home"),
    }
    status = 400 if form.errors else 200
    return render(request, "triage/profile.html", context, status=status)
