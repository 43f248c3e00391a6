"""Can a person settle what nobody knows, with what is known before their eyes?"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries import sending
from deliveries.models import (
    Dedup,
    DeliveryAttempt,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
)
from deliveries.models import EventKind as Happened
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)
from tests.people import Person, make_person
from tests.repairs import follow_up
from tests.work import make_ticket
from triage import tickets
from triage.models import (
    EventKind,
    FailureReport,
    MemberRole,
    Queue,
    ReportState,
    Ticket,
    TicketState,
)

pytestmark = pytest.mark.django_db

CONSOLE = "Their console shows it as delivered."
NOTHING = "Their support has no trace of it."


def unclear(dedup: Dedup = Dedup.NONE) -> Ticket:
    """A ticket about a message whose only try timed out."""
    message = make_message(address=make_address())
    attempt = make_attempt(message, make_route(make_provider(dedup=dedup)))
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        outcome=Outcome.UNCLEAR,
        started_at=timezone.now(),
        finished_at=timezone.now(),
        due_at=None,
        reply_code="timeout",
        raw_answer="No answer within 10 s.",
    )
    Message.objects.filter(pk=message.pk).update(state=MessageState.UNKNOWN)
    message.refresh_from_db()
    return make_ticket(message)


def message_of(ticket: Ticket) -> Message:
    message = ticket.reports.get().message
    assert message is not None
    return message


def post(person: Person, ticket: Ticket, **fields: Any) -> Any:
    reference = message_of(ticket).public_id
    url = f"/tickets/{ticket.number}/settlement/?message={reference}"
    return person.browser.post(url, {"version": ticket.version, **fields})


def page(person: Person, ticket: Ticket) -> str:
    response = person.browser.get(f"/tickets/{ticket.number}/")
    return str(response.content.decode())


def last_line(person: Person, ticket: Ticket) -> str:
    response = person.browser.get(f"/tickets/{ticket.number}/")
    return str(response.context["timeline"][-1]["text"])


def test_the_facts_lie_beside_the_question(kim: Person) -> None:
    ticket = unclear()
    shown = page(kim, ticket)
    attempt = DeliveryAttempt.objects.get()
    for fact in (
        "Nobody knows whether it arrived",
        attempt.idempotency_key,
        "timeout",
        "No answer within 10 s.",
        "None: it takes every request as a new message.",
        "not known: too few such answers have been settled",
    ):
        assert fact in shown


@pytest.mark.parametrize(
    ("dedup", "promise"),
    [
        (Dedup.KEY, "It knows the key of a try again for 24 hours."),
        (Dedup.LOOKUP, "It can be asked whether it has a message."),
    ],
)
def test_it_says_what_the_provider_promises(
    kim: Person, dedup: Dedup, promise: str
) -> None:
    assert promise in page(kim, unclear(dedup))


def test_the_risk_is_a_figure_once_enough_are_known(kim: Person) -> None:
    ticket = unclear()
    attempt = DeliveryAttempt.objects.get()
    for n in range(29):
        past = make_attempt(route=attempt.route)
        arrived = n < 15
        DeliveryAttempt.objects.filter(pk=past.pk).update(
            outcome=Outcome.UNCLEAR,
            finished_at=timezone.now(),
            due_at=None,
            reply_code="timeout",
        )
        if arrived:
            prove_arrival(past)
    assert "50 % of 30 such answers had arrived" in page(kim, ticket)


def prove_arrival(attempt: DeliveryAttempt) -> None:
    sending.prove(
        attempt.message_id,
        level=EvidenceLevel.DELIVERED,
        kind=Happened.DELIVERED,
        provider=attempt.route.provider,
        dedup_hash=f"receipt-{attempt.pk}",
        occurred_at=timezone.now(),
        trusted=True,
        attempt_n=attempt.n,
    )


def test_that_it_arrived_resolves_the_report_and_verifies_nothing(kim: Person) -> None:
    ticket = unclear()

    response = post(kim, ticket, outcome="arrived", reason=CONSOLE)

    assert response.status_code == 302
    report = FailureReport.objects.get()
    assert report.state == ReportState.RESOLVED
    message = message_of(ticket)
    assert (message.state, message.proven) == (MessageState.ACCEPTED, False)
    assert last_line(kim, ticket) == (
        f"Kim settled that the message arrived: “{CONSOLE}”"
    )
    follow_up()
    assert FailureReport.objects.get().state == ReportState.RESOLVED
    assert Ticket.objects.get().state != TicketState.VERIFIED


def test_that_it_did_not_arrive_leaves_the_next_step_to_people(kim: Person) -> None:
    ticket = unclear()

    post(kim, ticket, outcome="not_arrived", reason=NOTHING)
    follow_up()

    assert message_of(ticket).state == MessageState.FAILED
    assert FailureReport.objects.get().state == ReportState.TICKETED
    assert DeliveryAttempt.objects.count() == 1  # the machine sends nothing by itself
    assert last_line(kim, ticket) == (
        f"Kim settled that it did not arrive: “{NOTHING}”"
    )
    assert "Nobody knows" not in page(kim, ticket)


def test_the_word_is_redacted(kim: Person) -> None:
    ticket = unclear()
    post(kim, ticket, outcome="arrived", reason="lena@example.org says so")
    event = ticket.events.get(kind=EventKind.SETTLED)
    assert "lena@" not in event.change["reason"]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"reason": CONSOLE}, "Choose one of the two."),
        ({"outcome": "arrived"}, "Say how you found out."),
        ({"outcome": "maybe", "reason": CONSOLE}, "Select a valid choice."),
    ],
)
def test_half_an_answer_settles_nothing(
    kim: Person, fields: dict[str, str], fault: str
) -> None:
    ticket = unclear()

    response = post(kim, ticket, **fields)

    assert response.status_code == 400
    assert fault in response.content.decode()
    assert message_of(ticket).state == MessageState.UNKNOWN


def test_an_agent_reads_the_facts_and_may_not_settle(ana: Person) -> None:
    ticket = unclear()
    assert "A specialist or a lead settles it." in page(ana, ticket)
    assert post(ana, ticket, outcome="arrived", reason=CONSOLE).status_code == 403
    assert message_of(ticket).state == MessageState.UNKNOWN


def test_out_of_scope_there_is_nothing(eve: Person) -> None:
    elsewhere = Queue.objects.get(slug="other")
    nia = make_person("nia", MemberRole.SPECIALIST, elsewhere)
    ticket = unclear()
    assert post(nia, ticket, outcome="arrived", reason=CONSOLE).status_code == 404


def test_who_comes_second_is_told_who_was_first(kim: Person, leo: Person) -> None:
    ticket = unclear()
    post(leo, ticket, outcome="not_arrived", reason=NOTHING)

    response = post(kim, ticket, outcome="arrived", reason=CONSOLE)

    assert response.status_code == 409
    assert "Leo settled that it did not arrive" in response.content.decode()
    assert CONSOLE in response.content.decode()


def test_what_is_known_meanwhile_is_not_settled(kim: Person) -> None:
    ticket = unclear()
    Message.objects.update(state=MessageState.FAILED)

    response = post(kim, ticket, outcome="arrived", reason=CONSOLE)

    assert response.status_code == 400
    assert message_of(ticket).state == MessageState.FAILED


def test_while_the_provider_is_asked_nothing_is_sent(kim: Person) -> None:
    ticket = unclear(Dedup.LOOKUP)
    soon = timezone.now() + timedelta(minutes=5)
    DeliveryAttempt.objects.update(due_at=soon)

    assert "The provider is asked" in page(kim, ticket)
    refusal = tickets.refusal(ticket, message_of(ticket), timezone.now())
    assert refusal == (
        "The provider is asked first whether it has the message already."
    )


def test_the_page_speaks_chinese(kim: Person) -> None:
    kim.browser.cookies["django_language"] = "zh-hans"
    assert "没有人知道它是否已送达" in page(kim, unclear())
