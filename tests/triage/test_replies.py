"""Is an answer given once, counted, and taken back whole before it leaves?"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import suppressions
from deliveries.models import Address, SuppressionOrigin
from tests.people import Person
from tests.triage.incidents.desk import fail, ticket_of
from tests.triage.notices.letters import leave, letters, make_sms_route, reachable
from tests.work import category, hand_to_people, join_queue
from triage import incidents, notices, replies, tickets
from triage.models import (
    EventKind,
    FailureReport,
    MemberRole,
    Notice,
    NoticeState,
    Queue,
    Reply,
    Skipped,
    SlaClock,
    Ticket,
    TicketState,
)

pytestmark = pytest.mark.django_db

WORDS = {"en": "Their relay is back.", "zh-hans": "对方的中继已恢复。"}


@pytest.fixture
def ticket() -> Ticket:
    """A ticket of two reporters, one of whom reads Chinese."""
    make_sms_route()
    [made] = hand_to_people([reachable(), reachable(locale="zh-CN")])
    return made


def answer(ticket: Ticket, who: Person, **more: object) -> Reply:
    return replies.write(
        ticket.number,
        who.actor,
        WORDS,
        now=timezone.now(),
        **more,  # type: ignore[arg-type]
    )


def take_back(reply: Reply, who: Person, after: timedelta = timedelta(0)) -> Reply:
    now = timezone.now() + after
    return replies.take_back(reply.ticket.number, reply.pk, who.actor, now=now)


def test_nothing_leaves_for_twenty_seconds(ana: Person, ticket: Ticket) -> None:
    answer(ticket, ana)
    assert timedelta(seconds=20) == notices.HOLD
    assert notices.send_due(timezone.now()) == 0
    assert not letters()
    leave()
    assert len(letters()) == 2
    # A text message leads to the words; it does not hold them.
    assert all(content.link for _message, content in letters())


def test_taken_back_within_them_nobody_hears_of_it(ana: Person, ticket: Ticket) -> None:
    reply = take_back(answer(ticket, ana), ana, timedelta(seconds=19))
    assert reply.undone_at is not None
    leave()
    assert not letters()
    rows = Notice.objects.values_list("state", "skipped")
    assert set(rows) == {(NoticeState.SKIPPED, Skipped.UNDONE)}
    assert ticket.events.filter(kind=EventKind.UNDONE, actor=ana.user).count() == 1


def test_twice_taken_back_is_taken_back_once(ana: Person, ticket: Ticket) -> None:
    reply = answer(ticket, ana)
    take_back(reply, ana)
    take_back(reply, ana)
    assert ticket.events.filter(kind=EventKind.UNDONE).count() == 1


def test_after_them_it_is_too_late(ana: Person, ticket: Ticket) -> None:
    reply = answer(ticket, ana)
    with pytest.raises(tickets.Invalid):
        take_back(reply, ana, timedelta(seconds=21))
    assert Notice.objects.filter(state=NoticeState.DUE).count() == 2


def test_a_colleague_does_not_take_it_back(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    reply = answer(ticket, ana)
    with pytest.raises(tickets.Forbidden):
        take_back(reply, leo)


def test_whoever_does_not_see_the_ticket_finds_nothing(
    ana: Person, eve: Person, ticket: Ticket
) -> None:
    reply = answer(ticket, ana)
    with pytest.raises(tickets.NotFound):
        take_back(reply, eve)
    with pytest.raises(tickets.NotFound):
        answer(ticket, eve)


def test_a_second_answer_to_what_one_saw_first_conflicts(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    seen = Ticket.objects.get().version
    answer(ticket, leo, version=seen)
    with pytest.raises(tickets.Conflict) as conflict:
        answer(ticket, ana, version=seen)
    assert conflict.value.event is not None
    assert conflict.value.event.actor == leo.user
    assert Reply.objects.count() == 1


def test_an_agent_does_not_answer_on_a_colleagues_ticket(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    Ticket.objects.update(assignee=leo.user)
    with pytest.raises(tickets.Forbidden):
        answer(ticket, ana)
    assert not Notice.objects.exists()


def test_an_answer_is_a_first_response(ana: Person, ticket: Ticket) -> None:
    answer(ticket, ana)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    first = SlaClock.objects.filter(ticket=ticket, kind="first_response")
    assert all(clock.met_at for clock in first)


# --- to a whole incident --------------------------------------------------------------


@pytest.fixture
def mail(ana: Person, leo: Person) -> Queue:
    """A second queue, in which Ana and Leo work too."""
    other = Queue.objects.create(slug="mail", name="Mail")
    for person, role in ((ana, MemberRole.AGENT), (leo, MemberRole.LEAD)):
        join_queue(person.user, other, role)
    return other


def spread(mail: Queue) -> tuple[Ticket, Ticket]:
    """An incident of three reporters with two tickets; one person is on both."""
    make_sms_route()
    made = [reachable() for _ in range(3)]
    source = made[0].source
    FailureReport.objects.update(source=source)
    people = ["jo", "jo", "max"]
    for report, person in zip(made, people, strict=True):
        FailureReport.objects.filter(pk=report.pk).update(reporter_pseudonym=person)
        report.refresh_from_db()
    [first] = hand_to_people(made)
    second = Ticket.objects.create(group=first.group, queue=mail)
    moved = FailureReport.objects.filter(pk__in=[made[1].pk, made[2].pk])
    moved.update(ticket=second)
    return Ticket.objects.get(pk=first.pk), Ticket.objects.get(pk=second.pk)


def update_all(ticket: Ticket, who: Person, seen: str | None = None) -> list[Reply]:
    written = incidents.answer(
        ticket.group.number, who.actor, WORDS, now=timezone.now(), seen=seen
    )
    return list(written)


def test_one_update_reaches_each_person_once_over_all_tickets(
    ana: Person, mail: Queue
) -> None:
    first, second = spread(mail)
    written = update_all(first, ana)
    assert [each.ticket for each in written] == [first, second]
    assert [each.notices.count() for each in written] == [1, 1]
    leave()
    leave()
    assert len(letters()) == 2


def test_it_is_taken_back_on_every_ticket(ana: Person, mail: Queue) -> None:
    first, second = spread(mail)
    written = update_all(first, ana)
    take_back(written[1], ana)
    leave()
    assert not letters()
    assert not Reply.objects.filter(undone_at=None).exists()
    for ticket in (first, second):
        kinds = [each.kind for each in ticket.events.order_by("seq")]
        assert kinds[-2:] == [EventKind.REPLIED, EventKind.UNDONE]


def test_one_ticket_that_is_not_ones_own_refuses_the_whole(
    ana: Person, leo: Person, mail: Queue
) -> None:
    first, second = spread(mail)
    Ticket.objects.filter(pk=second.pk).update(assignee=leo.user)
    with pytest.raises(tickets.Forbidden):
        update_all(first, ana)
    assert not Reply.objects.exists()
    update_all(first, leo)
    assert Reply.objects.count() == 2


def test_nor_does_one_answer_in_a_queue_that_one_does_not_see(
    eve: Person, mail: Queue
) -> None:
    first, second = spread(mail)
    join_queue(eve.user, mail, MemberRole.LEAD)
    with pytest.raises(tickets.Forbidden):
        update_all(second, eve)
    assert not Reply.objects.exists()
    assert not first.events.filter(kind=EventKind.REPLIED).exists()


def test_what_was_decided_since_the_preview_is_looked_at_first(
    ana: Person, leo: Person, mail: Queue
) -> None:
    first, second = spread(mail)
    seen = incidents.stamp([first, second])
    replies.write(second.number, leo.actor, WORDS, now=timezone.now())
    with pytest.raises(tickets.Invalid) as refused:
        update_all(first, ana, seen)
    assert refused.value.field == "seen"
    assert Reply.objects.count() == 1


def test_who_is_not_in_the_hands_of_people_yet_is_told_too(ana: Person) -> None:
    make_sms_route()
    kept, machine = reachable(), reachable()
    [ticket] = hand_to_people([kept, machine])
    FailureReport.objects.filter(pk=machine.pk).update(ticket=None, state="repairing")
    update_all(ticket, ana)
    assert Notice.objects.filter(report=machine, reply__isnull=False).count() == 1


def test_what_is_over_hears_nothing_of_a_later_update(ana: Person) -> None:
    make_sms_route()
    kept, over = reachable(), reachable()
    [ticket] = hand_to_people([kept, over])
    FailureReport.objects.filter(pk=over.pk).update(state="verified")
    update_all(ticket, ana)
    assert Notice.objects.get().report == kept


def test_an_incident_without_a_ticket_cannot_be_answered(ana: Person) -> None:
    group = fail("here")
    Ticket.objects.filter(pk=ticket_of(group).pk).update(
        state="merged", merged_into=ticket_of(fail("there"))
    )
    with pytest.raises(tickets.Invalid):
        incidents.answer(group.number, ana.actor, WORDS, now=timezone.now())
    assert not Reply.objects.exists()


# --- whom it would reach --------------------------------------------------------------


def test_a_forecast_counts_what_then_happens(ana: Person) -> None:
    make_sms_route()
    rows = [
        *(reachable() for _ in range(3)),
        reachable(locale="zh-CN"),
        reachable(phone=""),
        reachable(phone=""),
    ]
    [ticket] = hand_to_people(rows)
    reports = FailureReport.objects.filter(ticket=ticket)
    seen = notices.audience(reports, timezone.now())
    assert seen.reached == {("en", "sms"): 3, ("zh-hans", "sms"): 1}
    assert seen.left == {Skipped.NO_CHANNEL: 2}
    answer(ticket, ana)
    leave()
    sent = Notice.objects.filter(state=NoticeState.SENT)
    left = Notice.objects.filter(skipped=Skipped.NO_CHANNEL)
    assert (sent.count(), left.count()) == (seen.reached.total(), 2)


def test_a_forecast_asks_the_gate(ana: Person) -> None:
    make_sms_route()
    report = reachable()
    [ticket] = hand_to_people([report])
    phone = Address.objects.get(recipient=report.recipient, channel="sms")
    with transaction.atomic():
        suppressions.suppress(
            phone,
            category=category("recipient.mailbox_full"),
            origin=SuppressionOrigin.AGENT,
        )
    reports = FailureReport.objects.filter(ticket=ticket)
    assert notices.audience(reports, timezone.now()).left == {Skipped.NO_CHANNEL: 1}
