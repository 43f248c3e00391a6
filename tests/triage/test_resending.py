"""How do a bulk resend and the work of the desk get on with each other?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliveries import resend
from deliveries.models import FactChange, Message, ResendOperation
from tests.factories import make_address, make_message, make_route
from tests.people import Person, make_person
from tests.resends import REFUSED, Carrier, fresh, make_failed, planned, run, started
from tests.work import UNKNOWN, hand_to_people, make_report, make_ticket
from triage import pipeline, repair, resending, tickets
from triage.models import (
    FailureReport,
    MemberRole,
    Queue,
    ReportState,
    Ticket,
    TicketState,
)
from triage.resending import Pace, Query, drafting

pytestmark = pytest.mark.django_db(transaction=True)
PACE = Pace("", {}, with_unclear=False, canary_size=20, ramp=[50], rate_per_s=100)


def follow_up() -> None:
    FactChange.objects.filter(due_at__isnull=False).update(
        due_at=timezone.now() - timedelta(minutes=1)
    )
    while repair.follow_up_due(timezone.now()):
        pass


@pytest.fixture
def ticket(general: Queue) -> Ticket:
    """A ticket about two messages that may be sent again."""
    make_route()
    messages = [
        make_message(address=make_address(value=f"https://p{nth}.example/"))
        for nth in range(2)
    ]
    return hand_to_people([make_report(each) for each in messages])[0]


def test_what_a_bulk_resend_delivers_is_proven_on_its_ticket(
    leo: Person, ticket: Ticket
) -> None:
    messages = list(Message.objects.order_by("pk"))
    run(started(leo.user, messages, queues=[ticket.queue_id]), Carrier())
    follow_up()
    assert set(FailureReport.objects.values_list("state")) == {(ReportState.VERIFIED,)}
    ticket.refresh_from_db()
    assert ticket.state in (TicketState.SOLVED, TicketState.VERIFIED)


def test_what_a_bulk_resend_fails_with_is_judged_and_stays_with_people(
    leo: Person, ticket: Ticket
) -> None:
    messages = list(Message.objects.order_by("pk"))
    run(
        started(leo.user, messages, queues=[ticket.queue_id]),
        Carrier(lambda nth: REFUSED),
    )
    follow_up()
    failed = Message.objects.filter(last_outcome="refused")
    assert all(each.last_category_id is not None for each in failed)
    assert set(FailureReport.objects.values_list("state")) == {(ReportState.TICKETED,)}


def test_a_new_report_of_a_message_that_only_waits_goes_to_people(
    leo: Person, general: Queue
) -> None:
    """The resend may be cancelled: nobody must wait for an end that never comes."""
    make_route()
    message = make_message(address=make_address())
    planned(leo.user, [message], queues=[general.pk])
    report = make_report(
        message,
        state=ReportState.RECEIVED,
        cause=None,
        answer="HTTP 503 Service Unavailable",
    )
    FailureReport.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    pipeline.digest_due(timezone.now())
    report.refresh_from_db()
    assert report.state == ReportState.TICKETED


def test_a_specialist_vouches_in_the_queues_where_she_is_one(
    ana: Person, kim: Person, general: Queue
) -> None:
    make_route()
    make_ticket(make_message(address=make_address()), cause=UNKNOWN)
    asked = Pace(
        "human_judgement", {}, with_unclear=False, canary_size=1, ramp=[1], rate_per_s=1
    )
    with pytest.raises(tickets.Invalid, match="specialist"):
        resending.draft(ana.actor, Query(channel="webhook"), asked)
    operation = resending.draft(kim.actor, Query(channel="webhook"), asked)
    resend.plan(operation.pk, timezone.now)
    assert fresh(operation).will_send == 1


def test_ones_amount_is_that_of_the_weakest_queue(general: Queue) -> None:
    """A lead elsewhere plans as the agent that she is here."""
    other = Queue.objects.create(slug="other", name="Other")
    mira = make_person("mira", MemberRole.LEAD, other)
    general.memberships.create(person=mira.user, role=MemberRole.AGENT)
    make_route()
    for queue in (general, other):
        make_ticket(make_message(address=make_address()), queue=queue)
    both = resending.draft(mira.actor, Query(channel="webhook"), PACE)
    assert both.queue_ids == sorted([general.pk, other.pk])
    assert both.resend_limit == 1


def test_too_many_messages_are_refused(
    leo: Person, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "MOST", 1)
    with pytest.raises(tickets.Invalid, match="Narrow the filters"):
        resending.draft(leo.actor, Query(ticket=ticket.number), PACE)
    assert not ResendOperation.objects.exists()


def test_solved_tickets_are_left_alone(leo: Person, ticket: Ticket) -> None:
    ticket.resolutions.create(category=ticket.group.category)
    Ticket.objects.update(state="solved")
    with pytest.raises(tickets.Invalid, match="No failed message"):
        resending.draft(leo.actor, Query(ticket=ticket.number), PACE)


def test_an_auditor_and_an_admin_see_every_resend(
    aud: Person, ada: Person, leo: Person, general: Queue
) -> None:
    make_route()
    operation = planned(leo.user, make_failed(1), queues=[general.pk])
    for person in (aud, ada):
        assert resending.find(operation.number, person.actor) == operation
        with pytest.raises(tickets.Forbidden):
            resending.decide(operation.number, person.actor, "start", timezone.now())
