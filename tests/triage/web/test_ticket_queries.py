"""How often does the page of a ticket ask the database, whatever the ticket is like?"""

from itertools import count

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import (
    DeliveryEvent,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
    Purpose,
    SuppressionOrigin,
)
from deliveries.suppressions import suppress
from tests.factories import make_address, make_attempt, make_message, make_route
from tests.people import Person
from tests.rows import make
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    category,
    hand_to_people,
    make_article,
    make_report,
)
from triage import diagnosis, suggesting, tickets
from triage.models import Attachment, CannedText, FailureReport, Macro, NoteKind, Ticket

pytestmark = pytest.mark.django_db

MOST = 15  # what a ticket may cost at all

_numbers = count(1)


def queries_of(browser: Client, ticket: Ticket) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/tickets/{ticket.number}/").status_code == 200
    return len(captured)


def test_a_ticket_costs_the_same_queries_with_1_and_with_50_reports(
    ana: Person,
) -> None:
    def grow(count: int) -> Ticket:
        reports = [
            make_report(
                make_message(address=make_address(value=f"https://{n}.example/"))
            )
            for n in range(count)
        ]
        return hand_to_people(reports)[0]

    ticket = grow(1)
    for n in range(suggesting.LIMIT):  # with fewer, texts that are alike are asked for
        make_article(f"Article {n}", cause=UNAVAILABLE)
    tickets.note(ticket.number, ana.actor, kind=NoteKind.DECISION, body="Wait.")
    few = queries_of(ana.browser, ticket)
    grow(50)
    for n in range(10):
        tickets.note(ticket.number, ana.actor, kind=NoteKind.DECISION, body=f"{n}")
        make_article(f"No. {n}", cause=UNAVAILABLE)
    assert queries_of(ana.browser, ticket) == few
    assert few <= 9


def test_articles_that_are_alike_cost_three_queries_however_many_there_are(
    ana: Person,
) -> None:
    ticket = hand_to_people([make_report(make_message(address=make_address()))])[0]
    none = queries_of(ana.browser, ticket)
    for n in range(20):
        make_article(
            f"No. {n}", "451 4.3.2 try again", cause=MAILBOX_FULL, published=True
        )
    assert queries_of(ana.browser, ticket) == none <= MOST
    assert len(ana.browser.get(f"/tickets/{ticket.number}/").context["articles"]) == 2
    FailureReport.objects.update(provider_answer="")
    assert queries_of(ana.browser, ticket) == none - 3


def diagnosed(message: Message) -> Ticket:
    report = make_report(message, cause=None, answer="552 5.2.2 Mailbox full")
    diagnosis.diagnose([report], timezone.now())
    report.save()
    return hand_to_people([report])[0]


def lengthen(ticket: Ticket, message: Message, ana: Person, leo: Person) -> None:
    """One try, event, note, file, hand-over, article, macro and canned text more."""
    number = next(_numbers)
    attempt = make_attempt(message)
    type(attempt).objects.filter(pk=attempt.pk).update(
        outcome=Outcome.REFUSED, due_at=None, finished_at=timezone.now()
    )
    make(DeliveryEvent, message=message, source=message.source)
    to = ana.user if number % 2 else leo.user
    tickets.hand_over(ticket.number, leo.actor, to=to, note="Please")
    tickets.note(ticket.number, leo.actor, kind=NoteKind.DECISION, body=f"{number}")
    make(Attachment, ticket=ticket, sha256=f"{number:064x}", added_by=ana.user)
    make_article(f"No. {number}", cause=MAILBOX_FULL)
    make(Macro, queue=ticket.queue, name=f"Macro {number}")
    make(CannedText, queue=ticket.queue, name=f"Text {number}")


def test_a_long_story_costs_the_same_queries_as_a_short_one(
    ana: Person, leo: Person
) -> None:
    address = make_address()
    origin = SuppressionOrigin.EVENT
    suppress(address, category=category(MAILBOX_FULL), origin=origin)
    message = make_message(address=address)
    ticket = diagnosed(message)
    lengthen(ticket, message, ana, leo)
    few = queries_of(ana.browser, ticket)
    for _ in range(8):
        lengthen(ticket, message, ana, leo)
    assert queries_of(ana.browser, ticket) == few <= MOST
    context = ana.browser.get(f"/tickets/{ticket.number}/").context
    assert len(context["attempts"]) == len(context["files"]) == 9
    assert len(context["macros"]) == len(context["composer"]["texts"]) == 9
    assert len(context["timeline"]) > 18


@pytest.mark.parametrize("state", MessageState.values)
def test_no_state_of_the_message_costs_more_than_is_allowed(
    ana: Person, state: str
) -> None:
    message = make_message(address=make_address(), purpose=Purpose.SECURITY)
    route = make_route()
    ticket = diagnosed(message)
    attempt = make_attempt(message, route)
    ended = {"outcome": Outcome.UNCLEAR, "due_at": None, "finished_at": timezone.now()}
    if state not in (MessageState.RETRY_WAIT, MessageState.SENDING):
        type(attempt).objects.filter(pk=attempt.pk).update(**ended)
    level = EvidenceLevel.DELIVERED if state == MessageState.DELIVERED else 0
    Message.objects.filter(pk=message.pk).update(
        state=state,
        evidence_level=level,
        hold="no_consent" if state == MessageState.HELD else "",
    )
    assert queries_of(ana.browser, ticket) <= MOST
