"""What happens when somebody presses a button on a ticket, and when it is refused?"""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from deliveries.models import DeliveryAttempt, MessageState
from tests.factories import make_address, make_message, make_route
from tests.people import Person, make_person
from tests.work import MAILBOX_FULL, category, make_ticket
from triage import resolution, tickets
from triage.models import MemberRole, Queue, Ticket, TicketState

pytestmark = pytest.mark.django_db


@pytest.fixture
def bo(general: Queue) -> Person:
    """A second agent of the general queue."""
    return make_person("bo", MemberRole.AGENT, general)


def url_of(ticket: Ticket, noun: str = "") -> str:
    return f"/tickets/{ticket.number}/{noun}"


def post(person: Person, ticket: Ticket, noun: str, **fields: Any) -> Any:
    fields.setdefault("version", ticket.version)
    return person.browser.post(url_of(ticket, noun), fields)


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def read(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def solve(ticket: Ticket, by: Person) -> Ticket:
    answer = resolution.Answer(category("server.unavailable"))
    resolution.resolve(ticket.number, by.actor, answer, now=timezone.now())
    return read(ticket)


def options(response: Any) -> list[str]:
    groups = response.context["handover_form"]["to"].field.choices
    return [label for _group, choices in groups for _value, label in choices]


# --- take -----------------------------------------------------------------------------


def test_taking_leads_back_to_the_ticket_and_says_so(ana: Person) -> None:
    ticket = make_ticket()
    response = post(ana, ticket, "assignment/")
    assert response.url == url_of(ticket)
    assert said(response) == ["The ticket is yours."]
    assert read(ticket).assignee == ana.user


def test_looking_never_takes(ana: Person) -> None:
    ticket = make_ticket()
    for noun in ("assignment/", "handover/", "notes/", "resend/", "reopening/"):
        assert ana.browser.get(url_of(ticket, noun)).status_code == 405
    assert read(ticket).version == ticket.version


def test_the_second_is_told_who_was_first_what_they_did_and_when(
    ana: Person, bo: Person
) -> None:
    ticket = make_ticket()
    post(ana, ticket, "assignment/")
    response = post(bo, ticket, "assignment/")
    assert response.status_code == 409
    assert response.context["conflict"]["who"] == "Ana"
    assert "Ana was first" in response.text
    assert "Ana took the ticket." in response.text
    at = read(ticket).events.last().at
    assert f'datetime="{at:%Y-%m-%dT%H:%M:%S}' in response.text
    assert read(ticket).assignee == ana.user


def test_the_second_is_told_in_their_own_language(ana: Person, bo: Person) -> None:
    ticket = make_ticket()
    post(ana, ticket, "assignment/")
    bo.browser.cookies["django_language"] = "zh-hans"
    response = post(bo, ticket, "assignment/")
    assert response.status_code == 409
    assert '<html lang="zh-hans"' in response.text
    assert "Ana" in response.text


def test_what_the_machine_did_first_is_told_as_such(ana: Person) -> None:
    ticket = make_ticket()
    ticket.reports.update(state="verified")
    resolution.settle(read(ticket), timezone.now())
    response = post(ana, ticket, "assignment/")
    assert response.status_code == 409
    assert "Somebody was first" in response.text
    assert "Verified: every report has its evidence." in response.text


def test_a_version_that_makes_no_sense_is_no_version(ana: Person) -> None:
    for version in ("", "x", "-1", "9" * 40, "１"):
        ticket = make_ticket()
        assert post(ana, ticket, "assignment/", version=version).status_code == 302
        assert read(ticket).assignee == ana.user


def test_a_colleagues_ticket_is_refused_and_a_foreign_one_is_not_there(
    ana: Person, bo: Person, eve: Person
) -> None:
    ticket = make_ticket(assignee=ana.user)
    for noun in ("assignment/", "handover/", "resend/", "reopening/"):
        fields = {"to": f"person:{bo.user.pk}", "reason": "Why"}
        assert post(bo, ticket, noun, **fields).status_code == 403
        assert post(eve, ticket, noun, **fields).status_code == 404
    body = {"kind": "observation", "body": "Seen."}
    assert post(eve, ticket, "notes/", **body).status_code == 404
    assert read(ticket).version == ticket.version


def test_who_is_not_logged_in_comes_back_to_a_page(ana: Person) -> None:
    ticket = make_ticket()
    response = Client().post(url_of(ticket, "assignment/"), {"version": 1})
    assert response.url == "/accounts/login/?next=/"  # type: ignore[attr-defined]
    response = Client().get(url_of(ticket))
    assert response.url == f"/accounts/login/?next={url_of(ticket)}"  # type: ignore[attr-defined]


def test_a_form_without_its_token_is_refused_with_words(ana: Person) -> None:
    ticket = make_ticket()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana.user)
    response = strict.post(url_of(ticket, "assignment/"), {"version": 1})
    assert response.status_code == 403
    assert "Please send it again" in response.text
    assert read(ticket).assignee is None


# --- hand over ------------------------------------------------------------------------


def test_a_ticket_is_handed_to_a_colleague(ana: Person, bo: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    page = ana.browser.get(url_of(ticket))
    assert "Bo" in options(page)
    assert "Ana" not in options(page)
    response = post(
        ana, ticket, "handover/", to=f"person:{bo.user.pk}", note="Please look"
    )
    assert response.url == url_of(ticket)
    assert read(ticket).assignee == bo.user


def test_who_hands_a_ticket_out_of_sight_is_led_to_the_queues(ana: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    second = Queue.objects.create(slug="second", name="Second")
    response = post(ana, ticket, "handover/", to=f"queue:{second.pk}")
    assert response.url == "/queues/"
    assert read(ticket).queue == second


@pytest.mark.parametrize("to", ["", "person:0", "person:999999", "queue:x", "ana"])
def test_a_hand_over_to_nobody_is_refused_and_the_words_are_kept(
    ana: Person, to: str
) -> None:
    ticket = make_ticket(assignee=ana.user)
    response = post(ana, ticket, "handover/", to=to, note="Do not lose me")
    assert response.status_code == 400
    assert response.context["handover_form"].errors["to"]
    assert "Do not lose me" in response.text
    assert read(ticket).assignee == ana.user


def test_what_the_queue_refuses_is_said_beside_the_words(ana: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    second = Queue.objects.create(slug="second", name="Second")
    Ticket.objects.create(group=ticket.group, queue=second)
    response = post(
        ana, ticket, "handover/", to=f"queue:{second.pk}", note="Do not lose me"
    )
    assert response.status_code == 400
    assert "Second has a live ticket of this incident." in response.text
    assert "Do not lose me" in response.text


def test_the_words_of_a_hand_over_that_came_second_are_kept(
    ana: Person, bo: Person
) -> None:
    ticket = make_ticket(assignee=ana.user)
    solve(ticket, ana)
    response = post(
        ana, ticket, "handover/", to=f"person:{bo.user.pk}", note="Do not lose me"
    )
    assert response.status_code == 409
    assert "Do not lose me" in response.text


# --- note -----------------------------------------------------------------------------


def test_a_note_appears_on_the_timeline(ana: Person) -> None:
    ticket = make_ticket()
    response = post(ana, ticket, "notes/", kind="hypothesis", body="Theirs?")
    assert response.url == url_of(ticket)
    (note,) = read(ticket).notes.all()
    assert (note.kind, note.body, note.author) == ("hypothesis", "Theirs?", ana.user)
    assert "Theirs?" in ana.browser.get(url_of(ticket)).text


def test_a_note_conflicts_with_nobody(ana: Person, bo: Person) -> None:
    ticket = make_ticket()
    post(ana, ticket, "assignment/")
    assert post(bo, ticket, "notes/", kind="observation", body="Odd").status_code == 302
    assert read(ticket).notes.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "observation", "body": ""},
        {"kind": "observation", "body": "   "},
        {"kind": "rumour", "body": "Do not lose me"},
        {"body": "Do not lose me"},
        {"kind": "observation", "body": "Do not lose me \x00"},
        {"kind": "observation", "body": "Do not lose me" + "x" * tickets.NOTE_MAX},
    ],
)
def test_a_note_that_cannot_be_kept_stays_in_its_box(
    ana: Person, fields: dict[str, str]
) -> None:
    ticket = make_ticket()
    response = post(ana, ticket, "notes/", **fields)
    assert response.status_code == 400
    assert response.context["note_form"].errors
    if fields["body"].strip():
        assert "Do not lose me" in response.text
    assert not read(ticket).notes.exists()


# --- send again -----------------------------------------------------------------------


def test_a_message_is_sent_again_from_its_ticket(ana: Person) -> None:
    make_route()
    ticket = make_ticket(make_message(address=make_address()))
    url = ana.browser.get(url_of(ticket)).context["urls"]["retry"]
    response = ana.browser.post(url, {"version": ticket.version})
    assert response.url == url_of(ticket)  # type: ignore[attr-defined]
    assert said(response) == ["The message is being sent again."]
    assert DeliveryAttempt.objects.count() == 1
    assert read(ticket).state == TicketState.IN_REPAIR
    page = ana.browser.get(url_of(ticket))
    assert page.context["actions"]["retry"] == "Another try is already under way."


@pytest.mark.parametrize("query", ["", "?message=msg_none"])
def test_a_message_that_is_not_of_this_ticket_is_not_sent(
    ana: Person, query: str
) -> None:
    ticket = make_ticket(make_message(address=make_address()))
    response = post(ana, ticket, f"resend/{query}")
    assert response.url == url_of(ticket)
    assert said(response) == ["No message is known for these reports."]
    assert not DeliveryAttempt.objects.exists()


@pytest.mark.parametrize("who", ["ana", "leo"])
def test_nobody_retries_what_may_have_arrived(
    who: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(who)
    make_route()
    message = make_message(address=make_address(), state=MessageState.UNKNOWN)
    ticket = make_ticket(message, assignee=person.user)
    words = "Nobody knows whether it arrived. That has to be settled first."
    assert words in person.browser.get(url_of(ticket)).text
    post(person, ticket, f"resend/?message={message.public_id}")
    assert not DeliveryAttempt.objects.exists()
    message.refresh_from_db()
    assert message.state == MessageState.UNKNOWN


def test_an_address_with_a_nul_is_refused(ana: Person) -> None:
    ticket = make_ticket(make_message(address=make_address()))
    assert post(ana, ticket, "resend/?message=%00").status_code == 400
    for path in ("resolution/articles/?category=%00", "?x=%00", "%00/"):
        assert ana.browser.get(url_of(ticket, path)).status_code == 400


# --- reopen ---------------------------------------------------------------------------


def test_a_solved_ticket_is_taken_up_again_with_a_reason(ana: Person) -> None:
    ticket = solve(make_ticket(), ana)
    response = post(ana, ticket, "reopening/", reason="Still failing")
    assert response.url == url_of(ticket)
    assert read(ticket).state == TicketState.OPEN
    assert "Still failing" in ana.browser.get(url_of(ticket)).text


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_without_a_good_reason_it_stays_solved(ana: Person, reason: str) -> None:
    ticket = solve(make_ticket(), ana)
    response = post(ana, ticket, "reopening/", reason=reason)
    assert response.status_code == 400
    assert response.context["reopening_form"].errors["reason"]
    assert read(ticket).state == TicketState.SOLVED


def test_a_reason_is_kept_when_another_ticket_has_taken_over(ana: Person) -> None:
    ticket = solve(make_ticket(), ana)
    Ticket.objects.filter(pk=ticket.pk).update(state="closed_unverified")
    Ticket.objects.create(group=ticket.group, queue=ticket.queue)
    response = post(ana, ticket, "reopening/", reason="Do not lose me")
    assert response.status_code == 400
    assert "Another ticket has taken over this incident." in response.text
    assert "Do not lose me" in response.text


# --- diagnose again -------------------------------------------------------------------


def test_a_second_run_says_whether_anything_is_new(ana: Person) -> None:
    ticket = make_ticket(answer="552 5.2.2 Mailbox full", cause=MAILBOX_FULL)
    first, second = post(ana, ticket, "diagnosis/"), post(ana, ticket, "diagnosis/")
    assert said(first) == ["Diagnosed again: the cause is the same."]
    assert said(second)[-1].startswith("Nothing has changed:")
    ticket.reports.update(provider_answer="550 5.1.1 User unknown")
    response = post(ana, ticket, "diagnosis/")
    assert said(response)[-1] == "Diagnosed again: the cause is another one now."
    assert response.url == url_of(ticket)


def test_a_second_run_is_no_decision_and_meets_no_conflict(
    ana: Person, bo: Person
) -> None:
    ticket = make_ticket()
    post(ana, ticket, "diagnosis/")
    assert post(bo, ticket, "assignment/").status_code == 302
    assert read(ticket).assignee == bo.user


def test_who_sees_no_such_ticket_diagnoses_none(ana: Person, eve: Person) -> None:
    ticket = make_ticket()
    assert post(eve, ticket, "diagnosis/").status_code == 404
    assert ana.browser.get(url_of(ticket, "diagnosis/")).status_code == 405
    assert not ticket.reports.get().diagnoses.exists()
