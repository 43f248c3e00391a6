"""How does a person find a message, read it, and look at its recipient?

The recipient is masked everywhere but in the answer to a reveal, which no cache keeps
and which the browser gives up after a minute.
"""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from deliveries.models import Message
from deliveries.request import KnownRequest
from triage import access, revealing, scopes, tickets
from triage.models.reveal import REASON_LEAST, REASON_MOST
from triage.web import message_list, message_page
from triage.web.forms import mark, posted

WORK_SHOWN = 20
SHOWN_S = 60  # seconds until a revealed value is hidden again
CARD = ("address", "source", "provider", "recipient", "last_category")


class RevealForm(forms.Form):
    """Why a recipient has to be seen in plain text."""

    reason = forms.CharField(
        label=_("Why do you need it?"),
        min_length=REASON_LEAST,
        max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays with your name where auditors and your lead read it."),
    )


def _found(request: KnownRequest, message: str) -> Message:
    rows = scopes.messages_visible_to(request.actor).filter(public_id=message)
    found = rows.select_related(*CARD).first()
    if found is None:
        raise Http404
    return found


@require_safe
@access.names("message.list")
def messages(request: KnownRequest) -> HttpResponse:
    """Show the messages of one's scope, the newest first; an id leads to its page."""
    found = message_list.named(request)
    if found is not None:
        return HttpResponseRedirect(reverse("message", args=[found.public_id]))
    context = message_list.of_list(request)
    whole = not request.htmx or request.htmx.history_restore_request
    name = "messages" if whole else "_message_rows"
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@access.names("message.list")
def message(request: KnownRequest, message: str) -> HttpResponse:
    """Show one message with its evidence, its attempts and what can be done."""
    found = _found(request, message)
    context = message_page.build(found, request.actor, request.GET)
    return render(request, "triage/message.html", context)


@require_safe
@access.names("message.list")
def work(request: KnownRequest, message: str) -> HttpResponse:
    """List the reports and tickets about a message, as a part of its page."""
    found = _found(request, message)
    context = message_page.work_on(found, request.actor, WORK_SHOWN)
    name = "_message_work" if request.htmx else "message_work"
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("person.reveal")
def reveal(request: KnownRequest, message: str) -> HttpResponse:
    """Ask why, write it down, and only then show the recipient for a minute."""
    found = _found(request, message)
    form = RevealForm(posted(request))
    context = {
        "message": message_list.line(found),
        "form": form,
        "break_glass": not revealing.is_usual(request.actor, found),
        "seconds": SHOWN_S,
    }
    if not revealing.may_reveal(request.actor, found):
        raise PermissionDenied
    if not form.is_valid():
        status = 400 if form.is_bound else 200
        return render(request, "triage/message_reveal.html", context, status=status)
    try:
        context["value"] = revealing.reveal(
            message,
            request.actor,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
    except tickets.NotFound as error:
        raise Http404 from error
    except tickets.Forbidden as error:
        raise PermissionDenied from error
    except tickets.Invalid as invalid:
        mark(form, invalid)
        return render(request, "triage/message_reveal.html", context, status=400)
    response = render(request, "triage/message_reveal.html", context)
    response["Cache-Control"] = "no-store"
    response["Refresh"] = f"{SHOWN_S}; url={reverse('message', args=[message])}"
    return response
