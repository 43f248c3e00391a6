"""Is a selection of tickets merged into one as foreseen, and taken apart exactly?"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from deliveries.leases import LEASE
from tests.people import Person
from tests.triage.bulk.deeds import apply, ask, counts, select, undo, work
from tests.triage.incidents.desk import (
    counters,
    fail,
    group_of,
    membership,
    recounted,
    ticket_of,
)
from tests.work import join_queue
from triage import bulk, incidents
from triage.bulk import singly
from triage.models import (
    BulkState,
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    MemberRole,
    Queue,
    Reason,
    Ticket,
    TicketEvent,
    TicketState,
)
from triage.tickets import Invalid

pytestmark = pytest.mark.django_db

Place = tuple[int, str, int | None, int]


@pytest.fixture
def mail(leo: Person) -> Queue:
    """A second queue, which Leo leads too."""
    other = Queue.objects.create(slug="mail", name="Mail")
    join_queue(leo.user, other, MemberRole.LEAD)
    return other


def places() -> list[Place]:
    """Where every ticket is: its state, whoever took it in, and its incident."""
    rows = Ticket.objects.order_by("pk")
    return list(rows.values_list("pk", "state", "merged_into", "group"))


def in_queue(queue: Queue, group: FailureGroup) -> Ticket:
    """Give the incident a second ticket, in another queue, with one of its reports."""
    made = Ticket.objects.create(group=group, queue=queue)
    report = FailureReport.objects.filter(group=group).order_by("pk").last()
    FailureReport.objects.filter(pk=report and report.pk).update(ticket=made)
    return Ticket.objects.get(pk=made.pk)


def spread(mail: Queue) -> list[Ticket]:
    """Five tickets of three incidents, in two queues."""
    here, there, third = fail("here", 3), fail("there", 3), fail("third", 2)
    made = [ticket_of(each) for each in (here, there, third)]
    return [*made, in_queue(mail, here), in_queue(mail, there)]


def live_of(groups: set[int]) -> int:
    return Ticket.objects.live().filter(group__in=groups).count()


def test_it_comes_to_what_was_foreseen_and_its_undo_restores_every_membership(
    leo: Person, mail: Queue
) -> None:
    made = spread(mail)
    before = membership(), places(), counters()
    groups = {each.group_id for each in made}
    act = incidents.MergeInto(made[0])
    picked = select(leo, made)
    rows = bulk.selected(picked, leo.actor)
    seen = incidents.effect(act.prepared(leo.actor, rows), rows)
    forecast = bulk.forecast(picked, 5, leo.actor, act)
    assert (forecast.will, forecast.skipped) == (4, {Reason.TAKES: 1})
    assert (seen.tickets, seen.incidents, seen.reports) == ((5, 1), (3, 1), 8)
    assert live_of(groups) == seen.tickets[0]

    action = work(ask(leo, picked, act))

    assert (action.state, counts(action)) == (BulkState.APPLIED, (4, 1, 0))
    assert live_of(groups) == seen.tickets[1]
    assert {group_of(each).pk for each in FailureReport.objects.all()} == {
        made[0].group_id
    }
    assert made[0].reports.count() == seen.reports
    assert counters() == recounted()

    undo(leo, action)

    action.refresh_from_db()
    assert (action.state, action.undone, action.undo_result) == ("undone", 4, [])
    assert (membership(), places(), counters()) == before


def test_a_ticket_that_was_not_selected_goes_along_and_comes_back(
    leo: Person, mail: Queue
) -> None:
    made = spread(mail)
    before = membership(), places()
    act = incidents.MergeInto(made[0])
    rows = bulk.selected(select(leo, made[:3]), leo.actor)
    seen = incidents.effect(act.prepared(leo.actor, rows), rows)
    groups = {each.group_id for each in made}

    action = apply(leo, made[:3], act)

    assert counts(action) == (2, 1, 0)
    assert (live_of(groups), seen.tickets) == (2, (5, 2))
    undo(leo, action)
    action.refresh_from_db()
    assert action.undone == 2
    assert (membership(), places()) == before


def test_only_the_selected_tickets_name_the_action(leo: Person, mail: Queue) -> None:
    made = spread(mail)
    action = apply(leo, made[:3], incidents.MergeInto(made[0]))
    named = TicketEvent.objects.filter(bulk_action=action).values_list("ticket")
    assert {pk for (pk,) in named} == {made[1].pk, made[2].pk}


def test_a_report_that_came_meanwhile_stays_with_its_own_kind(
    leo: Person, mail: Queue
) -> None:
    made = spread(mail)
    action = apply(leo, made, incidents.MergeInto(made[0]))
    before = membership()
    fail("there")
    fresh = FailureReport.objects.exclude(pk__in=before).get()
    assert group_of(fresh).pk == made[0].group_id
    undo(leo, action)
    assert group_of(fresh).pk == made[1].group_id
    assert counters() == recounted()


def test_an_agent_merges_tickets_of_one_incident_alone(
    ana: Person, mail: Queue
) -> None:
    join_queue(ana.user, mail)
    here = fail("here", 3)
    first, second = ticket_of(here), in_queue(mail, here)
    other = ticket_of(fail("there"))
    with pytest.raises(bulk.NotPermitted) as refused:
        apply(ana, [first, second, other], incidents.MergeInto(first))
    assert refused.value.forecast.forbidden_numbers == (other.number,)
    assert not GroupAlias.objects.exists()
    assert counts(apply(ana, [first, second], incidents.MergeInto(first))) == (1, 1, 0)


def test_a_ticket_that_goes_along_has_to_be_ones_own_as_well(
    kim: Person, mail: Queue
) -> None:
    here, there = fail("here", 2), fail("there", 2)
    in_queue(mail, there)  # in which Kim does not work
    made = [ticket_of_queue(each) for each in (here, there)]
    with pytest.raises(bulk.NotPermitted):
        apply(kim, made, incidents.MergeInto(made[0]))
    with pytest.raises(bulk.NotPermitted):
        apply(kim, made, incidents.MergeInto(made[1]))
    assert not GroupAlias.objects.exists()


def ticket_of_queue(group: FailureGroup) -> Ticket:
    return Ticket.objects.live().get(group=group, queue__slug="general")


def test_what_is_solved_meanwhile_is_left_alone_and_named(leo: Person) -> None:
    made = [ticket_of(fail(name)) for name in ("one", "two", "three")]
    action = ask(leo, select(leo, made), incidents.MergeInto(made[0]))
    Ticket.objects.filter(pk=made[2].pk).update(
        state=TicketState.MERGED, merged_into=made[1]
    )
    work(action)
    assert counts(action) == (1, 2, 0)
    assert [made[2].number, Reason.SOLVED] in action.result


def test_more_than_a_thousand_are_too_many(leo: Person) -> None:
    made = ticket_of(fail("here"))
    act = incidents.MergeInto(made)
    assert act.too_many(leo.actor, 1_000) == ""
    assert "1000" in act.too_many(leo.actor, 1_001).replace(",", "")


def test_more_than_a_hundred_need_their_count_typed(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.bulk.starting.TYPED_ABOVE", 1)
    made = [ticket_of(fail(name)) for name in ("one", "two")]
    with pytest.raises(Invalid):
        ask(leo, select(leo, made), incidents.MergeInto(made[0]))
    action = ask(leo, select(leo, made), incidents.MergeInto(made[0]), typed="2")
    assert counts(work(action)) == (1, 1, 0)


def test_a_worker_that_dies_in_between_merges_and_undoes_nothing_twice(
    leo: Person, mail: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = spread(mail)
    before = membership(), places()
    action = ask(leo, select(leo, made), incidents.MergeInto(made[0]))
    with monkeypatch.context() as patched:
        patched.setattr(singly, "apply", dying(singly.apply, 3))
        bulk.carry_out(action.pk, timezone.now)
    later = timezone.now() + LEASE + timedelta(seconds=1)
    bulk.carry_out(action.pk, lambda: later)
    action.refresh_from_db()
    assert (action.state, counts(action)) == (BulkState.APPLIED, (4, 1, 0))

    bulk.undo(action.pk, leo.actor, now=later)
    with monkeypatch.context() as patched:
        patched.setattr(singly, "_undo", dying(singly._undo, 2))
        bulk.carry_out(action.pk, lambda: later)
    again = later + LEASE + timedelta(seconds=1)
    bulk.carry_out(action.pk, lambda: again)
    action.refresh_from_db()
    assert (action.state, action.undone) == (BulkState.UNDONE, 4)
    assert (membership(), places()) == before
    undone = TicketEvent.objects.filter(kind=EventKind.UNDONE)
    pairs = list(undone.values_list("ticket", "change__seq"))
    assert len(pairs) == len(set(pairs))


def dying(do: Callable[..., None], at: int) -> Callable[..., None]:
    """Do it, but die at the nth time."""
    turns = count(1)

    def wrapped(*args: object) -> None:
        if next(turns) == at:
            raise RuntimeError("killed")
        do(*args)

    return wrapped
