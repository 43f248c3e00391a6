"""Which macros and canned texts do my queues have, and how are they kept?"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries.request import KnownRequest
from triage import access, macros
from triage.models import CannedText, Macro
from triage.tickets import Invalid
from triage.web.bulk import answered
from triage.web.forms import mark, posted
from triage.web.macro_forms import KeptForm, MacroForm, TextForm


@require_safe
@access.names("macro.manage")
def macros_of_team(request: KnownRequest) -> HttpResponse:
    """Show what the queues that I lead have."""
    rows: Any = Macro.objects.led_by(request.actor)
    texts = CannedText.objects.led_by(request.actor).select_related("queue")
    context = {
        "macros": [
            {
                "name": each.title,
                "queue": each.queue.title,
                "steps": [macros.describe(k, each) for k in macros.steps_of(each)],
                "url": reverse("macro", args=[each.pk]),
            }
            for each in rows.with_steps()
        ],
        "texts": [
            {
                "name": each.title,
                "queue": each.queue.title,
                "words": each.words,
                "url": reverse("text", args=[each.pk]),
            }
            for each in texts
        ],
        "urls": {
            "macro_new": reverse("macro_new"),
            "text_new": reverse("text_new"),
            "team": reverse("team"),
        },
    }
    return render(request, "triage/macros.html", context)


def _page(
    request: KnownRequest, form: KeptForm, row: Macro | CannedText | None
) -> HttpResponse:
    of_text = isinstance(form, TextForm)
    names = ("text_deletion",) if of_text else ("macro_deletion",)
    titles = (_("New canned text"), _("New macro"))
    context = {
        "form": form,
        "title": row.title if row else titles[0 if of_text else 1],
        "list_url": reverse("macros"),
        "delete_url": reverse(names[0], args=[row.pk]) if row else "",
    }
    status = 400 if form.errors else 200
    return render(request, "triage/macro_edit.html", context, status=status)


def _saved(
    request: KnownRequest, form: KeptForm, save: Callable[[KeptForm], Any]
) -> bool:
    """Save a valid form; false when something is wrong with it."""
    if not form.is_valid():
        return False
    try:
        save(form)
    except Invalid as invalid:
        mark(form, invalid)
        return False
    messages.success(request, _("Saved."))
    return True


def _macro(request: KnownRequest, row: Macro | None) -> HttpResponse:
    begun = _begun(MacroForm, row)
    form = MacroForm(posted(request), actor=request.actor, initial=begun)

    def save(form: KeptForm) -> None:
        said, version = form.said, form.cleaned_data["version"]
        macros.change_macro(request.actor, row, form.in_queue, said, version)

    if _saved(request, form, save):
        return HttpResponseRedirect(reverse("macros"))
    return _page(request, form, row)


def _text(request: KnownRequest, row: CannedText | None) -> HttpResponse:
    begun = _begun(TextForm, row)
    form = TextForm(posted(request), actor=request.actor, initial=begun)

    def save(form: KeptForm) -> None:
        said, version = form.said, form.cleaned_data["version"]
        macros.change_text(request.actor, row, form.in_queue, said, version)

    if _saved(request, form, save):
        return HttpResponseRedirect(reverse("macros"))
    return _page(request, form, row)


def _begun(form: type[KeptForm], row: Macro | CannedText | None) -> dict[str, Any]:
    """What a form begins with: the columns of the row that it changes."""
    if row is None:
        return {}
    begun = {name: getattr(row, name) for name in form.base_fields}
    begun["queue"] = str(row.queue_id)
    if isinstance(row, Macro):
        begun["category"] = row.category.slug if row.category else ""
        begun["queue_to"] = str(row.queue_to_id or "")
        solved = row.solve_category
        begun["solve_category"] = solved.slug if solved else ""
        begun["solve_article"] = str(row.solve_article_id or "")
    return begun


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("macro.manage")
@answered
def macro_new(request: KnownRequest) -> HttpResponse:
    """Keep a new macro."""
    return _macro(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("macro.manage")
@answered
def macro(request: KnownRequest, kept: int) -> HttpResponse:
    """Change a macro."""
    return _macro(request, macros.find(Macro, kept, request.actor))


@require_POST
@access.names("macro.manage")
@answered
def macro_deletion(request: KnownRequest, kept: int) -> HttpResponse:
    """Give a macro up."""
    macros.delete(request.actor, macros.find(Macro, kept, request.actor))
    messages.success(request, _("The macro is deleted."))
    return HttpResponseRedirect(reverse("macros"))


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("macro.manage")
@answered
def text_new(request: KnownRequest) -> HttpResponse:
    """Keep a new canned text."""
    return _text(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("macro.manage")
@answered
def text(request: KnownRequest, kept: int) -> HttpResponse:
    """Change a canned text."""
    return _text(request, macros.find(CannedText, kept, request.actor))


@require_POST
@access.names("macro.manage")
@answered
def text_deletion(request: KnownRequest, kept: int) -> HttpResponse:
    """Give a canned text up."""
    macros.delete(request.actor, macros.find(CannedText, kept, request.actor))
    messages.success(request, _("The canned text is deleted."))
    return HttpResponseRedirect(reverse("macros"))
