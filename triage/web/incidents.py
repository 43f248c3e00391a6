"""How are incidents listed, and what does the page of one show?"""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from triage import access, tickets
from triage import incidents as use_cases
from triage.models import FailureGroup
from triage.web import incident_lists, incident_pages
from triage.web.incident_forms import MuteForm
from triage.web.reply_forms import ReplyForm

View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """Turn the refusals of the use cases into answers for a person."""

    @wraps(view)
    def wrapper(request: KnownRequest, incident: int, **more: int) -> HttpResponse:
        try:
            return view(request, incident, **more)
        except tickets.NotFound as error:
            raise Http404 from error
        except tickets.Forbidden as error:
            raise PermissionDenied(error.reason) from error
        except tickets.Invalid as invalid:
            messages.error(request, invalid.message)
            return HttpResponseRedirect(reverse("incident", args=[incident]))

    return wrapper


@require_safe
@access.names("group.list")
def incidents(request: KnownRequest) -> HttpResponse:
    """Show the incidents that one may see, the newest first."""
    show = request.GET.get("show", "unserved")
    if show not in incident_lists.SHOWN:
        raise BadRequest(_("This filter does not exist."))
    rows = FailureGroup.objects.visible_to(request.actor).standing()
    rows = rows.filter(incident_lists.SHOWN[show])
    context = {
        "page": incident_lists.page_of(request, rows),
        "tabs": incident_lists.tabs(show),
        "show": show,
    }
    return render(request, "triage/incidents.html", context)


@require_safe
@access.names("group.read")
@answered
def incident(request: KnownRequest, incident: int) -> HttpResponse:
    """Show one incident, in one of its tabs."""
    group = use_cases.find(incident, request.actor)
    return show(request, group)


def show(
    request: KnownRequest,
    group: FailureGroup,
    mute_form: MuteForm | None = None,
    *,
    reply: ReplyForm | None = None,
) -> HttpResponse:
    """Render the page; with a bound form where something was wrong."""
    tab = request.GET.get("tab", "diagnosis")
    if tab not in incident_pages.TABS:
        raise BadRequest(_("This filter does not exist."))
    context = incident_pages.of_page(request, group, tab)
    context["mute_form"] = mute_form or MuteForm()
    context["reply_form"] = reply or ReplyForm(auto_id="id_reply_%s")
    status = 400 if mute_form or reply else 200
    return render(request, "triage/incident.html", context, status=status)
