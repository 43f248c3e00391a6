"""What do people decide about a ticket, and what if two decide at once?"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from deliveries.actor import Actor
from deliveries.models import MessageState, Outcome
from tests.factories import make_address, make_message, make_route
from tests.people import Person, make_person
from tests.side_by_side import Other
from tests.work import (
    MAILBOX_FULL,
    RELAY_DENIED,
    hand_to_people,
    join_queue,
    make_report,
    make_ticket,
)
from triage import resolution, tickets
from triage.models import (
    EventKind,
    MemberRole,
    NoteKind,
    Queue,
    ReportState,
    Ticket,
    TicketEvent,
    TicketState,
)
from triage.tickets import Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def bo(general: Queue) -> Person:
    """A second agent of the general queue."""
    return make_person("bo", MemberRole.AGENT, general)


@pytest.fixture
def second(db: None) -> Queue:
    """A second queue."""
    return Queue.objects.create(slug="second", name="Second")


def last_event(ticket: Ticket) -> TicketEvent:
    """The last event but those by which the tier follows."""
    return ticket.events.exclude(kind=EventKind.TIER).order_by("seq").last()


def solve(ticket: Ticket, by: Person) -> Ticket:
    resolution.resolve(
        ticket.number,
        by.actor,
        resolution.Answer(category=ticket.group.category),
        now=timezone.now(),
    )
    return Ticket.objects.get(pk=ticket.pk)


# --- take -----------------------------------------------------------------------------


def test_taking_a_new_ticket_opens_it_and_says_so(ana: Person) -> None:
    ticket = make_ticket()
    taken = tickets.take(ticket.number, ana.actor, version=ticket.version)
    taken.refresh_from_db()
    assert (taken.assignee, taken.state) == (ana.user, TicketState.OPEN)
    assert taken.version == ticket.version + 1
    event = last_event(taken)
    assert (event.kind, event.actor) == (EventKind.ASSIGNED, ana.user)
    assert event.inverse == {
        "was": {"assignee_id": None, "state": "new"},
        "became": {"assignee_id": ana.user.pk, "state": "open"},
    }


def test_the_second_of_two_who_take_is_told_who_did_what_and_when(
    ana: Person, bo: Person
) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, ana.actor, version=ticket.version)
    with pytest.raises(Conflict) as told:
        tickets.take(ticket.number, bo.actor, version=ticket.version)
    event = told.value.event
    assert event is not None
    assert (event.actor, event.kind) == (ana.user, EventKind.ASSIGNED)
    assert timezone.now() - event.at < timedelta(minutes=1)
    ticket.refresh_from_db()
    assert ticket.assignee == ana.user


def test_a_note_is_not_named_as_the_reason_of_a_conflict(
    ana: Person, bo: Person
) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, ana.actor, version=ticket.version)
    tickets.note(ticket.number, bo.actor, kind=NoteKind.OBSERVATION, body="Odd.")
    with pytest.raises(Conflict) as told:
        tickets.take(ticket.number, bo.actor, version=ticket.version)
    assert told.value.event is not None
    assert told.value.event.kind == EventKind.ASSIGNED


def test_a_conflict_passes_through_context_managers() -> None:
    @contextmanager
    def block():  # type: ignore[no-untyped-def]
        yield

    ticket = make_ticket()
    with pytest.raises(Conflict), block():
        raise Conflict(ticket, None)


def test_taking_ones_own_ticket_changes_nothing(ana: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    events = ticket.events.count()
    again = tickets.take(ticket.number, ana.actor, version=ticket.version)
    assert (again.version, again.events.count()) == (ticket.version, events)


def test_an_agent_cannot_take_what_a_colleague_holds_but_a_specialist_can(
    ana: Person, bo: Person, leo: Person
) -> None:
    ticket = make_ticket(assignee=ana.user)
    with pytest.raises(Forbidden):
        tickets.take(ticket.number, bo.actor)
    assert tickets.take(ticket.number, leo.actor).assignee_id == leo.user.pk


def test_out_of_scope_there_is_no_ticket(eve: Person) -> None:
    ticket = make_ticket()
    for number in (ticket.number, ticket.number + 1000):
        with pytest.raises(NotFound):
            tickets.take(number, eve.actor)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.version) == (None, 1)


def test_a_solved_ticket_cannot_be_taken_or_handed_over(
    ana: Person, bo: Person
) -> None:
    ticket = solve(make_ticket(assignee=ana.user), ana)
    with pytest.raises(Invalid, match="Reopen"):
        tickets.take(ticket.number, ana.actor)
    with pytest.raises(Invalid, match="Reopen"):
        tickets.hand_over(ticket.number, ana.actor, to=bo.user)


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_who_take_at_the_same_moment_one_gets_it(
    ana: Person, bo: Person
) -> None:
    ticket = make_ticket()
    ana_acts, mia_acts = ana.actor, bo.actor
    with transaction.atomic():
        tickets.take(ticket.number, ana_acts, version=ticket.version)
        other = Other(
            lambda: tickets.take(ticket.number, mia_acts, version=ticket.version)
        ).until_it_waits()
    with pytest.raises(Conflict) as told:
        other.end()
    assert told.value.event is not None
    assert told.value.event.actor == ana.user
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.version) == (ana.user, 2)
    assert [event.seq for event in ticket.events.all()] == [1, 2]


# --- who counts where -----------------------------------------------------------------


def test_a_reader_of_all_tickets_works_only_those_of_their_own_queue(
    ana: Person, second: Queue
) -> None:
    elsewhere, here = make_ticket(queue=second), make_ticket()
    ana.user.is_superuser = True
    ana.user.save()
    assert Ticket.objects.visible_to(ana.actor).count() == 2
    with pytest.raises(Forbidden):
        tickets.take(elsewhere.number, ana.actor)
    with pytest.raises(Forbidden):
        tickets.note(
            elsewhere.number, ana.actor, kind=NoteKind.OBSERVATION, body="Seen."
        )
    assert tickets.take(here.number, ana.actor).assignee_id == ana.user.pk


def test_a_lead_of_one_queue_is_an_agent_in_another(
    leo: Person, bo: Person, second: Queue
) -> None:
    join_queue(leo.user, second)
    join_queue(bo.user, second)
    held, free = (
        make_ticket(queue=second, assignee=bo.user),
        make_ticket(queue=second),
    )
    for act in (
        lambda: tickets.take(held.number, leo.actor),
        lambda: tickets.hand_over(held.number, leo.actor, to=leo.user),
        lambda: tickets.hand_over(free.number, leo.actor, to=bo.user),
    ):
        with pytest.raises(Forbidden):
            act()
    assert tickets.take(free.number, leo.actor).assignee_id == leo.user.pk


# --- hand over ------------------------------------------------------------------------


def test_an_agent_hands_over_her_own_ticket_with_a_word(
    ana: Person, bo: Person
) -> None:
    ticket = make_ticket(assignee=ana.user)
    tickets.hand_over(
        ticket.number, ana.actor, to=bo.user, note="Ask x@y.example", version=1
    )
    ticket.refresh_from_db()
    assert ticket.assignee == bo.user
    change = last_event(ticket).change
    assert (change["from"], change["to"]) == (ana.user.pk, bo.user.pk)
    assert "x@y.example" not in change["note"]


def test_an_agent_hands_over_neither_a_free_ticket_nor_a_colleagues(
    ana: Person, bo: Person
) -> None:
    for ticket in (make_ticket(), make_ticket(assignee=bo.user)):
        with pytest.raises(Forbidden):
            tickets.hand_over(ticket.number, ana.actor, to=ana.user)


def test_a_lead_who_gives_away_a_new_ticket_opens_it(leo: Person, ana: Person) -> None:
    ticket = make_ticket()
    tickets.hand_over(ticket.number, leo.actor, to=ana.user)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.state) == (ana.user, TicketState.OPEN)


def test_a_ticket_goes_only_to_members_of_its_queue(leo: Person, eve: Person) -> None:
    ticket = make_ticket()
    with pytest.raises(Invalid) as refused:
        tickets.hand_over(ticket.number, leo.actor, to=eve.user)
    assert refused.value.field == "to"


def test_a_ticket_that_changes_queue_belongs_to_nobody(
    ana: Person, second: Queue
) -> None:
    ticket = make_ticket(assignee=ana.user)
    tickets.hand_over(ticket.number, ana.actor, to=second)
    ticket.refresh_from_db()
    assert (ticket.queue, ticket.assignee) == (second, None)
    change = last_event(ticket).change
    assert (change["from_queue"], change["to_queue"]) == ("general", "second")
    assert not Ticket.objects.visible_to(ana.actor).exists()


def test_a_queue_takes_no_second_live_ticket_of_an_incident(
    leo: Person, second: Queue
) -> None:
    ticket = make_ticket()
    twin = Ticket.objects.create(group=ticket.group, queue=second)
    with pytest.raises(Invalid, match="Second"):
        tickets.hand_over(ticket.number, leo.actor, to=second)
    ticket.refresh_from_db()
    assert (ticket.queue.slug, ticket.version) == ("general", 1)
    with (
        pytest.raises(IntegrityError, match="ticket_one_live_per_group_queue"),
        transaction.atomic(),
    ):
        Ticket.objects.filter(pk=ticket.pk).update(queue=twin.queue)


# --- note -----------------------------------------------------------------------------


def test_a_note_is_kept_redacted_and_leaves_the_version_alone(ana: Person) -> None:
    ticket = make_ticket()
    row = tickets.note(
        ticket.number,
        ana.actor,
        kind=NoteKind.DECISION,
        body="  Wait for them, write to jo@box.example.  ",
    )
    ticket.refresh_from_db()
    assert ticket.version == 1
    assert row.body.startswith("Wait for them, write to ")
    assert "jo@box.example" not in row.body
    event = last_event(ticket)
    assert (event.kind, event.change) == (
        EventKind.NOTED,
        {"note": row.pk, "kind": "decision"},
    )


@pytest.mark.parametrize("body", ["", "  \n ", "x" * (tickets.NOTE_MAX + 1)])
def test_an_empty_or_endless_note_is_refused(ana: Person, body: str) -> None:
    ticket = make_ticket()
    with pytest.raises(Invalid) as refused:
        tickets.note(ticket.number, ana.actor, kind=NoteKind.OBSERVATION, body=body)
    assert refused.value.field == "body"
    assert not ticket.notes.exists()


def test_a_colleagues_ticket_may_be_noted(ana: Person, bo: Person) -> None:
    ticket = make_ticket(assignee=bo.user)
    tickets.note(ticket.number, ana.actor, kind=NoteKind.OBSERVATION, body="Seen.")
    assert ticket.notes.get().author == ana.user


# --- open, join, reopen ---------------------------------------------------------------


def test_reports_of_one_cause_share_one_ticket() -> None:
    first = hand_to_people([make_report(), make_report()])
    again = hand_to_people([make_report()])
    assert first == again
    ticket = first[0]
    assert ticket.reports.count() == 3
    opened, joined, tier = ticket.events.all()
    assert (opened.kind, opened.change) == (EventKind.OPENED, {"reports": 2})
    assert (joined.kind, joined.change) == (EventKind.JOINED, {"reports": 1})
    assert (tier.kind, tier.change["to"]) == (EventKind.TIER, "S3")
    assert set(ticket.reports.values_list("state", flat=True)) == {"ticketed"}


def test_other_causes_get_tickets_of_their_own() -> None:
    made = hand_to_people([make_report(), make_report(cause=MAILBOX_FULL)])
    assert len({ticket.group_id for ticket in made}) == 2


def test_a_recurrence_reopens_a_solved_ticket(ana: Person) -> None:
    ticket = solve(make_ticket(provider="p"), ana)
    (again,) = hand_to_people([make_report(provider="p")])
    again.refresh_from_db()
    assert again.pk == ticket.pk
    assert (again.state, again.reopen_count) == (TicketState.OPEN, 1)
    assert again.solved_at is None
    assert last_event(again).change["reason"] == "recurrence"
    assert not again.resolutions.filter(superseded_at=None).exists()
    assert set(again.reports.values_list("state", flat=True)) == {"ticketed"}


def test_a_person_reopens_with_a_reason_that_is_kept_redacted(ana: Person) -> None:
    ticket = solve(make_ticket(), ana)
    tickets.reopen(
        ticket.number,
        ana.actor,
        reason="Still failing for bo@box.example",
        now=timezone.now(),
    )
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    reason = last_event(ticket).change["reason"]
    assert reason.startswith("Still failing for ")
    assert "bo@box.example" not in reason
    assert ticket.reports.get().state == ReportState.TICKETED


def test_reopening_needs_a_reason_and_a_solved_ticket(ana: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    with pytest.raises(Invalid, match="open already"):
        tickets.reopen(ticket.number, ana.actor, reason="Why not", now=timezone.now())
    solve(ticket, ana)
    with pytest.raises(Invalid, match="Say why"):
        tickets.reopen(ticket.number, ana.actor, reason=" ", now=timezone.now())


def test_a_closed_ticket_whose_incident_lives_elsewhere_stays_closed(
    ana: Person,
) -> None:
    ticket = solve(make_ticket(), ana)
    Ticket.objects.filter(pk=ticket.pk).update(state=TicketState.CLOSED_UNVERIFIED)
    Ticket.objects.create(group=ticket.group, queue=ticket.queue)
    with pytest.raises(Invalid, match="taken over"):
        tickets.reopen(ticket.number, ana.actor, reason="Again", now=timezone.now())
    ticket.refresh_from_db()
    assert ticket.state == TicketState.CLOSED_UNVERIFIED
    assert ticket.resolutions.get().superseded_at is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_cause_make_one_ticket() -> None:
    one, two = make_report(), make_report()
    with transaction.atomic():
        hand_to_people([one])
        other = Other(lambda: hand_to_people([two])).until_it_waits()
    other.end()
    ticket = Ticket.objects.get()
    assert ticket.reports.count() == 2
    assert [event.seq for event in ticket.events.all()] == [1, 2]
    group = ticket.group
    assert (group.reports, group.recipients, group.unserved) == (2, 2, 2)


# --- send again -----------------------------------------------------------------------


def failed_message_ticket(cause: str = "server.unavailable") -> Ticket:
    make_route()
    return make_ticket(make_message(address=make_address()), cause=cause)


def retry(ticket: Ticket, actor: Actor) -> Ticket:
    message = ticket.reports.get().message
    return tickets.retry_now(
        ticket.number,
        actor,
        message_public_id=message.public_id if message else "",
        now=timezone.now(),
    )


def test_a_safe_cause_is_sent_again_at_once(ana: Person) -> None:
    ticket = failed_message_ticket()
    retry(ticket, ana.actor)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (TicketState.IN_REPAIR, ana.user)
    message = ticket.reports.get().message
    attempt = message.attempts.get()
    assert attempt.outcome == Outcome.PLANNED
    assert attempt.due_at <= timezone.now()
    assert last_event(ticket).change == {
        "message": message.public_id,
        "attempt": attempt.n,
    }


def test_one_message_is_not_sent_again_twice(ana: Person) -> None:
    ticket = failed_message_ticket()
    retry(ticket, ana.actor)
    with pytest.raises(Invalid, match="under way"):
        retry(ticket, ana.actor)
    assert ticket.reports.get().message.attempts.count() == 1


@pytest.mark.parametrize(
    ("cause", "words"),
    [(RELAY_DENIED, "cause must go first"), (MAILBOX_FULL, "needs a remedy")],
)
def test_a_cause_that_would_fail_again_is_not_sent(
    ana: Person, cause: str, words: str
) -> None:
    ticket = failed_message_ticket(cause)
    with pytest.raises(Invalid, match=words):
        retry(ticket, ana.actor)
    ticket.refresh_from_db()
    assert (ticket.version, ticket.state) == (1, TicketState.NEW)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (MessageState.DELIVERED, "already arrived"),
        (MessageState.CANCELLED, "cancelled"),
        (MessageState.EXPIRED, "time is over"),
        (MessageState.ACCEPTED, "has it already"),
    ],
)
def test_the_state_of_the_message_has_its_say(
    ana: Person, state: MessageState, words: str
) -> None:
    ticket = failed_message_ticket()
    message = ticket.reports.get().message
    type(message).objects.filter(pk=message.pk).update(state=state, evidence_level=3)
    with pytest.raises(Invalid, match=words):
        retry(ticket, ana.actor)


def test_without_route_message_or_open_ticket_nothing_is_sent(ana: Person) -> None:
    nowhere = make_ticket(make_message(address=make_address()))
    with pytest.raises(Invalid, match="No route"):
        retry(nowhere, ana.actor)
    with pytest.raises(Invalid, match="No message"):
        retry(make_ticket(), ana.actor)
    solved = solve(failed_message_ticket(), ana)
    with pytest.raises(Invalid, match="Reopen"):
        retry(solved, ana.actor)


def test_a_message_of_another_ticket_is_not_sent_from_here(ana: Person) -> None:
    here, there = failed_message_ticket(), failed_message_ticket()
    with pytest.raises(Invalid, match="No message"):
        tickets.retry_now(
            here.number,
            ana.actor,
            message_public_id=there.reports.get().message.public_id,
            now=timezone.now(),
        )
