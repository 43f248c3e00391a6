"""Does a glance at a ticket show what decides, to who may see it, at a fixed price?"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_message
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    hand_to_people,
    make_article,
    make_report,
    make_ticket,
)
from triage import diagnosis, tickets
from triage.models import FailureReport, Ticket

pytestmark = pytest.mark.django_db


def peek(browser: Client, ticket: Ticket) -> str:
    response = browser.get(f"/tickets/{ticket.number}/peek/", HTTP_HX_REQUEST="true")
    assert response.status_code == 200
    return response.text


def diagnosed(reports: int = 1) -> Ticket:
    """A ticket of some messages whose cause the machine has found."""
    made = [
        make_report(make_message(), cause=UNAVAILABLE, provider="northpost")
        for _ in range(reports)
    ]
    ticket = hand_to_people(made)[0]
    diagnosis.diagnose(FailureReport.objects.filter(ticket=ticket), timezone.now())
    return Ticket.objects.get(pk=ticket.pk)


def test_it_shows_what_it_is_and_why_it_failed(ana: Person) -> None:
    ticket = diagnosed()
    text = peek(ana.browser, ticket)
    assert f"#{ticket.number}" in text
    assert "northpost" in text
    assert "Why we think so" in text
    assert "% sure" in text
    assert "Evidence" in text
    assert f'href="/tickets/{ticket.number}/"' in text
    assert text.count('<code class="raw">') == 1
    assert "<mark>" in text
    assert "<html" not in text


def test_it_names_the_fix_that_worked_best(ana: Person) -> None:
    ticket = make_ticket(cause=MAILBOX_FULL)
    assert "Fix that worked best" not in peek(ana.browser, ticket)
    make_article("Wait and write once more", cause=MAILBOX_FULL, published=True)
    assert "Wait and write once more" in peek(ana.browser, ticket)


def test_who_may_take_it_can_do_so_at_once(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    address = f"/tickets/{ticket.number}/assignment/"
    assert f'action="{address}"' in peek(ana.browser, ticket)
    tickets.take(ticket.number, ana.actor)
    assert f'action="{address}"' not in peek(ana.browser, ticket)


def test_what_has_no_message_and_no_run_yet_is_shown_too(ana: Person) -> None:
    text = peek(ana.browser, make_ticket())
    assert "Not diagnosed yet" in text
    assert "Purpose" not in text


def test_eve_is_not_told_that_there_is_such_a_ticket(eve: Person) -> None:
    ticket = make_ticket()
    url = f"/tickets/{ticket.number}/peek/"
    assert eve.browser.get(url).status_code == 404
    assert eve.browser.get("/tickets/999999/peek/").status_code == 404


def test_it_costs_the_same_for_one_report_and_for_many(ana: Person) -> None:
    def cost(ticket: Ticket) -> int:
        with CaptureQueriesContext(connection) as asked:
            peek(ana.browser, ticket)
        return len(asked)

    few, many = diagnosed(), diagnosed(reports=12)
    peek(ana.browser, few)
    assert cost(few) == cost(many) <= 15
