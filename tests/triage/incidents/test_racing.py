"""Is no report lost when one joins a group whose ticket is merged at that moment?

Two connections, for real: one holds the merge open while the other joins, and the
other way about.
"""

from collections.abc import Callable, Iterable
from threading import Event

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.people import Person
from tests.side_by_side import Other
from tests.triage.incidents.desk import (
    counters,
    fail,
    group_of,
    membership,
    merge,
    part,
    recounted,
    ticket_of,
)
from tests.work import UNAVAILABLE, hand_to_people, make_report
from triage import grouping, incidents
from triage.models import (
    FailureGroup,
    FailureReport,
    GroupAlias,
    Ticket,
    TicketState,
)
from triage.tickets import Invalid

pytestmark = pytest.mark.django_db(transaction=True)


def come(provider: str) -> Callable[[], FailureReport]:
    """Make a report of a kind; calling what is returned hands it to people."""
    report = make_report(cause=UNAVAILABLE, provider=provider)

    def join() -> FailureReport:
        hand_to_people([report])
        return report

    return join


def assert_whole(reports: int) -> None:
    """Every report is in a live ticket of its own incident, and counted once."""
    found = FailureReport.objects.select_related("ticket", "group")
    assert found.count() == reports
    for report in found:
        assert report.ticket is not None
        assert report.ticket.state != TicketState.MERGED
        assert report.ticket.group_id == report.group_id
    live = Ticket.objects.live().values_list("group", "queue")
    assert len(live) == len(set(live))
    assert counters() == recounted()


def test_a_report_that_comes_while_incidents_are_merged_waits_and_follows(
    leo: Person,
) -> None:
    here, there = fail("here", 2), fail("there", 2)
    join = come("here")
    with transaction.atomic():
        merge(here, there, leo)
        other = Other(join).until_it_waits()
    report = other.end()
    assert group_of(report) == there
    report.refresh_from_db()
    assert report.ticket == ticket_of(there)
    assert_whole(5)


def test_a_merge_waits_for_a_report_that_is_joining_and_takes_it_along(
    leo: Person,
) -> None:
    here, there = fail("here", 2), fail("there", 2)
    join = come("here")
    with transaction.atomic():
        report = join()
        other = Other(lambda: merge(here, there, leo)).until_it_waits()
    assert other.end().group == there
    assert group_of(report) == there
    assert_whole(5)


def test_a_report_that_comes_while_two_tickets_are_merged_is_in_the_one_that_goes_on(
    leo: Person,
) -> None:
    here, there = fail("here", 2), fail("there", 2)
    ticket, target = ticket_of(here), ticket_of(there)
    join = come("here")
    with transaction.atomic():
        incidents.merge_tickets(ticket.number, target.number, leo.actor, timezone.now())
        other = Other(join).until_it_waits()
    report = other.end()
    report.refresh_from_db()
    assert report.ticket == target
    assert_whole(5)


def test_a_report_that_comes_while_a_merge_is_undone_goes_home(leo: Person) -> None:
    here, there = fail("here", 2), fail("there", 2)
    alias = merge(here, there, leo)
    join = come("here")
    with transaction.atomic():
        part(alias, leo)
        other = Other(join).until_it_waits()
    assert group_of(other.end()) == here
    assert_whole(5)


def test_of_two_people_who_merge_the_same_incident_one_is_told(leo: Person) -> None:
    here, there, third = (fail(name) for name in ("here", "there", "third"))
    with transaction.atomic():
        merge(here, there, leo)
        other = Other(lambda: merge(here, third, leo)).until_it_waits()
    with pytest.raises(Invalid):
        other.end()
    assert GroupAlias.objects.live().get().group == there
    assert_whole(3)


def test_two_merges_against_each_other_make_no_circle(leo: Person) -> None:
    here, there = fail("here"), fail("there")
    with transaction.atomic():
        merge(here, there, leo)
        other = Other(lambda: merge(there, here, leo)).until_it_waits()
    with pytest.raises(Invalid):
        other.end()
    assert_whole(2)


def test_who_learns_late_of_a_merge_lets_go_before_locking_where_it_leads(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = fail("here", 2), fail("there", 2)
    join = come("here")
    merge(here, there, leo)
    real, asked = grouping._ends, []
    has_here, there_is_held = Event(), Event()

    def learns_late(digests: Iterable[str]) -> dict[str, FailureGroup]:
        asked.append(digests)
        if len(asked) > 1:
            has_here.set()
            assert there_is_held.wait(10)
            return real(digests)
        return {}

    monkeypatch.setattr(grouping, "_ends", learns_late)
    other = Other(join)
    assert has_here.wait(10)
    with transaction.atomic():
        grouping.lock([there.pk])
        there_is_held.set()
        grouping.lock([here.pk])
    assert group_of(other.end()) == there
    assert len(asked) == 3
    assert_whole(5)


@pytest.mark.parametrize("seed", range(3))
def test_many_reports_and_merges_at_once_lose_nothing(leo: Person, seed: int) -> None:
    groups = [fail(name, 2) for name in ("here", "there", "third")]
    joins = [come(("here", "there", "third")[n % 3]) for n in range(9)]
    first, second = groups[seed], groups[(seed + 1) % 3]

    def back_and_forth() -> None:
        for _ in range(4):
            part(merge(first, second, leo), leo)
        merge(first, second, leo)

    others: list[Other[object]] = [Other(back_and_forth)]
    others += [Other(each) for each in joins]
    for each in others:
        each.end()
    assert_whole(15)
    ends = {group_of(each) for each in FailureReport.objects.all()}
    assert first not in ends


def test_the_database_admits_one_live_ticket_for_each_group_and_queue(
    leo: Person,
) -> None:
    group = fail("here")
    ticket = ticket_of(group)

    def another() -> Ticket:
        made: Ticket = Ticket.objects.create(group=group, queue=ticket.queue)
        return made

    Ticket.objects.filter(pk=ticket.pk).update(
        state=TicketState.MERGED, merged_into=ticket_of(fail("there"))
    )
    with transaction.atomic():
        another()
        other = Other(another).until_it_waits()
    with pytest.raises(IntegrityError, match="ticket_one_live_per_group_queue"):
        other.end()
    assert Ticket.objects.live().filter(group=group).count() == 1
    assert membership()
