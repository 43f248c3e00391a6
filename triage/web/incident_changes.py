"""What can be decided about an incident, and what is shown before it is?"""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from deliveries.request import KnownRequest, posted_names
from triage import access, tickets
from triage import incidents as use_cases
from triage.web import incident_previews
from triage.web.forms import mark
from triage.web.incident_forms import IntoForm, MuteForm
from triage.web.incidents import answered, show

ID_MOST = 18  # digits of an id


def _to(number: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("incident", args=[number]))


@require_POST
@access.names("group.acknowledge")
@answered
def acknowledgement(request: KnownRequest, incident: int) -> HttpResponse:
    """Take note of an incident."""
    use_cases.acknowledge(incident, request.actor, timezone.now())
    messages.success(request, _("You took note of the incident."))
    return _to(incident)


@require_POST
@access.names("group.mute")
@answered
def mute(request: KnownRequest, incident: int) -> HttpResponse:
    """Keep an incident quiet for a while."""
    group = use_cases.find(incident, request.actor)
    form = MuteForm(request.POST)
    if not form.is_valid():
        return show(request, group, form)
    use_cases.mute(incident, request.actor, form.how, timezone.now())
    messages.success(request, _("The incident is muted. Counting goes on."))
    return _to(incident)


@require_POST
@access.names("group.mute")
@answered
def unmute(request: KnownRequest, incident: int) -> HttpResponse:
    """End the quiet."""
    use_cases.unmute(incident, request.actor, timezone.now())
    messages.success(request, _("The incident is no longer muted."))
    return _to(incident)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("group.merge")
@answered
def merge(request: KnownRequest, incident: int) -> HttpResponse:
    """Show what a merge would move; posted, do it."""
    actor, now = request.actor, timezone.now()
    group = use_cases.find(incident, actor)
    asked = request.POST if request.method == "POST" else request.GET
    words = _("Into incident")
    form = IntoForm(asked if "into" in asked else None, words=words)
    preview = None
    if form.is_bound and form.is_valid():
        try:
            into = use_cases.named(form.cleaned_data["into"], actor, "into")
            preview = use_cases.preview(incident, into, actor, now)
            if request.method == "POST":
                use_cases.merge(incident, into, actor, now)
                return _merged(request, preview)
        except tickets.Invalid as invalid:
            mark(form, invalid)
    context = incident_previews.of_merge(group, form, preview, actor)
    status = 400 if form.errors else 200
    return render(request, "triage/incident_merge.html", context, status=status)


def _merged(request: KnownRequest, preview: use_cases.Preview) -> HttpResponse:
    said = ngettext(
        "Merged: %(reports)d report moved, and what comes follows.",
        "Merged: %(reports)d reports moved, and what comes follows.",
        preview.reports,
    ) % {"reports": preview.reports}
    messages.success(request, said)
    return _to(preview.target.number)


def _id(request: KnownRequest, name: str) -> int:
    """Read an id that a button of ours sends; anything else is not found."""
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= ID_MOST):
        raise tickets.NotFound(0)
    return int(text)


@require_POST
@access.names("group.merge")
@answered
def merge_undo(request: KnownRequest, incident: int) -> HttpResponse:
    """Undo a merge: every report goes home."""
    use_cases.find(incident, request.actor)
    pk = _id(request, "merge")
    home = use_cases.undo_merge(pk, request.actor, timezone.now())
    messages.success(request, _("Undone. Every report is where it was."))
    return _to(home.number)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("group.split")
@answered
def split(request: KnownRequest, incident: int) -> HttpResponse:
    """Show what a split would take out; posted, do it."""
    actor = request.actor
    group = use_cases.find(incident, actor)
    if request.method == "POST":
        chosen = posted_names(request, "report")
        fresh = use_cases.split(incident, chosen, actor, timezone.now())
        said = _("Split off. This is the new incident.")
        messages.success(request, said)
        return _to(fresh.number)
    context = incident_previews.of_split(group, request.GET.getlist("report"))
    return render(request, "triage/incident_split.html", context)


@require_POST
@access.names("group.split")
@answered
def split_undo(request: KnownRequest, incident: int) -> HttpResponse:
    """Undo a split: its reports go back."""
    group = use_cases.find(incident, request.actor)
    place = use_cases.undo_split(group.pk, request.actor, timezone.now())
    messages.success(request, _("Undone. Every report is where it was."))
    return _to(place.number)
