"""Does the end of a merge or split take the rights that the decision took?"""

import pytest
from django.utils import timezone

from tests.people import Person
from tests.triage.incidents.desk import (
    fail,
    membership,
    merge,
    part,
    split,
    ticket_of,
)
from tests.work import join_queue
from triage import incidents, tickets
from triage.models import (
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    MemberRole,
    Membership,
    Queue,
    Ticket,
    TicketEvent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(eve: Person) -> Queue:
    """The queue of Eve, who leads it."""
    queue = Queue.objects.get(slug="other")
    Membership.objects.filter(person=eve.user).update(role=MemberRole.LEAD)
    return queue


def in_queue(queue: Queue, group: FailureGroup) -> Ticket:
    made = Ticket.objects.create(group=group, queue=queue)
    return Ticket.objects.get(pk=made.pk)


def works_no_more(person: Person, queue: Queue) -> None:
    Membership.objects.filter(person=person.user, queue=queue).delete()


def test_eve_does_not_merge_into_an_incident_with_a_ticket_that_she_does_not_see(
    eve: Person, other: Queue
) -> None:
    here, there = fail("here"), fail("there")
    Ticket.objects.filter(group=here).update(queue=other)
    in_queue(other, there)
    events = TicketEvent.objects.count()
    with pytest.raises(tickets.Forbidden) as refused:
        merge(here, there, eve)
    assert "a queue in which you do not work" in refused.value.reason
    assert str(ticket_of_general(there).number) not in refused.value.reason
    assert TicketEvent.objects.count() == events
    assert not GroupAlias.objects.exists()


def ticket_of_general(group: FailureGroup) -> Ticket:
    return Ticket.objects.live().get(group=group, queue__slug="general")


def test_the_preview_says_so_before(eve: Person, other: Queue) -> None:
    here, there = fail("here"), fail("there")
    Ticket.objects.filter(group=here).update(queue=other)
    in_queue(other, there)
    seen = incidents.preview(here.number, there, eve.actor, timezone.now())
    assert "a queue in which you do not work" in seen.refusal
    page = eve.browser.get(f"/incidents/{here.number}/merge/?into={there.number}")
    assert "a queue in which you do not work" in page.text
    answer = eve.browser.post(
        f"/incidents/{here.number}/merge/", {"into": there.number}
    )
    assert answer.status_code == 403
    assert "a queue in which you do not work" in answer.text


def test_whoever_made_a_merge_does_not_undo_it_without_the_rights_to_each_ticket(
    eve: Person, general: Queue, other: Queue
) -> None:
    join_queue(eve.user, general, MemberRole.LEAD)
    here, there = fail("here"), fail("there")
    in_queue(other, here)
    alias = merge(here, there, eve)
    works_no_more(eve, general)
    merged, events = membership(), TicketEvent.objects.count()

    with pytest.raises(tickets.Forbidden):
        part(alias, eve)
    event = TicketEvent.objects.filter(kind=EventKind.MERGED, actor=eve.user)
    for each in event.select_related("ticket__group__category"):
        with pytest.raises(tickets.Forbidden):
            incidents.undo(each, eve.actor, timezone.now())
    answer = eve.browser.post(
        f"/incidents/{there.number}/merge/undo/", {"merge": alias.pk}
    )
    assert answer.status_code in (403, 404)
    assert (membership(), TicketEvent.objects.count()) == (merged, events)

    join_queue(eve.user, general, MemberRole.LEAD)
    part(alias, eve)
    assert membership() != merged


def test_a_colleague_with_the_rights_undoes_it(leo: Person, kim: Person) -> None:
    here, there = fail("here"), fail("there")
    before = membership()
    alias = merge(here, there, leo)
    part(alias, kim)
    assert membership() == before


def test_a_pair_is_parted_by_who_may_merge_both(
    ana: Person, leo: Person, general: Queue, other: Queue
) -> None:
    join_queue(ana.user, other)
    group = fail("here", 2)
    first, second = ticket_of(group), in_queue(other, group)
    incidents.merge_tickets(first.number, second.number, ana.actor, timezone.now())
    merged = membership()
    event = first.events.get(kind=EventKind.MERGED)
    Ticket.objects.filter(pk=second.pk).update(assignee=leo.user)
    with pytest.raises(tickets.Forbidden) as refused:
        incidents.undo(event, ana.actor, timezone.now())
    assert f"#{second.number}" in refused.value.reason
    assert membership() == merged
    answer = ana.browser.post(f"/tickets/{first.number}/events/{event.seq}/undo/")
    assert answer.status_code in (403, 404)

    works_no_more(ana, other)
    with pytest.raises(tickets.Forbidden):
        incidents.undo(event, ana.actor, timezone.now())
    assert membership() == merged


def test_a_split_goes_back_with_the_rights_to_each_ticket_that_gets_reports(
    eve: Person, general: Queue, other: Queue
) -> None:
    join_queue(eve.user, general, MemberRole.LEAD)
    group = fail("here", 3)
    chosen = list(FailureReport.objects.order_by("pk")[:1])
    fresh = split(group, chosen, eve)
    Ticket.objects.filter(group=fresh).update(queue=other)
    works_no_more(eve, general)
    before = membership()
    with pytest.raises(tickets.Forbidden):
        incidents.undo_split(fresh.pk, eve.actor, timezone.now())
    assert membership() == before


def test_a_rehearsal_leaves_nothing_behind_and_says_what_a_merge_comes_to(
    leo: Person,
) -> None:
    here, there = fail("here", 3), fail("there", 2)
    ticket, target = ticket_of(here), ticket_of(there)
    before = membership(), TicketEvent.objects.count()
    now = timezone.now()
    seen = incidents.rehearse_tickets(ticket.number, target.number, leo.actor, now)
    assert (membership(), TicketEvent.objects.count()) == before
    assert (seen.moved, seen.reports, seen.people, seen.incidents) == (3, 5, 5, 2)

    incidents.merge_tickets(ticket.number, target.number, leo.actor, now)
    target.refresh_from_db()
    there.refresh_from_db()
    assert target.reports.count() == seen.reports
    assert (target.tier, there.unserved) == (seen.target.tier, seen.people)
    live = Ticket.objects.live().filter(group=there)
    assert {each.queue for each in live} == set(seen.queues)
