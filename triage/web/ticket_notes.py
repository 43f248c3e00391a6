"""How is a note written, with a file, a canned text and the names of colleagues?"""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deliveries.request import KnownRequest
from triage import access, attaching, inbox, macros, queues, tickets
from triage.models import Note, NoteKind
from triage.models.attachment import MOST_BYTES
from triage.web.forms import NoteForm, mark
from triage.web.ticket import answered, found, show


@require_POST
@access.names("ticket.note")
@answered
def notes(request: KnownRequest, number: int) -> HttpResponse:
    """Write a note, keep a file, or put a canned text into what is being written."""
    if "insert" in request.POST:
        return _with_text(request, number)
    form = NoteForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, number, note=form)
    try:
        note = _write(request, number, form)
    except tickets.Invalid as invalid:
        mark(form, invalid)
        return show(request, number, note=form)
    if note is not None:
        _say_who_heard(request, note)
    return HttpResponseRedirect(reverse("ticket", args=[number]))


def _write(request: KnownRequest, number: int, form: NoteForm) -> Note | None:
    """Keep the file and the note, both or neither."""
    said, actor = form.cleaned_data, request.actor
    with transaction.atomic():
        if said["file"]:
            name, content = said["file"].name, _content(said["file"])
            attaching.attach(number, actor, name=name, content=content)
        if said["file"] and not said["body"].strip():
            return None
        kind = NoteKind(said["kind"])
        return tickets.note(number, actor, kind=kind, body=said["body"])


def _content(file: Any) -> bytes:
    """Read a file, but no more than shows that it is too big."""
    content: bytes = file.read(MOST_BYTES + 1)
    return content


def _say_who_heard(request: KnownRequest, note: Note) -> None:
    """Say how many were told, and which names belong to nobody of the queue."""
    told = len(set(note.mentions) - {request.actor.person_id})
    if told:
        said = ngettext("%(count)d person is told.", "%(count)d people are told.", told)
        messages.success(request, said % {"count": told})
    people = queues.members_of(note.ticket.queue) if "@" in note.body else []
    unknown = inbox.unknown_names(note.body, people)
    if unknown:
        names = ", ".join(f"@{each}" for each in unknown[:5])
        messages.warning(
            request,
            _("Nobody of this queue is called %(names)s; nobody was told.")
            % {"names": names},
        )


def _with_text(request: KnownRequest, number: int) -> HttpResponse:
    """Show the page with a canned text behind what was typed; nothing is written."""
    ticket = found(request, number)
    chosen = request.POST.get("text", "")
    texts = {str(each.pk): each for each in macros.texts_for(ticket, request.actor)}
    typed = request.POST.get("body", "")
    words = ""
    if chosen in texts:
        values = macros.values_of(ticket, request.actor)
        words = macros.fill(texts[chosen].words, values)
    begun = {
        "body": f"{typed.rstrip()}\n\n{words}" if typed.strip() else words,
        "kind": request.POST.get("kind", NoteKind.OBSERVATION),
    }
    return show(request, number, note=NoteForm(initial=begun))
