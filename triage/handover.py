"""How does one shift give its tickets to the next, and what does that one read?

The tickets change by a bulk action, so all go in one go and can be taken back in one.
Each goes with a line that says where it stands; a line that says something new is
noted on the ticket as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import bulk, selection, tickets
from triage.models import (
    UNSOLVED,
    BulkAction,
    BulkState,
    Handover,
    HandoverLine,
    Membership,
    Note,
    NoteKind,
    Queue,
    Ticket,
)
from triage.models.handover import LINE_MAX
from triage.models.ticket import TicketQuerySet
from triage.selection import Place
from triage.tickets import Invalid, acts

MOST = 200  # tickets of one handover; nobody holds as many in mind
SHOWN = 50  # lines on the page of who receives them


@dataclass(frozen=True, slots=True)
class Received:
    """A ticket that was handed over and still waits for who received it."""

    giver: User
    queue: Queue | None  # nothing if it came to the person
    at: datetime
    ticket: Ticket
    line: str


def held_by(actor: Actor) -> TicketQuerySet:
    """The unsolved tickets of the actor: what can be handed over."""
    visible = Ticket.objects.visible_to(actor)
    return visible.filter(assignee=actor.person_id, state__in=UNSOLVED)


def lines_of(found: Sequence[Ticket]) -> dict[int, str]:
    """Say by ticket id what was decided last; nothing where nothing was."""
    notes = Note.objects.filter(ticket__in=found, kind=NoteKind.DECISION)
    newest = notes.order_by("ticket_id", "-id").distinct("ticket_id")
    return {each.ticket_id: one_line(each.body) for each in newest}


def one_line(text: str) -> str:
    """Fold a text into one line of at most ``LINE_MAX`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= LINE_MAX else line[: LINE_MAX - 1] + "…"


def people_for(actor: Actor) -> list[User]:
    """Colleagues who work in a queue of the tickets that the actor holds."""
    here = held_by(actor).order_by().values("queue")
    members = Membership.objects.filter(queue__in=here).values("person")
    people = User.objects.filter(pk__in=members, is_active=True)
    return list(
        people.exclude(pk=actor.person_id or 0).order_by("first_name", "username")
    )


def hand_over(
    actor: Actor,
    said: Mapping[int, str],
    *,
    to: User | Queue,
    seen_at: datetime | None,
    now: datetime,
) -> BulkAction:
    """Give tickets away, each with its line; ``said`` is lines by ticket number.

    Raises :class:`Invalid` when nothing is chosen, too much, or a ticket that is no
    longer one's own; then nothing changes.
    """
    if not said:
        raise Invalid("ticket", _("Choose at least one ticket."))
    if len(said) > MOST:
        raise Invalid(
            "ticket", _("Hand over at most %(most)d tickets at once.") % {"most": MOST}
        )
    with transaction.atomic():
        mine = {each.number: each for each in held_by(actor).filter(number__in=said)}
        lost = sorted(said.keys() - mine.keys())
        if lost:
            numbers = ", ".join(f"#{number}" for number in lost)
            raise Invalid(
                "ticket",
                _("No longer yours, or solved: %(numbers)s. Nothing was handed over.")
                % {"numbers": numbers},
            )
        return _handed(actor, mine, said, to, seen_at, now)


def _handed(
    actor: Actor,
    mine: Mapping[int, Ticket],
    said: Mapping[int, str],
    to: User | Queue,
    seen_at: datetime | None,
    now: datetime,
) -> BulkAction:
    before = lines_of(list(mine.values()))
    lines = {}
    for ticket in sorted(mine.values(), key=lambda each: each.pk):  # as all lock them
        number = ticket.number
        line = tickets.staff_text(one_line(said[number]))[:LINE_MAX]
        lines[ticket] = line
        if line and line != before.get(ticket.pk):
            tickets.note(number, actor, kind=NoteKind.DECISION, body=line)
    picked = selection.of_ids(actor, [each.pk for each in lines], Place(None, ""))
    act = acts.MoveTo(to) if isinstance(to, Queue) else acts.assign(to.pk)
    action = bulk.start(
        picked.token, actor, act, seen_at=seen_at, typed=str(len(lines)), now=now
    )
    row = Handover.objects.create(
        given_by_id=action.requested_by_id,
        to_person=None if isinstance(to, Queue) else to,
        to_queue=to if isinstance(to, Queue) else None,
        action=action,
        at=now,
    )
    HandoverLine.objects.bulk_create(
        HandoverLine(handover=row, ticket=ticket, line=line)
        for ticket, line in lines.items()
    )
    return action


def received(actor: Actor, now: datetime) -> list[Received]:
    """What the last shift left to the actor and nobody has taken up or solved since.

    What came to a queue is there until somebody holds it.
    """
    given = Handover.objects.received_by(actor, now)
    given = given.exclude(action__state__in=(BulkState.UNDOING, BulkState.UNDONE))
    mine = Q(handover__to_person=actor.person_id, ticket__assignee=actor.person_id)
    queued = Q(
        handover__to_queue__isnull=False,
        ticket__queue=F("handover__to_queue"),
        ticket__assignee__isnull=True,
    )
    rows = HandoverLine.objects.filter(
        mine | queued, handover__in=given, ticket__state__in=UNSOLVED
    )
    rows = rows.select_related("handover__given_by", "handover__to_queue")
    newest = rows.order_by("-handover__at", "id")[:SHOWN]
    found = list(newest)
    visible = Ticket.objects.visible_to(actor).with_everything_for_list()
    by_id = visible.in_bulk([each.ticket_id for each in found])
    return [
        Received(
            each.handover.given_by,
            each.handover.to_queue,
            each.handover.at,
            by_id[each.ticket_id],
            each.line,
        )
        for each in found
        if each.ticket_id in by_id
    ]
