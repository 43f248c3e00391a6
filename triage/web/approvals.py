"""What waits for a second person, and which of it is mine to decide?

Each kind of proposal is one entry of ``KINDS``: how its rows are found in the reader's
scope, and what one line says. Whoever makes a new thing that two people must agree to
adds an entry here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from deliveries.actor import Actor
from deliveries.models import ResendOperation
from deliveries.request import KnownRequest
from triage import access, resending
from triage.web import by_key, resend_pages
from triage.web.forms import posted
from triage.web.resends import answered


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal: what it is, who made it, and whether the reader may decide.

    ``allowed`` is true, a sentence that says why not, or nothing.
    """

    title: str
    url: str
    by: str
    at: datetime
    facts: list[str]
    because: list[str]
    allowed: bool | str | None
    approve_url: str
    refuse_url: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of proposal; ``prepared`` is fetched once for all lines of a page."""

    slug: str
    label: str | Promise
    action: str
    waiting: Callable[[Actor], "QuerySet[Any]"]
    line: Callable[[Any, Actor, Any], Line]
    prepared: Callable[[], Any]


class RefusalForm(forms.Form):
    """Why one does not agree."""

    reason = forms.CharField(
        label=gettext_lazy("Why not?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Whoever planned it reads it beside the plan."),
        error_messages={
            "required": gettext_lazy("Say why it must not be sent like this.")
        },
    )


# --- bulk resends ---------------------------------------------------------------------


def _resends(actor: Actor) -> "QuerySet[ResendOperation]":
    rows = ResendOperation.objects.visible_to(actor).waiting()
    return rows.select_related("created_by").defer("selection")


def _resend(row: ResendOperation, actor: Actor, causes: Mapping[str, str]) -> Line:
    head = resend_pages.head(row, dict(causes))
    allowed = resending.actions(row, actor).approve
    return Line(
        title=_("Resend %(number)d") % {"number": row.number},
        url=head["url"],
        by=head["by"],
        at=row.frozen_at or row.created_at,
        facts=[_messages(row.will_send), *head["query"]],
        because=_because(row),
        allowed=allowed if allowed in (True, None) else str(allowed),
        approve_url=reverse("resend_approval", args=[row.number]),
        refuse_url=reverse("resend_refusal", args=[row.number]),
    )


def _messages(count: int) -> str:
    words = ngettext("%(count)d message", "%(count)d messages", count)
    return words % {"count": count}


def _because(row: ResendOperation) -> list[str]:
    """Say why one person is not enough."""
    unclear = int(row.plan.get("unclear", 0))
    found = []
    if row.will_send > row.resend_limit:
        words = ngettext(
            "More than %(limit)d message, which is the amount of who planned it",
            "More than %(limit)d messages, which is the amount of who planned it",
            row.resend_limit,
        )
        found.append(words % {"limit": row.resend_limit})
    if row.patch:
        found.append(_("Messages are edited"))
    if unclear:
        words = ngettext(
            "%(count)d message may have arrived already",
            "%(count)d messages may have arrived already",
            unclear,
        )
        found.append(words % {"count": unclear})
    return found


KINDS: tuple[Kind, ...] = (
    Kind(
        "resends",
        gettext_lazy("Bulk resends"),
        "resend.read",
        _resends,
        _resend,
        resend_pages.names_of_causes,
    ),
)


# --- the pages ------------------------------------------------------------------------


@require_safe
@access.names("approval.read")
def approvals(request: KnownRequest) -> HttpResponse:
    """Show what waits for a second person, of each kind the oldest first."""
    chosen = request.GET.get("kind", "")
    mine = [each for each in KINDS if request.actor.may(each.action)]
    if chosen not in ("", *(each.slug for each in mine)):
        raise BadRequest(_("This filter does not exist."))
    if request.GET.get("cursor") and not chosen and len(mine) > 1:
        raise BadRequest(_("This filter does not exist."))
    shown = [each for each in mine if chosen in ("", each.slug)]
    groups = [_group(request, each) for each in shown]
    context = {"groups": [each for each in groups if each["page"]["rows"]]}
    return render(request, "triage/approvals.html", context)


def _group(request: KnownRequest, kind: Kind) -> dict[str, Any]:
    rows = kind.waiting(request.actor)
    page = by_key.page_of(request, rows, f"approvals {kind.slug}", oldest_first=True)
    prepared = kind.prepared() if page.rows else None
    lines = [kind.line(each, request.actor, prepared) for each in page.rows]
    return {"slug": kind.slug, "label": kind.label, "page": page.lines(lines)}


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("resend.approve")
@answered
def resend_refusal(request: KnownRequest, resend: int) -> HttpResponse:
    """Ask why one does not agree to a bulk resend, and end it."""
    operation = resending.to_be_refused(resend, request.actor)
    form = RefusalForm(posted(request))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        resending.refuse(resend, request.actor, reason, timezone.now())
        messages.success(request, _("Refused. Nothing of it is sent."))
        return HttpResponseRedirect(reverse("approvals"))
    context = {
        "line": _resend(operation, request.actor, resend_pages.names_of_causes()),
        "form": form,
    }
    status = 400 if form.is_bound else 200
    return render(request, "triage/resend_refusal.html", context, status=status)
