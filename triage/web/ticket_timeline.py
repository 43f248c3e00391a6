"""What does the page of a ticket show of what happened and what was said?"""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from deliveries.actor import Actor
from deliveries.models import FailureCategory
from triage.models import EventKind, Queue, Ticket, TicketEvent
from triage.web import resend_sentences, sentences
from triage.web.rows import face_of


def lines_of(ticket: Ticket, actor: Actor) -> list[dict[str, Any]]:
    """Build the lines of the timeline, the oldest first."""
    events = list(ticket.events.select_related("actor"))
    notes = {note.pk: note for note in ticket.notes.select_related("author")}
    names = names_of(events)
    links = resend_sentences.links(events, actor)
    lines = []
    for event in _folded(events):
        if event.kind == EventKind.NOTED and event.change.get("note") in notes:
            note = notes[event.change["note"]]
            lines.append(
                {
                    "at": event.at,
                    "kind": "note",
                    "text": note.body,
                    "note_kind": note.kind,
                    "note_label": note.get_kind_display(),
                    "actor": face_of(note.author, actor),
                }
            )
        else:
            icon = sentences.ICONS[EventKind(event.kind)]
            text = sentences.of_event(event, names)
            url = links.get(event.change.get("resend", 0), "")
            line = {"at": event.at, "kind": "event", "icon": icon, "text": text}
            lines.append({**line, "url": url})
    return lines


def _folded(events: list[TicketEvent]) -> list[TicketEvent]:
    """Show reports that joined one after the other as one line, at its latest time."""
    lines: list[TicketEvent] = []
    for event in events:
        if lines and lines[-1].kind == event.kind == EventKind.JOINED:
            before = lines.pop().change["reports"]
            event.change = {"reports": before + event.change["reports"]}
        lines.append(event)
    return lines


def names_of(events: list[TicketEvent]) -> sentences.Names:
    """Fetch the names that a list of events mentions."""
    ids: set[int] = set()
    for event in events:
        mentioned = (event.actor_id, event.change.get("to"), event.change.get("from"))
        ids.update(each for each in mentioned if isinstance(each, int))
    people = User.objects.filter(Q(pk__in=ids))
    causes = {event.change.get("category") for event in events} - {None}
    targets = {event.change.get("to_queue") for event in events} - {None}
    return sentences.Names(
        {person.pk: person.get_full_name() or person.username for person in people},
        {
            category.slug: category.name
            for category in FailureCategory.objects.filter(slug__in=causes)
        },
        {queue.slug: queue.title for queue in Queue.objects.filter(slug__in=targets)},
    )
