"""Does the timeline of a ticket tell of the bulk resend that its messages are in?"""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import resend
from deliveries.models import (
    ChangeKind,
    FactChange,
    Message,
    ResendOperation,
    ResendState,
    Suppression,
)
from tests.factories import make_address, make_message, make_route
from tests.people import Person, make_person
from tests.resends import REFUSED, Carrier, fresh, planned, run, started
from tests.work import category, hand_to_people, make_report, make_ticket
from triage import repair, resend_steps
from triage.models import EventKind, MemberRole, Queue, Ticket, TicketEvent

pytestmark = pytest.mark.django_db(transaction=True)


def follow_up() -> None:
    """Let everything follow that the facts tell of."""
    while True:
        FactChange.objects.filter(due_at__isnull=False).update(
            due_at=timezone.now() - timedelta(minutes=1)
        )
        if not repair.follow_up_due(timezone.now()):
            return


def told(ticket: Ticket) -> list[tuple[str, str | None]]:
    """What the timeline says that was done, and by whom."""
    rows = TicketEvent.objects.filter(ticket=ticket, kind=EventKind.RESEND)
    return [
        (event.change["did"], event.actor.username if event.actor else None)
        for event in rows.select_related("actor").order_by("seq")
    ]


@pytest.fixture
def ticket(general: Queue) -> Ticket:
    """A ticket about two messages that may be sent again."""
    make_route()
    messages = [
        make_message(address=make_address(value=f"https://p{nth}.example/"))
        for nth in range(2)
    ]
    return hand_to_people([make_report(each) for each in messages])[0]


def messages() -> list[Message]:
    return list(Message.objects.order_by("pk"))


def test_each_step_is_one_line_whoever_took_it(leo: Person, ticket: Ticket) -> None:
    operation = started(leo.user, messages(), queues=[ticket.queue_id])
    resend.pause(operation.pk, leo.user.pk)
    resend.start(operation.pk, leo.user.pk, timezone.now())
    run(operation, Carrier())
    follow_up()
    assert told(ticket) == [
        ("planned", "leo"),
        ("started", "leo"),
        ("paused", "leo"),
        ("resumed", "leo"),
        ("completed", None),
    ]
    changes = TicketEvent.objects.filter(kind=EventKind.RESEND).values_list("change")
    assert {change["resend"] for (change,) in changes} == {operation.number}


def test_who_agreed_is_named(leo: Person, kim: Person, ticket: Ticket) -> None:
    make_route(region="eu")
    operation = planned(
        kim.user, messages(), queues=[ticket.queue_id], patch={"region": "eu"}
    )
    resend.approve(operation.pk, leo.user.pk)
    resend.start(operation.pk, kim.user.pk, timezone.now())
    resend.cancel(operation.pk, kim.user.pk, timezone.now())
    follow_up()
    assert told(ticket) == [
        ("planned", "kim"),
        ("approved", "leo"),
        ("started", "kim"),
        ("cancelled", "kim"),
    ]


def test_a_resend_that_stops_by_itself_says_why(leo: Person, ticket: Ticket) -> None:
    operation = started(leo.user, messages(), queues=[ticket.queue_id])
    run(operation, Carrier(lambda nth: REFUSED))
    assert fresh(operation).state == ResendState.ABORTED
    follow_up()
    assert told(ticket)[-1] == ("aborted", None)
    last = TicketEvent.objects.filter(kind=EventKind.RESEND).latest("seq")
    assert last.change["fault"] == "too_many_failed"


def test_a_step_that_is_told_twice_is_one_line(leo: Person, ticket: Ticket) -> None:
    planned(leo.user, messages(), queues=[ticket.queue_id])
    follow_up()
    FactChange.objects.filter(kind=ChangeKind.RESEND_STEP).update(due_at=timezone.now())
    follow_up()
    assert told(ticket) == [("planned", "leo")]


def test_a_ticket_whose_messages_are_left_out_hears_nothing(
    leo: Person, ticket: Ticket, general: Queue
) -> None:
    address = make_address(value="https://shut.example/")
    Suppression.objects.create(
        source=address.recipient.source,
        channel=address.channel,
        pseudonym=address.pseudonym,
        category=category("consent.complaint"),
        origin="event",
    )
    other = make_ticket(make_message(address=address))
    planned(leo.user, messages(), queues=[ticket.queue_id])
    follow_up()
    assert told(ticket) == [("planned", "leo")]
    assert told(other) == []


def test_a_plan_that_was_dropped_before_it_was_judged_is_nobodys_news(
    leo: Person, ticket: Ticket
) -> None:
    operation = planned(leo.user, [], queues=[ticket.queue_id])
    ResendOperation.objects.filter(pk=operation.pk).update(
        state="draft", frozen_at=None
    )
    resend.cancel(operation.pk, leo.user.pk, timezone.now())
    follow_up()
    assert told(ticket) == []


def test_what_was_solved_before_is_left_alone(leo: Person, ticket: Ticket) -> None:
    ticket.resolutions.create(category=ticket.group.category)
    Ticket.objects.update(state="solved", solved_at=timezone.now() - timedelta(days=9))
    planned(leo.user, messages(), queues=[ticket.queue_id])
    follow_up()
    assert told(ticket) == []


def test_many_tickets_are_told_in_turns(
    leo: Person, general: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend_steps, "AT_ONCE", 2)
    make_route()
    made = [make_ticket(make_message(address=make_address())) for _ in range(5)]
    planned(leo.user, messages(), queues=[general.pk])
    follow_up()
    assert [told(each) for each in made] == [[("planned", "leo")]] * 5
    steps_told = FactChange.objects.filter(kind=ChangeKind.RESEND_STEP).count()
    assert steps_told == 2 + 2  # the draft and the plan, and what was left over twice


def test_messages_cost_nothing_a_line_does(leo: Person, general: Queue) -> None:
    """A ticket about many messages is told by as many queries as one about few."""
    make_route()

    def asked(count: int) -> int:
        made = [
            make_report(make_message(address=make_address()), provider=f"p{count}")
            for _ in range(count)
        ]
        hand_to_people(made)
        own = [each.message for each in made if each.message is not None]
        operation = planned(leo.user, own, queues=[general.pk])
        event = operation.events.get(state=ResendState.PLANNED)
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            resend_steps.follow(event.pk)
        return len(queries)

    assert asked(1) == asked(30)


def test_a_reader_is_led_to_what_they_may_see(
    leo: Person, ana: Person, ticket: Ticket
) -> None:
    other = Queue.objects.create(slug="more", name="More")
    both = make_person("zoe", MemberRole.LEAD, other)
    operation = planned(leo.user, messages(), queues=[ticket.queue_id])
    hidden = planned(both.user, [], queues=[ticket.queue_id, other.pk])
    follow_up()
    page = ana.browser.get(f"/tickets/{ticket.number}/").content.decode()
    assert f"Leo planned to send it again, in resend {operation.number}." in page
    assert f'href="/resends/{operation.number}/"' in page
    assert f"/resends/{hidden.number}/" not in page
    chinese = ana.browser.get(
        f"/tickets/{ticket.number}/", headers={"Accept-Language": "zh-hans"}
    ).content.decode()
    assert "Leo" in chinese
    assert "planned to send it again" not in chinese


def test_a_step_is_told_in_its_own_transaction(leo: Person, ticket: Ticket) -> None:
    operation = planned(leo.user, messages(), queues=[ticket.queue_id])
    before = FactChange.objects.count()
    with pytest.raises(resend.NotNow):
        resend.pause(operation.pk, leo.user.pk)
    assert FactChange.objects.count() == before
