"""How do I give what I hold to the next shift, and what did the last one leave me?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, bulk, handover
from triage.models import BulkAction, Queue, Ticket
from triage.models.handover import LINE_MAX
from triage.tickets import Forbidden, Invalid, NotFound
from triage.web.bulk import moment, ring
from triage.web.forms import posted
from triage.web.frame import Face
from triage.web.rows import Row, face_of, rows_of


class HandoverForm(forms.Form):
    """To whom, which tickets, and where each of them stands."""

    to = forms.ChoiceField(label=gettext_lazy("To"))

    def __init__(
        self, *args: Any, actor: Actor, held: Sequence[Ticket], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {f"person:{each.pk}": each for each in handover.people_for(actor)}
        self.queues = {f"queue:{each.pk}": each for each in Queue.objects.all()}
        field = self.fields["to"]
        if isinstance(field, forms.ChoiceField):
            named = [
                (key, str(each.get_full_name() or each.get_username()))
                for key, each in self.people.items()
            ]
            titled = [(key, each.title) for key, each in self.queues.items()]
            field.choices = [("", "—"), (_("People"), named), (_("Queues"), titled)]
        lines = handover.lines_of(held)
        for ticket in held:
            self.fields[f"line_{ticket.number}"] = forms.CharField(
                label=_("Where #%(number)d stands") % {"number": ticket.number},
                max_length=LINE_MAX,
                required=False,
                initial=lines.get(ticket.pk, ""),
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        numbers = {str(ticket.number) for ticket in held}
        said = self.data
        ticked = said.getlist("ticket") if isinstance(said, QueryDict) else numbers
        self.chosen = set(ticked)

    @property
    def target(self) -> User | Queue:
        """The chosen person or queue."""
        key: str = self.cleaned_data["to"]
        return self.people.get(key) or self.queues[key]

    @property
    def said(self) -> dict[int, str]:
        """The lines of the chosen tickets, also of those that are held no longer."""
        numbers = [int(each) for each in self.chosen if _is_number(each)]
        return {each: self.cleaned_data.get(f"line_{each}", "") for each in numbers}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket on the form, with its field."""

    row: Row
    field: forms.BoundField
    chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("ticket.hand_over")
def shift(request: KnownRequest) -> HttpResponse:
    """Show what I hold with a line each; give it away in one go."""
    actor = request.actor
    mine = handover.held_by(actor).with_everything_for_list()
    held = list(mine.order_by("tier", "number")[: handover.MOST])
    form = HandoverForm(posted(request), actor=actor, held=held)
    if form.is_valid():
        try:
            return _done(request, _hand_over(request, form))
        except Invalid as invalid:
            form.add_error(None, invalid.message)
    rows = rows_of(held, actor)
    context = {
        "form": form,
        "lines": [
            Line(row, form[f"line_{row.number}"], str(row.number) in form.chosen)
            for row in rows
        ],
        "more": mine.count() - len(rows) if len(rows) == handover.MOST else 0,
        "seen_at": timezone.now().isoformat(),
        "day_url": reverse("home"),
    }
    status = 400 if form.errors else 200
    return render(request, "triage/handover.html", context, status=status)


def _hand_over(request: KnownRequest, form: HandoverForm) -> BulkAction:
    try:
        action = handover.hand_over(
            request.actor,
            form.said,
            to=form.target,
            seen_at=moment(request.POST.get("seen_at", "")),
            now=timezone.now(),
        )
    except (Forbidden, NotFound, bulk.NotPermitted) as error:
        raise PermissionDenied from error
    ring(action)
    action.refresh_from_db()
    return action


def _done(request: KnownRequest, action: BulkAction) -> HttpResponse:
    if action.is_working or action.applied != action.expected:
        return HttpResponseRedirect(reverse("bulk_action", args=[action.pk]))
    said = ngettext(
        "%(count)d ticket was handed over.",
        "%(count)d tickets were handed over.",
        action.applied,
    ) % {"count": action.applied}
    messages.success(request, said, extra_tags=reverse("bulk_undo", args=[action.pk]))
    return HttpResponseRedirect(reverse("home"))


@dataclass(frozen=True, slots=True)
class Left:
    """A ticket that the last shift left to the reader."""

    row: Row
    line: str
    giver: Face | None
    queue: str
    at: datetime


def received(actor: Actor, now: datetime) -> list[Left]:
    """What the last shift left, the newest handover first."""
    found = handover.received(actor, now)
    rows = rows_of([each.ticket for each in found], actor)
    return [
        Left(
            row,
            each.line,
            face_of(each.giver, actor),
            each.queue.title if each.queue else "",
            each.at,
        )
        for each, row in zip(found, rows, strict=True)
    ]
