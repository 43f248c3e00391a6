"""Does a page say whom an answer reaches, before it leaves and after?"""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.people import Person
from tests.triage.notices.letters import leave, make_sms_route, reachable
from tests.work import hand_to_people
from triage import replies
from triage.models import (
    EventKind,
    Notice,
    NoticeState,
    Reply,
    Ticket,
)

pytestmark = pytest.mark.django_db

WORDS = {"text_en": "Their relay is back.", "text_zh_hans": ""}


@pytest.fixture
def ticket() -> Ticket:
    """A ticket of three reporters, of whom one has no other channel."""
    make_sms_route()
    made = [reachable(), reachable(locale="zh-CN"), reachable(phone="")]
    return hand_to_people(made)[0]


def post(who: Person, name: str, *args: int, **words: object) -> HttpResponse:
    return who.browser.post(reverse(name, args=args), {**WORDS, **words})


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def page(who: Person, ticket: Ticket) -> str:
    return text(who.browser.get(reverse("ticket", args=[ticket.number])))


def test_the_preview_counts_language_and_channel(ana: Person, ticket: Ticket) -> None:
    shown = text(post(ana, "ticket_reply_preview", ticket.number))
    assert "3 reporters" in shown
    for language in ("English", "Chinese"):
        assert f'<th scope="row">{language}</th><td>SMS</td><td class="num">1</td>' in (
            shown
        )
    assert "Not reached: there is no other channel that works" in shown
    assert "Answer 2 people" in shown
    assert "您的报告有了答复" in shown
    assert not Reply.objects.exists()


def test_the_preview_shows_what_a_short_message_carries(
    ana: Person, ticket: Ticket
) -> None:
    shown = text(post(ana, "ticket_reply_preview", ticket.number))
    assert "An answer to your report https://…/s/…" in shown


def test_the_preview_hides_personal_data_that_was_typed(
    ana: Person, ticket: Ticket
) -> None:
    words = "Write to jo@box.example."
    shown = text(post(ana, "ticket_reply_preview", ticket.number, text_en=words))
    assert "jo@box.example" not in shown.split("<form")[0]


def test_an_agent_sees_no_preview_on_a_colleagues_ticket(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    Ticket.objects.update(assignee=leo.user)
    for name in ("ticket_reply_preview", "ticket_replies"):
        assert post(ana, name, ticket.number).status_code == 403
    assert post(leo, "ticket_reply_preview", ticket.number).status_code == 200
    assert not Reply.objects.exists()


def test_eve_finds_neither_ticket_nor_incident(eve: Person, ticket: Ticket) -> None:
    names = ("ticket_reply_preview", "ticket_replies")
    numbers = dict.fromkeys(names, ticket.number)
    numbers["incident_reply_preview"] = ticket.group.number
    numbers["incident_replies"] = ticket.group.number
    for name, number in numbers.items():
        assert post(eve, name, number).status_code == 404, name
    assert not Reply.objects.exists()


@pytest.mark.parametrize("name", ["ticket_reply_preview", "ticket_replies"])
def test_nothing_typed_is_said_by_the_field(
    ana: Person, ticket: Ticket, name: str
) -> None:
    answer = post(ana, name, ticket.number, text_en=" ")
    assert answer.status_code == 400
    assert "Write the answer in one language." in text(answer)


def test_who_was_second_reads_who_was_first_and_keeps_the_words(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    seen = Ticket.objects.get().version
    post(leo, "ticket_replies", ticket.number, version=seen)
    answer = post(ana, "ticket_replies", ticket.number, version=seen)
    assert answer.status_code == 409
    assert "Leo" in text(answer)
    assert WORDS["text_en"] in text(answer)
    assert Reply.objects.count() == 1


def test_the_answer_says_how_many_get_it_and_offers_the_undo(
    ana: Person, ticket: Ticket
) -> None:
    answer = ana.browser.post(
        reverse("ticket_replies", args=[ticket.number]), WORDS, follow=True
    )
    reply = Reply.objects.get()
    url = reverse("ticket_reply", args=[ticket.number, reply.pk])
    assert "The answer leaves in 20 seconds, to 3 people." in text(answer)
    assert f'action="{url}"' in text(answer)
    ana.browser.post(url)
    leave()
    assert set(Notice.objects.values_list("state", flat=True)) == {NoticeState.SKIPPED}
    shown = page(ana, ticket)
    assert "3 left out: it was taken back" in shown
    assert WORDS["text_en"] not in shown


def test_the_timeline_counts_who_was_told_and_who_not_and_why(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    post(ana, "ticket_replies", ticket.number)
    assert "3 notices due" in page(ana, ticket)
    leave()
    shown = page(ana, ticket)
    assert "2 people told" in shown
    assert "1 person could not be told: there is no other channel that works" in shown


def test_the_undo_is_offered_to_its_author_while_it_helps(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    reply = replies.write(ticket.number, ana.actor, {"en": "Soon."}, now=timezone.now())
    url = reverse("ticket_reply", args=[ticket.number, reply.pk])
    assert url in page(ana, ticket)
    assert url not in page(leo, ticket)
    Reply.objects.update(undo_until=timezone.now() - timedelta(seconds=1))
    assert url not in page(ana, ticket)


# --- an incident ----------------------------------------------------------------------


def seen_in(answer: HttpResponse) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', text(answer))
    assert found is not None
    return found[1]


def test_an_incident_is_answered_by_way_of_its_preview(
    ana: Person, ticket: Ticket
) -> None:
    number = ticket.group.number
    shown = ana.browser.get(reverse("incident", args=[number]))
    assert "Update all reporters" in text(shown)
    preview = post(ana, "incident_reply_preview", number)
    assert "Answer 2 people" in text(preview)
    assert f"It is written down on #{ticket.number}." in text(preview)
    answer = ana.browser.post(
        reverse("incident_replies", args=[number]),
        {**WORDS, "seen": seen_in(preview)},
        follow=True,
    )
    assert "The answer leaves in 20 seconds, to 3 people." in text(answer)
    url = reverse("incident_reply", args=[number, Reply.objects.get().pk])
    assert f'action="{url}"' in text(answer)
    ana.browser.post(url)
    assert Reply.objects.get().undone_at is not None
    assert Notice.objects.filter(state=NoticeState.DUE).count() == 0


def test_the_same_update_is_not_sent_twice(ana: Person, ticket: Ticket) -> None:
    number = ticket.group.number
    seen = seen_in(post(ana, "incident_reply_preview", number))
    assert post(ana, "incident_replies", number, seen=seen).status_code == 302
    again = post(ana, "incident_replies", number, seen=seen)
    assert again.status_code == 409
    assert "Look again." in text(again)
    assert Reply.objects.count() == 1


def test_the_button_says_why_it_is_locked(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    number = ticket.group.number
    Ticket.objects.update(assignee=leo.user)
    url = reverse("incident", args=[number])
    assert f"Ticket #{ticket.number} is not yours to change." in text(
        ana.browser.get(url)
    )
    assert post(ana, "incident_reply_preview", number).status_code == 403
    assert post(ana, "incident_replies", number, seen="").status_code == 403
    assert "Look at it first" in text(leo.browser.get(url))


def test_nothing_typed_for_an_incident_is_said_by_the_field(
    ana: Person, ticket: Ticket
) -> None:
    for name in ("incident_reply_preview", "incident_replies"):
        answer = post(ana, name, ticket.group.number, text_en="")
        assert answer.status_code == 400, name
        assert "Write the answer in one language." in text(answer)


def test_a_preview_takes_the_same_queries_for_any_number_of_reporters(
    ana: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_sms_route()
    [ticket] = hand_to_people([reachable() for _ in range(12)])
    with django_assert_max_num_queries(26):
        post(ana, "ticket_reply_preview", ticket.number)
    with django_assert_max_num_queries(26):
        post(ana, "incident_reply_preview", ticket.group.number)


def test_a_reply_is_an_event_of_the_ticket(ana: Person, ticket: Ticket) -> None:
    post(ana, "ticket_replies", ticket.number)
    assert ticket.events.filter(kind=EventKind.REPLIED, actor=ana.user).count() == 1
