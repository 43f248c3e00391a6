"""How do I say when I work, and how I want to see the desk?"""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from deliveries import language
from deliveries.request import KnownRequest
from triage import access, offering
from triage.models import AgentProfile
from triage.web import preferences
from triage.web.forms import posted
from triage.web.profile_forms import OwnForm, skills_in_words


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("profile.own")
def profile(request: KnownRequest) -> HttpResponse:
    """Show and change how work is offered to me and how I see the desk."""
    actor = request.actor
    row = offering.profile_of(actor.person_id or 0)
    works = actor.may("ticket.claim")
    mine = {name: getattr(row, name) for name in OwnForm.base_fields}
    mine["language"] = row.language or language.current()
    mine["theme"] = row.theme or preferences.theme_of(request) or "system"
    form = OwnForm(
        posted(request),
        initial=mine,
        zone=row.zone_info,
        works=works,
        hears=actor.may("inbox.own"),
    )
    if form.is_valid():
        return _saved(request, form)
    context = {
        "form": form,
        "works": works,
        "skills": skills_in_words(row.skills),
        "capacity": row.capacity,
        "away": works and row.is_away(timezone.now()),
        "away_until": row.away_until,
        "day_url": reverse("home") if works else "",
    }
    status = 400 if form.errors else 200
    return render(request, "triage/profile.html", context, status=status)


def _saved(request: KnownRequest, form: OwnForm) -> HttpResponse:
    """Store it; the answer already speaks the language that was chosen."""
    row, _made = AgentProfile.objects.update_or_create(
        person_id=request.actor.person_id, defaults=form.cleaned_data
    )
    with translation.override(row.language):
        messages.success(request, _("Saved."))
    response = HttpResponseRedirect(reverse("profile"))
    preferences.keep_in_browser(response, theme=row.theme, language=row.language)
    return response
