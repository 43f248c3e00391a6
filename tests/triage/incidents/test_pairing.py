"""Does one ticket become part of another, and itself again?"""

import pytest
from django.utils import timezone

from tests.people import Person
from tests.triage.incidents.desk import fail, group_of, membership, ticket_of
from tests.work import join_queue
from triage import incidents, tickets
from triage.models import (
    EventKind,
    FailureReport,
    MemberRole,
    Queue,
    Ticket,
    TicketState,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(ana: Person, leo: Person, general: Queue) -> tuple[Ticket, Ticket]:
    """Two tickets of one incident, in two queues."""
    first = ticket_of(fail("here", 2))
    other = Queue.objects.create(slug="mail", name="Mail")
    for person, role in ((ana, MemberRole.AGENT), (leo, MemberRole.LEAD)):
        join_queue(person.user, other, role)
    Ticket.objects.filter(pk=first.pk).update(queue=other)
    second = Ticket.objects.create(group=first.group, queue=general)
    report = FailureReport.objects.filter(ticket=first).order_by("pk").last()
    FailureReport.objects.filter(pk=report and report.pk).update(ticket=second)
    return Ticket.objects.get(pk=first.pk), Ticket.objects.get(pk=second.pk)


def merge(ticket: Ticket, into: Ticket, who: Person) -> Ticket:
    return incidents.merge_tickets(
        ticket.number, into.number, who.actor, timezone.now()
    )


def test_an_agent_merges_tickets_of_one_incident_and_undoes_it(
    ana: Person, pair: tuple[Ticket, Ticket]
) -> None:
    first, second = pair
    before = membership()
    merge(first, second, ana)
    first.refresh_from_db()
    assert (first.state, first.merged_into) == (TicketState.MERGED, second)
    assert second.reports.count() == 2

    event = first.events.get(kind=EventKind.MERGED)
    incidents.undo(event, ana.actor, timezone.now())
    first.refresh_from_db()
    assert (first.state, membership()) == (TicketState.NEW, before)


def test_tickets_of_two_incidents_merge_these(leo: Person) -> None:
    here, there = fail("here", 2), fail("there")
    ticket, target = ticket_of(here), ticket_of(there)
    merge(ticket, target, leo)
    assert {group_of(each) for each in FailureReport.objects.all()} == {there}
    assert target.reports.count() == 3


def test_an_agent_does_not_merge_incidents_by_their_tickets(ana: Person) -> None:
    ticket, target = ticket_of(fail("here")), ticket_of(fail("there"))
    before = membership()
    with pytest.raises(tickets.Forbidden):
        merge(ticket, target, ana)
    assert membership() == before


def test_a_stale_page_merges_nothing(leo: Person) -> None:
    ticket, target = ticket_of(fail("here")), ticket_of(fail("there"))
    with pytest.raises(tickets.Conflict):
        incidents.merge_tickets(
            ticket.number, target.number, leo.actor, timezone.now(), version=99
        )


def test_nobody_merges_into_a_ticket_that_is_not_there(leo: Person) -> None:
    ticket = ticket_of(fail("here"))
    for into in (ticket.number, 10**9):
        with pytest.raises(tickets.Invalid):
            incidents.merge_tickets(ticket.number, into, leo.actor, timezone.now())


def test_a_merged_incidents_old_ticket_is_not_reopened(leo: Person) -> None:
    here, there = fail("here"), fail("there")
    old = ticket_of(here)
    Ticket.objects.filter(pk=old.pk).update(state="verified")
    incidents.merge(here.number, there, leo.actor, timezone.now())
    with pytest.raises(tickets.Invalid):
        tickets.reopen(old.number, leo.actor, reason="Again.", now=timezone.now())
    Ticket.objects.filter(pk=old.pk).update(
        state="merged", merged_into=ticket_of(there)
    )
