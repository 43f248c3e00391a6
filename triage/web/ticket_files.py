"""How does a file of a ticket leave the database, and who hears of the ticket?"""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deliveries.request import KnownRequest
from triage import access
from triage.models import Attachment, MediaType, Watch
from triage.web.ticket import found

ALONE = "default-src 'none'; sandbox"


@require_safe
@access.names("file.download")
def download(request: KnownRequest, number: int, file: int) -> HttpResponse:
    """Hand a file out, as a download and nothing else."""
    rows = Attachment.objects.visible_to(request.actor)
    row: Attachment | None = rows.filter(ticket__number=number, pk=file).first()
    if row is None:
        raise Http404
    charset = "; charset=utf-8" if row.media_type == MediaType.TEXT else ""
    answer = HttpResponse(bytes(row.content), content_type=row.media_type + charset)
    disposition = content_disposition_header(as_attachment=True, filename=row.name)
    answer["Content-Disposition"] = disposition or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = ALONE
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@access.names("inbox.own")
def watch(request: KnownRequest, number: int) -> HttpResponse:
    """Hear of a ticket from now on, or no longer."""
    ticket = found(request, number)
    person = request.actor.person_id or 0
    if request.POST.get("watch") == "off":
        Watch.objects.filter(ticket=ticket, person=person).delete()
        messages.success(request, _("You no longer hear of this ticket."))
    else:
        Watch.objects.get_or_create(
            ticket=ticket, person_id=person, defaults={"seen_seq": ticket.last_seq}
        )
        messages.success(request, _("You hear in your inbox what others do here."))
    return HttpResponseRedirect(reverse("ticket", args=[number]))
