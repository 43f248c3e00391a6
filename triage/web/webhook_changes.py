"""How does the owner of an endpoint change it, or delete it with what it was sent?"""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from deliveries.request import KnownRequest
from triage import access, webhooks
from triage.web.webhook_forms import ChangeForm
from triage.web.webhooks import back_to, found


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("webhook.browse")
def change(request: KnownRequest, endpoint: str) -> HttpResponse:
    """Show the form of an endpoint, or take in what is to be different."""
    row = found(request, endpoint)
    if request.method == "POST":
        form = ChangeForm(request.POST)
        if form.is_valid():
            try:
                webhooks.change(row, timezone.now(), **form.cleaned_data)
            except webhooks.BadAddress as error:
                form.add_error("url", str(error))
            else:
                messages.success(request, _("The endpoint is changed."))
                return back_to(row)
    else:
        now = {"url": row.url, "events": row.events, "description": row.description}
        form = ChangeForm(initial=now)
    status = 400 if form.errors else 200
    context = {"endpoint": row, "form": form}
    return render(request, "triage/webhook_change.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("webhook.browse")
def deletion(request: KnownRequest, endpoint: str) -> HttpResponse:
    """Ask whether an endpoint is to be deleted, or delete it."""
    row = found(request, endpoint)
    if request.method == "POST":
        webhooks.remove(row)
        messages.success(request, _("The endpoint is deleted."))
        return HttpResponseRedirect(reverse("webhooks"))
    context = {"endpoint": row, "deliveries": row.deliveries.count()}
    return render(request, "triage/webhook_deletion.html", context)
