"""Does the open page of a ticket learn what others do there, and who they are?"""

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.people import Person
from tests.work import make_ticket
from triage import presence, tickets
from triage.models import NoteKind, Ticket
from triage.presence import Presence

pytestmark = pytest.mark.django_db


def ask(person: Person, ticket: Ticket, etag: str = "", **said: Any) -> Any:
    page = person.browser.get(f"/tickets/{ticket.number}/")
    query = {"at": page.context["live_at"], "seq": ticket.last_seq} | said
    headers = {"If-None-Match": etag} if etag else {}
    url = f"/tickets/{ticket.number}/changes/"
    return person.browser.get(url, query, headers=headers)


def beat(person: Person, ticket: Ticket, **said: str) -> int:
    url = f"/tickets/{ticket.number}/presence/"
    return person.browser.post(url, said).status_code


def test_nothing_new_is_an_empty_answer(ana: Person) -> None:
    ticket = make_ticket()
    first = ask(ana, ticket)
    again = ask(ana, ticket, first.headers["ETag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_what_a_colleague_did_is_told_in_words(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    etag = ask(ana, ticket).headers["ETag"]
    tickets.take(ticket.number, leo.actor)
    answer = ask(ana, ticket, etag)
    assert "Leo took the ticket." in answer.text
    assert "data-shows" in answer.text
    for _ in range(3):
        kind = NoteKind.OBSERVATION
        tickets.note(ticket.number, leo.actor, kind=kind, body="It waits.")
    answer = ask(ana, ticket)
    assert answer.text.count("<li>") == 2
    assert "2 more changes" in answer.text


def test_what_the_page_shows_already_is_no_news(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, leo.actor)
    ticket.refresh_from_db()
    assert "Leo took" not in ask(ana, ticket).text


def test_who_is_there_is_seen_by_others_alone(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    assert beat(leo, ticket) == 204
    assert beat(ana, ticket) == 204
    assert "Leo is looking" in ask(ana, ticket).text
    assert "Ana is looking" in ask(leo, ticket).text
    beat(leo, ticket, writes="yes")
    assert "Leo is writing" in ask(ana, ticket).text
    beat(leo, ticket, left="yes")
    assert "Leo" not in ask(ana, ticket).text.partition("data-place")[2]


def test_several_are_named_together(ana: Person, leo: Person, kim: Person) -> None:
    ticket = make_ticket()
    beat(leo, ticket)
    beat(kim, ticket)
    assert "Leo, Kim are looking" in ask(ana, ticket).text
    ana.browser.cookies["django_language"] = "zh-hans"
    assert "Leo、Kim正在查看" in ask(ana, ticket).text


def test_eve_neither_asks_nor_is_seen(ana: Person, eve: Person) -> None:
    ticket = make_ticket()
    url = f"/tickets/{ticket.number}/changes/"
    assert eve.browser.get(url).status_code == 404
    assert beat(eve, ticket) == 404
    assert presence.at([ticket.number], time.time()) == {}


def test_an_agent_on_a_colleagues_ticket_is_seen(ana: Person, leo: Person) -> None:
    ticket = make_ticket(assignee=leo.user)
    assert beat(ana, ticket) == 204
    assert presence.at([ticket.number], time.time()) == {
        ticket.number: [Presence(ana.user.pk)]
    }


def test_clocks_are_written_again_each_minute(ana: Person) -> None:
    ticket = make_ticket()
    assert 'data-place="clocks"' not in ask(ana, ticket).text
    assert 'data-place="clocks"' in ask(ana, ticket, at=0).text


def test_an_answer_about_one_thing_leaves_the_clocks_to_their_time(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    at = int(time.time()) - 40
    assert f'data-at="{at}"' in ask(ana, ticket, at=at).text
    assert f'data-at="{at - 40}"' not in ask(ana, ticket, at=at - 40).text


def test_a_number_that_is_none_shows_all_as_news(ana: Person) -> None:
    assert "opened with 1 report" in ask(ana, make_ticket(), seq="x").text


def test_a_question_costs_few_queries(ana: Person) -> None:
    ticket = make_ticket()
    etag = ask(ana, ticket).headers["ETag"]
    url = (
        f"/tickets/{ticket.number}/changes/?seq={ticket.last_seq}&at={int(time.time())}"
    )
    with CaptureQueriesContext(connection) as captured:
        answer = ana.browser.get(url, headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert len(captured) <= 5
