"""Does a bulk action do to each ticket what it says, once, and come back whole?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.leases import LEASE, MAX_TRIES
from tests.people import Person
from tests.rows import make
from tests.triage.bulk.deeds import apply, ask, counts, decided, select, undo, work
from tests.work import MAILBOX_FULL, category, join_queue, make_ticket
from triage import bulk, tickets
from triage.bulk import running
from triage.models import (
    BulkAction,
    BulkState,
    EventKind,
    FailureGroup,
    MemberRole,
    Queue,
    Resolution,
    Ticket,
    TicketEvent,
    TicketState,
)
from triage.tickets import acts
from triage.tickets.acts import Act

pytestmark = pytest.mark.django_db

WHY = "They wait since yesterday."


@pytest.fixture
def second(db: None, leo: Person) -> Queue:
    """A second queue, which Leo leads as well."""
    queue = Queue.objects.create(slug="second", name="Second")
    join_queue(leo.user, queue, MemberRole.LEAD)
    return queue


def an_act(name: str, leo: Person, second: Queue) -> Act:
    until = timezone.now() + timedelta(hours=4)
    made: dict[str, Act] = {
        "to me": acts.assign(leo.user.pk),
        "to nobody": acts.assign(None),
        "tier": acts.SetTier("S1", WHY),
        "queue": acts.MoveTo(second),
        "waiting": acts.Wait("provider", until),
        "cause": acts.NameCause(category(MAILBOX_FULL)),
    }
    return made[name]


ACTS = ("to me", "to nobody", "tier", "queue", "waiting", "cause")


@pytest.mark.parametrize("name", ACTS)
def test_each_act_changes_every_ticket_and_its_undo_restores_every_column(
    name: str, ana: Person, leo: Person, second: Queue
) -> None:
    made = [make_ticket(assignee=ana.user), make_ticket(assignee=ana.user)]
    made += [make_ticket(), make_ticket()] if name != "to nobody" else []
    before = decided()
    versions = list(Ticket.objects.order_by("pk").values_list("version", flat=True))
    act = an_act(name, leo, second)
    action = apply(leo, made, act)
    assert (action.state, counts(action)) == ("applied", (len(made), 0, 0))
    for ticket in Ticket.objects.select_related("queue"):
        found = act.columns(ticket)
        assert {key: getattr(ticket, key) for key in found} == found
        event = ticket.events.get(bulk_action=action)
        assert (event.actor, event.seq) == (leo.user, ticket.last_seq)
    again = list(Ticket.objects.order_by("pk").values_list("version", flat=True))
    assert again == [each + 1 for each in versions]
    action = undo(leo, action)
    assert (action.state, action.undone, action.undo_result) == (
        "undone",
        len(made),
        [],
    )
    assert decided() == before
    undone = list(Ticket.objects.order_by("pk").values_list("version", flat=True))
    assert undone == [each + 2 for each in versions]
    for ticket in Ticket.objects.all():
        kinds = list(ticket.events.values_list("seq", "kind"))
        assert kinds[-1] == (ticket.last_seq, EventKind.UNDONE)
        assert [seq for seq, _ in kinds] == list(range(1, ticket.last_seq + 1))


def test_one_that_is_not_permitted_refuses_all_and_is_named(
    ana: Person, leo: Person
) -> None:
    mine, theirs = make_ticket(), make_ticket(assignee=leo.user)
    before = decided()
    with pytest.raises(bulk.NotPermitted) as refused:
        ask(ana, select(ana, [mine, theirs]), acts.assign(ana.user.pk))
    found = refused.value.forecast
    assert found.forbidden_numbers == (theirs.number,)
    assert (found.count, found.forbids) == (2, 1)
    assert decided() == before
    assert not BulkAction.objects.exists()


def test_an_agent_may_raise_tiers_and_not_lower_them(ana: Person) -> None:
    calm, urgent = make_ticket(), make_ticket()
    Ticket.objects.filter(pk=urgent.pk).update(tier_computed="S1")
    Ticket.objects.filter(pk=calm.pk).update(tier_computed="S4")
    with pytest.raises(bulk.NotPermitted) as refused:
        ask(ana, select(ana, [calm, urgent]), acts.SetTier("S2", WHY))
    assert refused.value.forecast.forbidden_numbers == (urgent.number,)
    assert counts(apply(ana, [calm], acts.SetTier("S2", WHY))) == (1, 0, 0)


def test_what_changed_left_or_is_solved_is_listed_and_stops_nobody(
    ana: Person, leo: Person, second: Queue
) -> None:
    works, changed, solved, left, same = (make_ticket() for _ in range(5))
    Ticket.objects.filter(pk=same.pk).update(assignee=leo.user, state="open")
    action = ask(leo, select(leo, Ticket.objects.all()), acts.assign(leo.user.pk))
    tickets.take(changed.number, ana.actor)
    make_past(action)
    make_solved(solved)
    Ticket.objects.filter(pk=left.pk).update(queue=make(Queue))
    action = work(action)
    assert counts(action) == (1, 4, 0)
    assert dict(action.result) == {
        changed.number: "changed",
        solved.number: "solved",
        left.number: "left",
        same.number: "same",
    }
    assert Ticket.objects.get(pk=works.pk).assignee == leo.user
    assert Ticket.objects.get(pk=changed.pk).assignee == ana.user
    assert bulk.left_alone(action, leo.actor) == [changed.pk, solved.pk, same.pk]


def make_past(action: BulkAction) -> None:
    """Inside one transaction all has one time: the look was before it."""
    past = timezone.now() - timedelta(minutes=5)
    BulkAction.objects.filter(pk=action.pk).update(seen_at=past)


def make_solved(ticket: Ticket) -> None:
    """Solve it, with the resolution that its state asks for."""
    make(Resolution, ticket=ticket)
    Ticket.objects.filter(pk=ticket.pk).update(state=TicketState.SOLVED)


def test_only_members_are_given_tickets(
    ana: Person, leo: Person, second: Queue
) -> None:
    here, there = make_ticket(), make_ticket(queue=second)
    action = apply(leo, [here, there], acts.assign(ana.user.pk))
    assert counts(action) == (1, 1, 0)
    assert action.result == [[there.number, "not_member"]]


def test_two_of_one_incident_do_not_meet_in_one_queue(
    leo: Person, second: Queue
) -> None:
    third = make(Queue)
    join_queue(leo.user, third, MemberRole.LEAD)
    group = make(FailureGroup)
    rows = [make(Ticket, group=group, queue=third), make_ticket(), make_ticket()]
    make(Ticket, group=rows[1].group, queue=second)
    general = rows[2].queue
    rows.append(make(Ticket, group=group, queue=general))
    picked = select(leo, rows)
    act = acts.MoveTo(second)
    expected = bulk.forecast(picked, 4, leo.actor, act)
    assert (expected.will, dict(expected.skipped)) == (2, {"taken": 2})
    action = work(ask(leo, picked, act))
    assert counts(action) == (2, 2, 0)
    assert {reason for _, reason in action.result} == {"taken"}
    assert Ticket.objects.filter(queue=second).count() == 3


def test_an_undo_leaves_what_was_changed_since_and_says_so(
    ana: Person, leo: Person
) -> None:
    kept, touched = make_ticket(), make_ticket()
    action = apply(leo, [kept, touched], acts.assign(leo.user.pk))
    tickets.hand_over(touched.number, leo.actor, to=ana.user)
    action = undo(leo, action)
    assert (action.undone, action.undo_result) == (1, [[touched.number, "changed"]])
    assert Ticket.objects.get(pk=touched.pk).assignee == ana.user
    assert Ticket.objects.get(pk=kept.pk).state == TicketState.NEW


def test_an_undo_takes_back_what_one_moved_out_of_sight(
    ana: Person, eve: Person, general: Queue
) -> None:
    ticket = make_ticket()
    other = Queue.objects.get(slug="other")
    action = apply(ana, [ticket], acts.MoveTo(other))
    assert not Ticket.objects.visible_to(ana.actor).exists()
    undo(ana, action)
    assert Ticket.objects.get(pk=ticket.pk).queue == general


def test_nobody_undoes_for_somebody_else_or_too_late(ana: Person, leo: Person) -> None:
    action = apply(ana, [make_ticket()], acts.assign(ana.user.pk))
    with pytest.raises(tickets.NotFound):
        bulk.undo(action.pk, leo.actor, now=timezone.now())
    late = timezone.now() + timedelta(hours=25)
    with pytest.raises(tickets.Invalid, match="no longer"):
        bulk.undo(action.pk, ana.actor, now=late)


def test_what_has_not_begun_is_undone_at_once(ana: Person) -> None:
    ticket = make_ticket()
    action = ask(ana, select(ana, [ticket]), acts.assign(ana.user.pk))
    assert bulk.undo(action.pk, ana.actor, now=timezone.now()).state == "undone"
    assert work(action).state == BulkState.UNDONE
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_above_a_hundred_the_count_is_typed(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.bulk.starting.TYPED_ABOVE", 1)
    picked = select(ana, [make_ticket(), make_ticket()])
    act = acts.assign(ana.user.pk)
    for typed in ("", "3", "two"):
        with pytest.raises(tickets.Invalid, match="2"):
            ask(ana, picked, act, typed=typed)
    assert ask(ana, picked, act, typed=" 2 ").expected == 2


def test_nothing_selected_is_nothing_to_do(ana: Person) -> None:
    with pytest.raises(tickets.Invalid, match="Nothing is selected"):
        ask(ana, select(ana, []), acts.assign(ana.user.pk))


def test_a_selection_of_somebody_else_is_not_there(ana: Person, leo: Person) -> None:
    picked = select(ana, [make_ticket()])
    with pytest.raises(tickets.NotFound):
        ask(leo, picked, acts.assign(leo.user.pk))


def test_who_lost_the_role_meanwhile_changes_nothing(ana: Person) -> None:
    ticket = make_ticket()
    action = ask(ana, select(ana, [ticket]), acts.assign(ana.user.pk))
    ana.user.memberships.all().delete()  # type: ignore[attr-defined]
    assert counts(work(action)) == (0, 1, 0)
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


# --- dying workers --------------------------------------------------------------------


class Died(BaseException):
    """A worker that is killed raises nothing that anybody catches."""


def test_another_worker_goes_on_where_one_died(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)
    rows = [make_ticket() for _ in range(3)]
    action = ask(ana, select(ana, rows), acts.assign(ana.user.pk))
    with dying_after(1), pytest.raises(Died):
        work(action)
    action.refresh_from_db()
    assert (action.state, action.applied) == (BulkState.APPLYING, 1)
    assert bulk.forgotten(timezone.now()) == []
    assert bulk.forgotten(timezone.now() + LEASE * 2) == [action.pk]
    bulk.carry_out(action.pk, lambda: timezone.now() + LEASE * 2)
    action.refresh_from_db()
    assert (action.state, counts(action)) == (BulkState.APPLIED, (3, 0, 0))
    assert TicketEvent.objects.filter(bulk_action=action).count() == 3


@contextmanager
def dying_after(chunks: int) -> Iterator[None]:
    """Kill the worker when it has written so many chunks."""
    real, done = running.write, []

    def write(*args: Any) -> Any:
        if len(done) == chunks:
            raise Died
        done.append(1)
        return real(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "write", write)
        yield


def test_a_worker_that_lost_its_claim_writes_nothing(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = ask(ana, select(ana, [make_ticket()]), acts.assign(ana.user.pk))
    real = running.write

    def overtaken(*args: Any) -> Any:
        BulkAction.objects.filter(pk=action.pk).update(epoch=9)
        return real(*args)

    monkeypatch.setattr(running, "write", overtaken)
    work(action)
    assert action.applied == 0
    assert not TicketEvent.objects.filter(bulk_action=action).exists()


def test_an_action_that_kills_its_workers_ends_and_can_be_undone(ana: Person) -> None:
    action = ask(ana, select(ana, [make_ticket()]), acts.assign(ana.user.pk))
    BulkAction.objects.filter(pk=action.pk).update(
        tries=MAX_TRIES, state=BulkState.APPLYING
    )
    assert bulk.forgotten(timezone.now() + LEASE) == []
    action.refresh_from_db()
    assert (action.state, action.due_at) == (BulkState.FAILED, None)
    assert undo(ana, action).state == BulkState.UNDONE


def test_the_number_of_queries_does_not_grow_with_the_tickets(ana: Person) -> None:
    costs = []
    for size in (1, 50):
        rows = [make_ticket() for _ in range(size)]
        action = ask(ana, select(ana, rows), acts.assign(ana.user.pk))
        with CaptureQueriesContext(connection) as captured:
            assert counts(work(action)) == (size, 0, 0)
        costs.append(len(captured))
    assert costs[0] == costs[1]
