"""How does a person merge a ticket into another, or split reports off?"""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from deliveries.request import KnownRequest, posted_names
from triage import access, incidents, tickets
from triage.models import UNSOLVED, FailureReport, Ticket
from triage.web import incident_lists, incident_pages
from triage.web.forms import mark
from triage.web.incident_forms import IntoForm, ticket_number
from triage.web.rows import rows_of
from triage.web.ticket import answered, found, undoable, version_of

ALIKE = 5


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("ticket.merge")
@answered
def merge(request: KnownRequest, number: int) -> HttpResponse:
    """Ask for the other ticket, say what would happen; posted, merge."""
    ticket, actor = found(request, number), request.actor
    posted = request.method == "POST"
    asked = request.POST if posted else request.GET
    form = IntoForm(
        asked if "into" in asked or posted else None, words=_("Into ticket")
    )
    preview = None
    if form.is_bound and form.is_valid():
        try:
            into, now = ticket_number(form.cleaned_data["into"]), timezone.now()
            if posted:
                seen = version_of(request)
                target = incidents.merge_tickets(number, into, actor, now, version=seen)
                return _merged(request, number, target)
            preview = incidents.rehearse_tickets(number, into, actor, now)
        except tickets.Invalid as invalid:
            mark(form, invalid)
    context = {
        "ticket": {
            "number": number,
            "cause": ticket.cause.name,
            "url": reverse("ticket", args=[number]),
            "version": ticket.version,
        },
        "form": form,
        "preview": preview and _preview(preview),
        "alike": rows_of(_alike(request, ticket), actor),
        "may_cross": actor.may("group.merge"),
        "reports": ticket.reports.count(),
    }
    status = 400 if form.errors else 200
    return render(request, "triage/ticket_merge.html", context, status=status)


def _merged(request: KnownRequest, number: int, target: Ticket) -> HttpResponse:
    said = _("Merged into ticket #%(number)d.") % {"number": target.number}
    undoable(request, number, said)
    return HttpResponseRedirect(reverse("ticket", args=[target.number]))


def _preview(found: incidents.Rehearsal) -> dict[str, Any]:
    return {
        "into": found.target.number,
        "cause": found.target.cause.name,
        "moved": found.moved,
        "reports_before": found.reports - found.moved,
        "reports": found.reports,
        "people_before": found.before.group.unserved,
        "people": found.people,
        "tier_before": found.before.tier,
        "tier": found.target.tier,
        "queues": [each.title for each in found.queues],
        "crosses": found.incidents > 1,
    }


def _alike(request: KnownRequest, ticket: Ticket) -> list[Ticket]:
    """Find tickets of the same incident, and then those of the same cause."""
    rows = Ticket.objects.visible_to(request.actor).with_everything_for_list()
    others = rows.filter(state__in=UNSOLVED).exclude(pk=ticket.pk)
    same = list(others.filter(group=ticket.group).order_by("-number")[:ALIKE])
    cause = others.filter(group__category=ticket.group.category)
    cause = cause.exclude(group=ticket.group).order_by("-number")
    return [*same, *cause[: ALIKE - len(same)]]


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("group.split")
@answered
def split(request: KnownRequest, number: int) -> HttpResponse:
    """Offer the reports of a ticket to be split off; posted, do it."""
    ticket = found(request, number)
    if request.method == "POST":
        chosen = posted_names(request, "report")
        fresh = incidents.split_ticket(number, chosen, request.actor, timezone.now())
        made = Ticket.objects.visible_to(request.actor).filter(group=fresh).first()
        undoable(request, number, _("Split off. This is what was taken out."))
        if made is None:
            url = reverse("incident", args=[fresh.number])
            return HttpResponseRedirect(url)
        return HttpResponseRedirect(reverse("ticket", args=[made.number]))
    rows = FailureReport.objects.filter(ticket=ticket).select_related(
        "source", "ticket"
    )
    page = incident_lists.keyed(
        request,
        rows,
        name="ticket_reports",
        by="pk",
        make=incident_pages.report_lines,
    )
    context = {
        "ticket": {
            "number": number,
            "cause": ticket.cause.name,
            "url": reverse("ticket", args=[number]),
        },
        "page": page,
    }
    return render(request, "triage/ticket_split.html", context)
