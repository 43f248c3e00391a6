"""What does the page of a ticket show of what happened and what was said?"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse

from deliveries import together
from deliveries.actor import Actor
from deliveries.models import FailureCategory, ResendOperation
from triage import incidents, tickets
from triage.models import EventKind, Note, Queue, Ticket, TicketEvent
from triage.web import resend_sentences, sentences
from triage.web.notice_words import Told
from triage.web.rows import face_of


class Story:
    """What is asked for the timeline of one ticket: at first, and then for names."""

    def __init__(self, ticket: Ticket, actor: Actor) -> None:
        self.ticket, self.actor = ticket, actor
        self.events: QuerySet[TicketEvent] = ticket.events.all()
        self.notes: QuerySet[Note] = ticket.notes.select_related("author")
        self.told = Told(ticket)

    @property
    def rows(self) -> tuple[QuerySet[Any], ...]:
        """The first questions, for :func:`deliveries.together.fetch`."""
        return self.events, self.notes, *self.told.rows

    @cached_property
    def mentioned(self) -> "Mentioned":
        """Whom and what the events mention."""
        return Mentioned(self.events)

    @cached_property
    def resends(self) -> "QuerySet[ResendOperation, int]":
        """The numbers of the bulk resends that the actor may open."""
        return resend_sentences.linked(self.events, self.actor)

    @property
    def names_rows(self) -> tuple[QuerySet[Any], ...]:
        """What can be asked once the events are known."""
        return *self.mentioned.rows, self.resends


def lines_of(story: Story) -> list[dict[str, Any]]:
    """Build the lines of the timeline, the oldest first."""
    ticket, actor, told = story.ticket, story.actor, story.told
    events = list(story.events)
    notes = {note.pk: note for note in story.notes}
    names = story.mentioned.names()
    undone = {each.change["seq"] for each in events if each.kind == EventKind.UNDONE}
    lines: list[dict[str, Any]] = []
    links = resend_sentences.links(story.resends)
    for event in _folded(events):
        reply = told.reply_of(event)
        if reply is not None:
            lines.append(told.line(event, reply, actor))
        elif event.kind == EventKind.NOTED and event.change.get("note") in notes:
            lines.append(_of_note(event, notes[event.change["note"]], actor))
        else:
            icon = sentences.ICONS[EventKind(event.kind)]
            text = sentences.of_event(event, names)
            undo_url = _undo_url(ticket, event, actor, undone)
            lines.append(
                {
                    "at": event.at,
                    "kind": "event",
                    "icon": icon,
                    "text": text,
                    "told": told.of(event),
                    "url": links.get(event.change.get("resend", 0), ""),
                    "undo_url": undo_url,
                }
            )
    return lines


def _of_note(event: TicketEvent, note: Note, actor: Actor) -> dict[str, Any]:
    return {
        "at": event.at,
        "kind": "note",
        "text": note.body,
        "note_kind": note.kind,
        "note_label": note.get_kind_display(),
        "actor": face_of(note.author, actor),
    }


def _undo_url(
    ticket: Ticket, event: TicketEvent, actor: Actor, undone: set[int]
) -> str:
    """Where an event is taken back; nowhere if it was, or cannot be."""
    if event.seq in undone:
        return ""
    if not incidents.is_ours(event) and tickets.why_not(ticket, event):
        return ""
    if not tickets.may_undo(actor, ticket, event):
        return ""
    return reverse("ticket_undo", args=[ticket.number, event.seq])


def _folded(events: list[TicketEvent]) -> list[TicketEvent]:
    """Show reports that joined one after the other as one line, at its latest time."""
    lines: list[TicketEvent] = []
    for event in events:
        if lines and lines[-1].kind == event.kind == EventKind.JOINED:
            before = lines.pop().change["reports"]
            event.change = {"reports": before + event.change["reports"]}
        lines.append(event)
    return lines


class Mentioned:
    """What is asked for the names that events mention."""

    def __init__(self, events: Iterable[TicketEvent]) -> None:
        events = list(events)
        ids: set[int] = set()
        for event in events:
            said = (event.actor_id, event.change.get("to"), event.change.get("from"))
            ids.update(each for each in said if isinstance(each, int))
        causes = {event.change.get("category") for event in events} - {None}
        targets = {event.change.get("to_queue") for event in events} - {None}
        self.people = User.objects.filter(pk__in=ids)
        self.causes = FailureCategory.objects.filter(slug__in=causes)
        self.queues = Queue.objects.filter(slug__in=targets)

    @property
    def rows(self) -> tuple[QuerySet[Any], ...]:
        """The questions, for :func:`deliveries.together.fetch`."""
        return self.people, self.causes, self.queues

    def names(self) -> sentences.Names:
        """Return the names."""
        people = {
            each.pk: each.get_full_name() or each.username for each in self.people
        }
        return sentences.Names(
            people,
            {category.slug: category.name for category in self.causes},
            {queue.slug: queue.title for queue in self.queues},
        )


def names_of(events: Iterable[TicketEvent]) -> sentences.Names:
    """Fetch the names that a list of events mentions."""
    mentioned = Mentioned(events)
    together.fetch(*mentioned.rows)
    return mentioned.names()
