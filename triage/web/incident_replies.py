"""How does an agent answer every reporter of an incident, and take it back?"""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from deliveries.request import KnownRequest
from triage import access, incidents
from triage import replies as use_cases
from triage.models import FailureGroup, Reply
from triage.tickets import Invalid, NotFound
from triage.web import reply_previews
from triage.web.incidents import answered, show
from triage.web.replies import leaves_to
from triage.web.reply_forms import ReplyForm

SEEN_MOST = 2_000  # characters that name the tickets one saw


@require_POST
@access.names("ticket.reply")
@answered
def preview(request: KnownRequest, incident: int) -> HttpResponse:
    """Show what reporters would get, and how many of them in which way."""
    group = incidents.find(incident, request.actor)
    return _previewed(request, group)


def _previewed(
    request: KnownRequest, group: FailureGroup, fault: str = ""
) -> HttpResponse:
    tickets = incidents.permit_answer(group, request.actor)
    form = ReplyForm(request.POST, auto_id="id_reply_%s")
    texts = reply_previews.texts_of(form) if form.is_valid() else {}
    if not texts:
        return show(request, group, reply=form)
    number = group.number
    place = reply_previews.Place(
        name=_("Incident %(number)d") % {"number": number},
        url=reverse("incident", args=[number]),
        send_url=reverse("incident_replies", args=[number]),
        hidden=("seen", incidents.stamp(tickets)),
        tickets=tuple(f"#{each.number}" for each in tickets),
    )
    reports = incidents.reports_of(group)
    return reply_previews.show(request, place, form, texts, reports, fault=fault)


@require_POST
@access.names("ticket.reply")
@answered
def replies(request: KnownRequest, incident: int) -> HttpResponse:
    """Answer every reporter; shows the preview again when somebody was faster."""
    group = incidents.find(incident, request.actor)
    form = ReplyForm(request.POST, auto_id="id_reply_%s")
    if not form.is_valid():
        return show(request, group, reply=form)
    try:
        written = incidents.answer(
            incident,
            request.actor,
            form.texts,
            now=timezone.now(),
            seen=request.POST.get("seen", "")[:SEEN_MOST],
        )
    except Invalid as invalid:
        if invalid.field != "seen":
            form.add_error(invalid.field, invalid.message)
            return show(request, group, reply=form)
        return _previewed(request, group, invalid.message)
    count = sum(each.notices.count() for each in written)
    url = reverse("incident_reply", args=[incident, written[0].pk])
    messages.success(request, leaves_to(count), extra_tags=url)
    return HttpResponseRedirect(reverse("incident", args=[incident]))


@require_http_methods(["POST", "DELETE"])
@access.names("ticket.reply")
@answered
def reply(request: KnownRequest, incident: int, pk: int) -> HttpResponse:
    """Take an answer back, on every ticket that it was written on."""
    incidents.find(incident, request.actor)
    reply = Reply.objects.filter(pk=pk).select_related("ticket").first()
    if reply is None:
        raise NotFound(incident)
    use_cases.take_back(reply.ticket.number, pk, request.actor, now=timezone.now())
    messages.success(request, _("The answer is taken back. Nobody gets it."))
    return HttpResponseRedirect(reverse("incident", args=[incident]))
