"""Is the timeline the whole audit: in order, without a gap, never changed?"""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.people import Person
from tests.side_by_side import Other
from tests.work import hand_to_people, make_report, make_ticket
from triage import resolution, tickets, timeline
from triage.access import MACHINE
from triage.models import EventKind, NoteKind, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


def seqs(ticket: Ticket) -> list[int]:
    return list(ticket.events.values_list("seq", flat=True))


def test_whatever_happens_to_a_ticket_its_events_have_no_gap(
    ana: Person, leo: Person
) -> None:
    now = timezone.now()
    ticket = make_ticket(provider="p")
    number = ticket.number
    tickets.take(number, ana.actor)
    tickets.note(number, ana.actor, kind=NoteKind.HYPOTHESIS, body="Their side?")
    tickets.hand_over(number, ana.actor, to=leo.user)
    answer = resolution.Answer(category=ticket.group.category)
    resolution.resolve(number, leo.actor, answer, now=now)
    tickets.reopen(number, leo.actor, reason="Not yet", now=now)
    hand_to_people([make_report(provider="p")])
    ticket.refresh_from_db()
    assert seqs(ticket) == list(range(1, ticket.last_seq + 1))
    kinds = list(ticket.events.values_list("kind", flat=True))
    assert [kind for kind in kinds if kind != EventKind.TIER] == [
        "opened",
        "assigned",
        "noted",
        "handed_over",
        "solved",
        "reopened",
        "joined",
    ]


def test_every_decision_has_an_event_of_the_person_who_made_it(ana: Person) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, ana.actor)
    event = ticket.events.last()
    assert (event.actor_kind, event.actor) == ("person", ana.user)
    first = ticket.events.first()
    assert (first.actor_kind, first.actor) == ("machine", None)


def test_a_refused_decision_leaves_no_event(ana: Person) -> None:
    ticket = make_ticket()
    with pytest.raises(tickets.Conflict):
        tickets.take(ticket.number, ana.actor, version=ticket.version + 1)
    with pytest.raises(tickets.Invalid):
        tickets.reopen(ticket.number, ana.actor, reason="Why", now=timezone.now())
    assert seqs(ticket) == [1]


@pytest.mark.parametrize("change", ["UPDATE %s SET seq = 9", "DELETE FROM %s"])
def test_nobody_changes_or_removes_an_event(change: str) -> None:
    make_ticket()
    statement = change % TicketEvent._meta.db_table
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_two_events_cannot_have_one_number() -> None:
    ticket = make_ticket()
    with pytest.raises(IntegrityError, match="ticketevent_seq"), transaction.atomic():
        TicketEvent.objects.create(
            ticket=ticket, seq=1, kind=EventKind.NOTED, actor_kind="machine"
        )


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    ticket = make_ticket()
    with pytest.raises(timeline.Unlocked):
        timeline.add(ticket, EventKind.NOTED, MACHINE, {})


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_the_same_time_get_numbers_in_a_row(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    one, two = ana.actor, leo.actor

    def write(actor: object) -> None:
        tickets.note(
            ticket.number,
            actor,  # type: ignore[arg-type]
            kind=NoteKind.OBSERVATION,
            body="Seen.",
        )

    with transaction.atomic():
        write(one)
        other = Other(lambda: write(two)).until_it_waits()
    other.end()
    assert seqs(ticket) == [1, 2, 3]
