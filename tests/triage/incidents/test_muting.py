"""Who takes note of an incident, and does it wake when it should?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.people import Person
from tests.triage.incidents.desk import fail, merge, part, ticket_of
from triage import incidents, tickets
from triage.incidents import Mute
from triage.models import EventKind, FailureGroup, GroupState

pytestmark = pytest.mark.django_db


def mute(group: FailureGroup, who: Person, how: Mute | None = None) -> None:
    incidents.mute(group.number, who.actor, how or Mute(), timezone.now())


def is_muted(group: FailureGroup) -> bool:
    group.refresh_from_db()
    return group.muted_at is not None


def wake(after: timedelta = timedelta(0)) -> int:
    return incidents.wake_due(timezone.now() + after)


def test_taking_note_makes_an_incident_active(ana: Person) -> None:
    group = fail("here")
    incidents.acknowledge(group.number, ana.actor, timezone.now())
    group.refresh_from_db()
    assert (group.state, group.acknowledged_by) == (GroupState.ACTIVE, ana.user)
    assert ticket_of(group).events.filter(kind=EventKind.ACKNOWLEDGED).exists()
    with pytest.raises(tickets.Invalid):
        incidents.acknowledge(group.number, ana.actor, timezone.now())


def test_a_mute_ends_at_its_time(leo: Person) -> None:
    group = fail("here")
    mute(group, leo, Mute(until=timezone.now() + timedelta(hours=1)))
    assert (wake(), is_muted(group)) == (0, True)
    assert (wake(timedelta(hours=2)), is_muted(group)) == (1, False)


def test_a_mute_ends_at_its_count(leo: Person) -> None:
    group = fail("here", 2)
    mute(group, leo, Mute(more=3))
    fail("here", 2)
    assert (wake(), is_muted(group)) == (0, True)
    fail("here")
    assert (wake(), is_muted(group)) == (1, False)


def test_a_muted_incident_wakes_when_its_rate_doubles_also_when_merged(
    leo: Person,
) -> None:
    group, other = fail("here", 5), fail("there")
    mute(group, leo)
    merge(other, group, leo)
    assert (wake(), is_muted(group)) == (0, True)
    fail("there", 4)
    assert (wake(), is_muted(group)) == (1, False)


def test_a_merge_does_not_lift_a_mute_and_its_undo_ends_what_it_brought(
    leo: Person,
) -> None:
    group, other = fail("here", 5), fail("there")
    mute(group, leo)
    alias = merge(group, other, leo)
    assert is_muted(other)
    part(alias, leo)
    assert (is_muted(other), is_muted(group)) == (False, True)


def test_the_timeline_undoes_a_mute_that_nobody_changed_since(leo: Person) -> None:
    group = fail("here")
    mute(group, leo)
    event = ticket_of(group).events.get(kind=EventKind.MUTED)
    incidents.undo(event, leo.actor, timezone.now())
    assert not is_muted(group)
    with pytest.raises(tickets.Invalid):
        incidents.undo(event, leo.actor, timezone.now())


def test_an_agent_may_not_mute(ana: Person) -> None:
    with pytest.raises(tickets.Forbidden):
        mute(fail("here"), ana)


def test_a_mute_needs_a_time_that_is_still_to_come(leo: Person) -> None:
    with pytest.raises(tickets.Invalid):
        mute(fail("here"), leo, Mute(until=timezone.now()))
