"""What do people decide about a ticket?

Each decision is one transaction: the row is locked, the version that the person saw
is compared, the permission is asked with the object, the change and its event are
written together. Of two people who act at once the second gets ``Conflict``.
"""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries import vault
from deliveries.actor import Actor
from triage import inbox, queues, timeline
from triage.models import (
    EventKind,
    Note,
    NoteKind,
    Queue,
    SlaClock,
    Ticket,
    TicketState,
)
from triage.tickets.locking import decide, locked, still_unsolved
from triage.tickets.refusals import Forbidden, Invalid

NOTE_MAX = 20_000  # characters
Words = dict[str, object]


def take(number: int, actor: Actor, *, version: int | None = None) -> Ticket:
    """Assign a ticket to the actor; a new one becomes open.

    Taking what is one's own changes nothing. Raises :class:`Invalid` when the ticket
    is solved.
    """
    with transaction.atomic():
        ticket = locked(number, actor, "ticket.claim", version)
        still_unsolved(ticket, "ticket")
        before = ticket.assignee_id
        if before == actor.person_id:
            return ticket
        inverse = decide(ticket, assignee_id=actor.person_id, state=_worked(ticket))
        change = {"from": before, "to": actor.person_id}
        timeline.add(ticket, EventKind.ASSIGNED, actor, change, inverse)
        SlaClock.objects.answered([ticket], timezone.now())
    return ticket


def _worked(ticket: Ticket) -> str:
    return TicketState.OPEN if ticket.state == TicketState.NEW else ticket.state


def hand_over(
    number: int,
    actor: Actor,
    *,
    to: User | Queue,
    note: str = "",
    version: int | None = None,
) -> Ticket:
    """Give a ticket to a member of its queue, or to another queue.

    Raises :class:`Invalid` when the ticket is solved, when the person is no member,
    or when the other queue has a live ticket of the same incident already.
    """
    with transaction.atomic():
        ticket = locked(number, actor, "ticket.hand_over", version)
        still_unsolved(ticket, "to")
        if isinstance(to, Queue):
            change, inverse = _to_queue(ticket, to)
        else:
            change, inverse = _to_member(ticket, to)
        if note.strip():
            change["note"] = staff_text(note)
        event = timeline.add(ticket, EventKind.HANDED_OVER, actor, change, inverse)
        if isinstance(to, User):
            inbox.assigned(event, actor, to.pk)
    return ticket


def _to_queue(ticket: Ticket, queue: Queue) -> tuple[Words, Words]:
    change: Words = {
        "from_queue": ticket.queue.slug,
        "to_queue": queue.slug,
    }
    try:
        with transaction.atomic():
            inverse = decide(ticket, queue_id=queue.pk, assignee_id=None)
    except IntegrityError as error:  # ticket_one_live_per_group_queue
        raise Invalid(
            "to", _("%(queue)s has a live ticket of this incident.") % {"queue": queue}
        ) from error
    return change, inverse


def _to_member(ticket: Ticket, person: User) -> tuple[Words, Words]:
    if person not in queues.members_of(ticket.queue):
        raise Invalid("to", _("%(person)s is not in this queue.") % {"person": person})
    change: Words = {"from": ticket.assignee_id, "to": person.pk}
    return change, decide(ticket, assignee_id=person.pk, state=_worked(ticket))


def note(number: int, actor: Actor, *, kind: NoteKind, body: str) -> Note:
    """Write down what was seen, guessed or decided; needs no version.

    A note changes nothing that a person could have overlooked, so it conflicts with
    nobody. Raises :class:`Invalid` for an empty or oversized text.
    """
    text = body.strip()
    if not text:
        raise Invalid("body", _("Write what you saw, guessed or decided."))
    if len(text) > NOTE_MAX:
        raise Invalid(
            "body", _("A note may have %(max)d characters.") % {"max": NOTE_MAX}
        )
    with transaction.atomic():
        ticket = locked(number, actor, "ticket.note", None)
        if actor.person_id is None:
            raise Forbidden("not_a_person")
        row = Note.objects.create(
            ticket=ticket,
            kind=kind,
            body=staff_text(text),
            author_id=actor.person_id,
            mentions=[each.pk for each in _called(ticket, text)],
        )
        inbox.mentioned(row, ticket, actor)
        timeline.add(ticket, EventKind.NOTED, actor, {"note": row.pk, "kind": kind})
    return row


def _called(ticket: Ticket, text: str) -> list[User]:
    """Whom a note calls: people who work the queue, as only they see the ticket."""
    return inbox.called(text, queues.members_of(ticket.queue)) if "@" in text else []


def staff_text(text: str) -> str:
    """Take personal data out of what staff wrote, as out of everything stored."""
    return vault.redactor(vault.STAFF).text(text.strip()).text
