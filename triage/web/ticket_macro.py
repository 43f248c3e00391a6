"""What would a macro do to this ticket, and what did it do?"""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from deliveries.request import KnownRequest
from triage import access, macros
from triage.models import Macro, Ticket
from triage.web.ticket import answered, found, version_of
from triage.web.ticket_acts import back


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("macro.run")
@answered
def macro(request: KnownRequest, number: int, macro: int) -> HttpResponse:
    """Show what each step would do; take them all."""
    ticket = found(request, number)
    row = _macro(ticket, macro)
    now = timezone.now()
    if request.method == "POST":
        done = macros.run(
            number, row, request.actor, now=now, version=version_of(request)
        )
        passed = [each.words for each in done if each.why]
        said = _("Done: %(macro)s.") % {"macro": row.title}
        if passed:
            said = _("%(said)s There was nothing to change by: %(steps)s") % {
                "said": said,
                "steps": "; ".join(passed),
            }
        messages.success(request, said)
        return back(request, number)
    steps = macros.dry_run(number, row, request.actor, now=now)
    context = {
        "macro": {"name": row.title, "queue": row.queue.title},
        "steps": steps,
        "refused": any(each.refused for each in steps),
        "ticket": {
            "number": number,
            "cause": ticket.cause.name,
            "version": ticket.version,
            "url": reverse("ticket", args=[number]),
        },
        "run_url": reverse("ticket_macro", args=[number, macro]),
    }
    return render(request, "triage/ticket_macro.html", context)


def _macro(ticket: Ticket, pk: int) -> Macro:
    """Fetch a macro of the ticket's queue; 404 otherwise."""
    rows = Macro.objects.filter(queue=ticket.queue_id)
    rows = rows.with_steps()
    row: Macro | None = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row
