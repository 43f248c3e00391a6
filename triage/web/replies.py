"""How does an agent answer the reporters of a ticket, and take an answer back?"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from deliveries.request import KnownRequest
from triage import access
from triage import replies as use_cases
from triage.models import FailureReport
from triage.tickets import Invalid
from triage.web import reply_previews
from triage.web.forms import mark
from triage.web.reply_forms import ReplyForm
from triage.web.ticket import answered, found, show, version_of


@require_POST
@access.names("ticket.reply")
@answered
def replies(request: KnownRequest, number: int) -> HttpResponse:
    """Answer every reporter of a ticket."""
    form = ReplyForm(request.POST, auto_id="id_reply_%s")
    if not form.is_valid():
        return show(request, number, reply=form)
    try:
        reply = use_cases.write(
            number,
            request.actor,
            form.texts,
            now=timezone.now(),
            version=version_of(request),
        )
    except Invalid as invalid:
        mark(form, invalid)
        return show(request, number, reply=form)
    said = leaves_to(reply.notices.count())
    url = reverse("ticket_reply", args=[number, reply.pk])
    messages.success(request, said, extra_tags=url)
    return HttpResponseRedirect(reverse("ticket", args=[number]))


def leaves_to(count: int) -> str:
    """Say that an answer is on its way, and to how many."""
    said = ngettext(
        "The answer leaves in 20 seconds, to %(count)d person.",
        "The answer leaves in 20 seconds, to %(count)d people.",
        count,
    )
    return said % {"count": count}


@require_POST
@access.names("ticket.reply")
@answered
def preview(request: KnownRequest, number: int) -> HttpResponse:
    """Show what reporters would get, in the frame of each language."""
    ticket = found(request, number)
    if not use_cases.may_write(ticket, request.actor):
        raise PermissionDenied
    form = ReplyForm(request.POST, auto_id="id_reply_%s")
    if not form.is_valid():
        return show(request, number, reply=form)
    texts = reply_previews.texts_of(form)
    if not texts:
        return show(request, number, reply=form)
    place = reply_previews.Place(
        name=f"#{number} {ticket.cause.name}",
        url=reverse("ticket", args=[number]),
        send_url=reverse("ticket_replies", args=[number]),
        hidden=("version", str(version_of(request) or ticket.version)),
    )
    reports = FailureReport.objects.filter(ticket=ticket)
    return reply_previews.show(request, place, form, texts, reports)


@require_http_methods(["POST", "DELETE"])
@access.names("ticket.reply")
@answered
def reply(request: KnownRequest, number: int, pk: int) -> HttpResponse:
    """Take an answer back before it leaves."""
    use_cases.take_back(number, pk, request.actor, now=timezone.now())
    messages.success(request, _("The answer is taken back. Nobody gets it."))
    return HttpResponseRedirect(reverse("ticket", args=[number]))
