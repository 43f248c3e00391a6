"""Who else is at this ticket, and what did they do since its page was opened?"""

import time
from datetime import datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from deliveries.request import KnownRequest
from triage import access
from triage import presence as presences
from triage.models import Ticket
from triage.presence import Presence
from triage.web import clocks, live, sentences, ticket_timeline

SAID_MOST = 2  # events that are told in full; of more only how many they are
READ_MOST = 100


def address(ticket: Ticket) -> dict[str, Any]:
    """Build what the page of a ticket says about itself, so that a browser can ask."""
    url = reverse("ticket_changes", args=[ticket.number])
    return {
        "live_url": f"{url}?seq={ticket.last_seq}",
        "live_at": live.written_at(timezone.now()),
        "presence_url": reverse("ticket_presence", args=[ticket.number]),
    }


@require_safe
@access.names("ticket.read")
def changes(request: KnownRequest, number: int) -> HttpResponse:
    """Say what happened to the ticket since the page was written, and who is there."""
    rows = Ticket.objects.visible_to(request.actor).filter(number=number)
    ticket = rows.only("number", "last_seq", "version").first()
    if ticket is None:
        raise Http404
    now = timezone.now()
    found = presences.at([number], now.timestamp(), but=request.actor.person_id)
    present = found.get(number, [])
    state = [ticket.version, ticket.last_seq, present]
    render = partial(_rendered, request, number, present, now)
    return live.answer(request, state, render, now)


def _rendered(
    request: KnownRequest, number: int, present: list[Presence], now: datetime
) -> str:
    ticket = Ticket.objects.select_related("queue", "group").get(number=number)
    seq = live.number_in(request.GET.get("seq", "")) or 0
    names = live.names_of(present)
    context: dict[str, Any] = {
        **_news(ticket, seq),
        "ticket": ticket,
        "url": reverse("ticket", args=[number]),
        "people": live.faces_of(present, names),
        "doing": live.doing(present, names),
        "writes": any(each.writes for each in present),
        "now": now,
        "at": live.figures_at(request, now),
        "is_due": live.figures_due(request, now),
    }
    if context["is_due"]:
        context |= clocks.of_ticket(ticket, now)
    return render_to_string("triage/_ticket_changes.html", context)


def _news(ticket: Ticket, seq: int) -> dict[str, Any]:
    """Tell the newest events that the page does not show."""
    rows = ticket.events.filter(seq__gt=seq).order_by("-seq")
    events = list(rows[:READ_MOST])
    shown = events[:SAID_MOST]
    names = ticket_timeline.names_of(shown)
    more = len(events) - len(shown)
    return {
        "news": [
            {"text": sentences.of_event(each, names), "at": each.at}
            for each in reversed(shown)
        ],
        "more": ngettext("%(number)d more change", "%(number)d more changes", more)
        % {"number": more}
        if more
        else "",
    }


@require_POST
@access.names("ticket.read")
def presence(request: KnownRequest, number: int) -> HttpResponse:
    """Note that the person looks at the ticket, writes there, or has left."""
    person = request.actor.person_id
    rows = Ticket.objects.visible_to(request.actor).filter(number=number)
    if person is None or not rows.exists():
        raise Http404
    if request.POST.get("left"):
        presences.leave(number, person)
    else:
        writes = request.POST.get("writes") == "yes"
        presences.beat(number, person, time.time(), writes=writes)
    return HttpResponse(status=204)
