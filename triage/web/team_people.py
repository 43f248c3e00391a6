"""How does a lead say what somebody of the team is good at and can take?"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, offering
from triage.models import AgentProfile, Membership, Queue, Spoken
from triage.web.forms import posted
from triage.web.profile_forms import WorkerForm, skills_in_words
from triage.web.rows import face_of


def team_of(actor: Actor) -> Any:
    """People who work a queue that the actor manages."""
    led = Queue.objects.led_by(actor).values("pk")
    members = Membership.objects.filter(queue__in=led)
    return User.objects.filter(pk__in=members.values("person"), is_active=True)


def offered_to(person: User) -> dict[str, Any]:
    """How work is offered to somebody: how much, what, and whether they are there.

    ``person`` is fetched with ``agent_profile``.
    """
    now = timezone.now()
    profile = getattr(person, "agent_profile", None) or AgentProfile(person=person)
    return {
        "capacity": profile.capacity,
        "skills": skills_in_words(profile.skills),
        "languages": [Spoken(each).label for each in profile.languages],
        "off_shift": not profile.is_on_shift(now),
        "away_until": profile.away_until if profile.is_away(now) else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("team.manage")
def worker(request: KnownRequest, person: int) -> HttpResponse:
    """Change somebody's capacity and skills, or set them away."""
    found = team_of(request.actor).filter(pk=person).first()
    if found is None:
        raise Http404
    row = offering.profile_of(found.pk)
    initial = {name: getattr(row, name) for name in WorkerForm.base_fields}
    form = WorkerForm(posted(request), initial=initial, zone=row.zone_info)
    if form.is_valid():
        AgentProfile.objects.update_or_create(
            person=found, defaults=dict(form.cleaned_data)
        )
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("team"))
    context = {
        "person": face_of(found, request.actor),
        "form": form,
        "team_url": reverse("team"),
    }
    status = 400 if form.errors else 200
    return render(request, "triage/worker.html", context, status=status)
