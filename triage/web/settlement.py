"""How does a person settle a message of which nobody knows whether it arrived?"""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deliveries.request import KnownRequest
from triage import access
from triage import tickets as use_cases
from triage.web import ticket as page
from triage.web.forms import SettlementForm, mark


@require_POST
@access.names("send.settle")
@page.answered
def settlement(request: KnownRequest, number: int) -> HttpResponse:
    """Settle a message of the ticket that is unknown."""
    form = SettlementForm(request.POST)
    page.found(request, number)
    if not form.is_valid():
        return page.show(request, number, settlement=form)
    arrived = form.cleaned_data["outcome"] == SettlementForm.ARRIVED
    try:
        use_cases.settle(
            number,
            request.actor,
            message_public_id=request.GET.get("message", ""),
            arrived=arrived,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
            version=page.version_of(request),
        )
    except use_cases.Invalid as invalid:
        mark(form, invalid)
        return page.show(request, number, settlement=form)
    messages.success(
        request,
        _("Settled: the message arrived.")
        if arrived
        else _("Settled: the message did not arrive. It may be sent again now."),
    )
    return HttpResponseRedirect(reverse("ticket", args=[number]))
