"""Do chosen reports leave their incident, and come back as if they never had?"""

import pytest
from django.utils import timezone

from tests.people import Person
from tests.triage.incidents.desk import (
    counters,
    fail,
    group_of,
    membership,
    merge,
    recounted,
    split,
    ticket_of,
)
from tests.work import UNAVAILABLE, hand_to_people, make_report
from triage import incidents, tickets
from triage.models import EventKind, FailureGroup, FailureReport, TicketState

pytestmark = pytest.mark.django_db


def members(group: FailureGroup) -> list[FailureReport]:
    return list(FailureReport.objects.filter(group=group).order_by("pk"))


def test_chosen_reports_get_an_incident_and_a_ticket_of_their_own(leo: Person) -> None:
    group = fail("here", 5)
    chosen = members(group)[:2]

    fresh = split(group, chosen, leo)

    assert members(fresh) == chosen
    ticket = ticket_of(fresh)
    assert set(ticket.reports.all()) == set(chosen)
    assert ticket.queue == ticket_of(group).queue
    assert counters() == recounted()


def test_what_comes_later_stays_with_the_former_one(leo: Person) -> None:
    group = fail("here", 3)
    split(group, members(group)[:1], leo)
    report = make_report(cause=UNAVAILABLE, provider="here")
    hand_to_people([report])
    assert group_of(report) == group


def test_its_undo_restores_what_was(leo: Person) -> None:
    group = fail("here", 3)
    before = membership()
    fresh = split(group, members(group)[:2], leo)
    ticket = ticket_of(fresh)

    incidents.undo_split(fresh.pk, leo.actor, timezone.now())

    assert membership() == before
    assert counters() == recounted()
    ticket.refresh_from_db()
    assert ticket.state == TicketState.MERGED
    kinds = [event.kind for event in ticket_of(group).events.all()]
    assert EventKind.SPLIT in kinds
    assert EventKind.UNDONE in kinds


def test_its_undo_follows_a_merge_that_came_between(leo: Person) -> None:
    group, other = fail("here", 3), fail("there")
    fresh = split(group, members(group)[:1], leo)
    merge(group, other, leo)
    incidents.undo_split(fresh.pk, leo.actor, timezone.now())
    assert len(members(other)) == 4
    assert counters() == recounted()


def test_the_timeline_undoes_a_split(leo: Person) -> None:
    group = fail("here", 3)
    before = membership()
    split(group, members(group)[:1], leo)
    event = ticket_of(group).events.get(kind=EventKind.SPLIT)
    incidents.undo(event, leo.actor, timezone.now())
    assert membership() == before
    with pytest.raises(tickets.Invalid):
        incidents.undo(event, leo.actor, timezone.now())


@pytest.mark.parametrize("count", [0, 3])
def test_neither_nothing_nor_everything_can_be_split_off(
    leo: Person, count: int
) -> None:
    group = fail("here", 3)
    with pytest.raises(tickets.Invalid):
        split(group, members(group)[:count], leo)


def test_a_report_of_another_incident_cannot_be_split_off(leo: Person) -> None:
    group, other = fail("here", 3), fail("there")
    with pytest.raises(tickets.Invalid):
        split(group, members(other), leo)
    ticket = ticket_of(group)
    ids = [report.public_id for report in members(other)]
    with pytest.raises(tickets.Invalid):
        incidents.split_ticket(ticket.number, ids, leo.actor, timezone.now())


def test_an_agent_may_not_split(ana: Person) -> None:
    group = fail("here", 3)
    with pytest.raises(tickets.Forbidden):
        split(group, members(group)[:1], ana)
