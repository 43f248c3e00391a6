"""Are messages found and read within one's scope, and does a reveal leave its trace?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import (
    DeliveryAttempt,
    DeliveryEvent,
    Message,
    MessageState,
    Outcome,
    RecipientKey,
)
from tests.factories import make_address, make_attempt, make_message, make_route
from tests.people import Person
from tests.work import join_queue, make_report, make_ticket
from triage import revealing
from triage.models import (
    EventKind,
    MemberRole,
    Queue,
    Reveal,
    RevealAlarm,
    StaffNotice,
    StaffNoticeKind,
    Ticket,
    TicketEvent,
)
from triage.web import by_key

pytestmark = pytest.mark.django_db

PLAIN = "https://sink.example/in"
WHY = "The carrier asks for the number."


@pytest.fixture
def message(general: Queue) -> Message:
    """A message that failed, about which there is a ticket."""
    made = make_message(address=make_address())
    make_ticket(made)
    return made


def path(message: Message, tail: str = "") -> str:
    return f"/messages/{message.public_id}/{tail}"


def read(person: Person, where: str, status: int = 200) -> str:
    answer = person.browser.get(where)
    assert answer.status_code == status, where
    return answer.text


def look(person: Person, message: Message, reason: str = WHY) -> HttpResponse:
    return person.browser.post(path(message, "reveal/"), {"reason": reason})


def ended(message: Message, **changes: Any) -> DeliveryAttempt:
    attempt = make_attempt(message)
    now = timezone.now()
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        **{
            "outcome": Outcome.REFUSED,
            "started_at": now,
            "finished_at": now,
            "due_at": None,
            **changes,
        }
    )
    return attempt


# --- the list -------------------------------------------------------------------------


def test_the_list_holds_what_a_ticket_of_ones_queues_is_about(
    message: Message, ana: Person, eve: Person
) -> None:
    strange = make_message()
    text = read(ana, "/messages/")
    assert message.external_id in text
    assert strange.external_id not in text
    assert message.external_id not in read(eve, "/messages/")
    assert "No message of your queues has failed" in read(eve, "/messages/")


def test_an_auditor_sees_every_message_masked(message: Message, aud: Person) -> None:
    loose = make_message(address=make_address(value="https://other.example/box"))
    text = read(aud, "/messages/")
    assert loose.external_id in text
    assert PLAIN not in text
    assert "other.example/box" not in text


@pytest.mark.parametrize("asked", ["id", "recipient", "template", "code"])
def test_a_message_is_found_by(asked: str, general: Queue, ana: Person) -> None:
    address = make_address(value="https://rare.example/in")
    wanted, other = make_message(address=address), make_message(address=make_address())
    report = make_report(wanted, answer="550 5.7.26 unauthenticated")
    type(report).objects.filter(pk=report.pk).update(
        template={"key": "receipt-v7"}, enhanced_code="5.7.26"
    )
    ticket = make_ticket(other)
    type(report).objects.filter(pk=report.pk).update(ticket=ticket)
    words = {
        "id": wanted.external_id,
        "recipient": "rare.example",
        "template": "receipt-v7",
        "code": "5.7.26",
    }
    text = read(ana, f"/messages/?q={words[asked]}")
    assert path(wanted) in text
    assert path(other) not in text


def test_a_public_id_leads_to_its_message(message: Message, ana: Person) -> None:
    answer = ana.browser.get(f"/messages/?q={message.public_id.lower()}")
    assert answer.headers["Location"] == path(message)


def test_a_public_id_out_of_scope_leads_nowhere(message: Message, eve: Person) -> None:
    text = read(eve, f"/messages/?q={message.public_id}")
    assert "No message matches" in text


def test_filters_narrow_and_strange_ones_are_refused(
    message: Message, ana: Person
) -> None:
    assert message.external_id in read(ana, "/messages/?state=failed&channel=webhook")
    assert message.external_id not in read(ana, "/messages/?state=delivered")
    assert "No message matches" in read(ana, "/messages/?q=%3F%3F")
    for query in ("state=burnt", "provider=none", f"q={'x' * 201}"):
        read(ana, f"/messages/?{query}", 400)
    read(ana, "/messages/?cursor=made-up", 404)


def walk(person: Person, query: str) -> list[str]:
    """The external ids of every page, in their order."""
    found: list[str] = []
    url = f"/messages/?{query}"
    while url:
        page = person.browser.get(url).context["page"]
        found += [row["reference"] for row in page["rows"]]
        url = page["next_url"]
    return found


@pytest.mark.parametrize("query", ["", "q=northpost"])
def test_pages_show_each_message_once(
    query: str, general: Queue, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_key, "PAGE", 2)
    made = [make_message() for _ in range(5)]
    ticket = make_ticket(made[0], provider="northpost")
    for each in made[1:]:
        report = make_report(each, provider="northpost")
        type(report).objects.filter(pk=report.pk).update(ticket=ticket)
    assert walk(ana, query) == [each.external_id for each in reversed(made)]
    second = ana.browser.get(
        ana.browser.get(f"/messages/?{query}").context["page"]["next_url"]
    ).context["page"]
    first = ana.browser.get(second["previous_url"]).context["page"]
    assert [row["reference"] for row in first["rows"]] == [
        each.external_id for each in reversed(made[-2:])
    ]


@pytest.mark.parametrize("where", ["/messages/", "/messages/?q=northpost"])
def test_the_list_asks_as_often_for_many_as_for_one(
    where: str, general: Queue, ana: Person
) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            read(ana, where)
        return len(asked)

    make_ticket(make_message(address=make_address()), provider="northpost")
    read(ana, where)
    one = count()
    for _ in range(20):
        make_ticket(make_message(address=make_address()), provider="northpost")
    assert count() == one


# --- the page -------------------------------------------------------------------------


def test_a_message_out_of_scope_is_not_there(message: Message, eve: Person) -> None:
    for tail in ("", "work/"):
        read(eve, path(message, tail), 404)


def test_the_page_tells_each_event_and_whom_nobody_vouches_for(
    message: Message, ana: Person
) -> None:
    DeliveryEvent.objects.create(
        source=message.source,
        message=message,
        dedup_hash="one",
        kind="bounced",
        level=0,
        trusted=False,
        enhanced_code="5.1.1",
        answer="No such user <b>here</b>",
        occurred_at=timezone.now(),
    )
    text = read(ana, path(message))
    assert "Bounced" in text
    assert "5.1.1" in text
    assert "nobody vouches for it" in text
    assert "No such user &lt;b&gt;here" in text
    assert PLAIN not in text


def test_two_attempts_are_compared_line_by_line(message: Message, ana: Person) -> None:
    route = make_route()
    for answer in ("one\nsame", "two\nsame", "two\nsame"):
        ended(message, route=route, reply_code="451", raw_answer=answer)
    text = read(ana, path(message))
    assert "ended in exactly the same way" in text
    chosen = ana.browser.get(path(message, "?before=1&after=2"))
    sides = {(line.side, line.text) for line in chosen.context["comparison"]["lines"]}
    assert {("before", "one"), ("after", "two"), ("both", "same")} <= sides
    read(ana, path(message, "?before=9&after=2"), 400)


def test_tickets_and_reports_come_as_a_part_of_their_own(
    message: Message, ana: Person
) -> None:
    ticket = Ticket.objects.get()
    foreign = Queue.objects.create(slug="elsewhere", name="Elsewhere")
    hidden = make_ticket(message, queue=foreign)
    text = read(ana, path(message, "work/"))
    assert f"/tickets/{ticket.number}/" in text
    assert f"/tickets/{hidden.number}/" not in text
    part = ana.browser.get(path(message, "work/"), headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert f"#{ticket.number}" in part.text


def test_a_resend_is_planned_where_one_may_work_on_the_ticket(
    message: Message, ana: Person, kim: Person, aud: Person
) -> None:
    link = f"/resends/new/?message={message.public_id}"
    assert link in read(ana, path(message))
    Ticket.objects.update(assignee=kim.user, state="open")
    text = read(ana, path(message))
    assert link not in text
    assert "It is in no unsolved ticket that you may work on." in text
    assert link in read(kim, path(message))
    assert "/resends/new/" not in read(aud, path(message))


def test_what_is_unknown_is_settled_through_its_ticket(
    message: Message, ana: Person, kim: Person
) -> None:
    Message.objects.update(state=MessageState.UNKNOWN)
    ticket = Ticket.objects.get()
    action = f"/tickets/{ticket.number}/settlement/?message={message.public_id}"
    assert action not in read(ana, path(message))
    assert action in read(kim, path(message))
    data = {
        "version": ticket.version,
        "outcome": "not_arrived",
        "reason": "Their support has no trace of it.",
    }
    assert kim.browser.post(action, data).status_code == 302
    message.refresh_from_db()
    assert message.state == MessageState.FAILED


def test_the_page_asks_as_often_for_many_events_as_for_one(
    message: Message, ana: Person
) -> None:
    def happen(nth: int) -> None:
        DeliveryEvent.objects.create(
            source=message.source,
            message=message,
            dedup_hash=f"hash-{nth}",
            kind="deferred",
            level=0,
            occurred_at=timezone.now(),
        )

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(ana, path(message))
        return len(asked)

    happen(0)
    read(ana, path(message))
    one = count()
    for nth in range(1, 30):
        happen(nth)
    assert count() == one


# --- the recipient in plain text ------------------------------------------------------


def test_a_specialist_sees_the_recipient_with_a_reason(
    message: Message, kim: Person
) -> None:
    answer = look(kim, message)
    assert answer.status_code == 200
    assert PLAIN in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Refresh"] == f"60; url={path(message)}"
    row = Reveal.objects.get()
    assert (row.person, row.object_id) == (kim.user, message.public_id)
    assert (row.reason, row.alarm) == (WHY, "")


@pytest.mark.parametrize("reason", ["", "because", " " * 12, "ok        "])
def test_nobody_looks_without_a_reason(
    reason: str, message: Message, kim: Person
) -> None:
    answer = look(kim, message, reason)
    assert answer.status_code == 400
    assert PLAIN not in answer.text
    assert not Reveal.objects.exists()


def test_reading_the_form_reveals_nothing(message: Message, kim: Person) -> None:
    assert PLAIN not in read(kim, path(message, "reveal/"))
    assert not Reveal.objects.exists()


def test_an_agent_does_not_look(message: Message, ana: Person) -> None:
    assert look(ana, message).status_code == 403
    assert path(message, "reveal/") not in read(ana, path(message))
    assert not Reveal.objects.exists()


def test_a_specialist_of_another_queue_is_an_agent_here(
    message: Message, eve: Person, kim: Person, general: Queue
) -> None:
    join_queue(eve.user, Queue.objects.get(slug="other"), MemberRole.SPECIALIST)
    assert look(eve, message).status_code == 404
    join_queue(eve.user, general)
    assert look(eve, message).status_code == 403
    assert not Reveal.objects.exists()


def test_the_ticket_tells_who_looked_and_keeps_its_version(
    message: Message, kim: Person, leo: Person
) -> None:
    before = Ticket.objects.get().version
    look(kim, message)
    ticket = Ticket.objects.get()
    assert ticket.version == before
    event = TicketEvent.objects.get(kind=EventKind.REVEALED)
    assert PLAIN not in str(event.change)
    text = read(leo, f"/tickets/{ticket.number}/")
    assert f"Kim looked at the recipient: “{WHY}”" in text


def test_an_admin_breaks_the_glass(
    message: Message, ada: Person, aud: Person, leo: Person
) -> None:
    assert "This is for emergencies" in read(ada, path(message, "reveal/"))
    assert PLAIN in look(ada, message).text
    row = Reveal.objects.get()
    assert row.alarm == RevealAlarm.BREAK_GLASS
    ticket = Ticket.objects.get()
    assert "Ada, an admin, looked" in read(leo, f"/tickets/{ticket.number}/")
    assert message.public_id in read(aud, "/admin/triage/reveal/?alarm=break_glass")


def test_auditors_and_the_lead_hear_who_broke_the_glass_and_why_at_once(
    message: Message, ada: Person, aud: Person, leo: Person, ana: Person, eve: Person
) -> None:
    look(ada, message)
    told = StaffNotice.objects.filter(kind=StaffNoticeKind.REVEALED)
    assert {each.person for each in told} == {aud.user, leo.user}
    for person in (aud, leo):
        text = read(person, "/inbox/")
        said = f"Ada looked at the recipient of {message.public_id} in an emergency."
        assert said in text
        assert WHY in text
        assert PLAIN not in text
        answer = person.browser.post(f"/inbox/{told.get(person=person.user).pk}/")
        assert answer["Location"] == path(message)
    for person in (ana, eve):
        assert message.public_id not in read(person, "/inbox/")


def test_who_left_the_queue_no_longer_reads_the_reason(
    message: Message, ada: Person, leo: Person
) -> None:
    look(ada, message)
    leo.user.memberships.update(queue=Queue.objects.create(slug="far", name="Far"))
    assert WHY not in read(leo, "/inbox/")
    answer = leo.browser.post(f"/inbox/{StaffNotice.objects.get().pk}/")
    assert answer["Location"] == "/inbox/"


def test_of_a_usual_look_nobody_hears_and_of_many_once(
    message: Message, kim: Person, leo: Person
) -> None:
    for _ in range(revealing.USUAL):
        look(kim, message)
    assert not StaffNotice.objects.exists()
    for _ in range(3):
        look(kim, message)
    (notice,) = StaffNotice.objects.filter(person=leo.user)
    assert "more recipients within an hour" in read(leo, "/inbox/")
    assert notice.actor == kim.user


def test_the_twenty_first_look_within_an_hour_raises_an_alarm(
    message: Message, kim: Person
) -> None:
    for _ in range(revealing.USUAL):
        look(kim, message)
    assert not Reveal.objects.exclude(alarm="").exists()
    look(kim, message)
    assert Reveal.objects.latest("pk").alarm == RevealAlarm.MANY


def test_looks_of_an_earlier_hour_do_not_count(message: Message, kim: Person) -> None:
    past = timezone.now() - timedelta(hours=2)
    Reveal.objects.bulk_create(
        Reveal(
            person=kim.user,
            object_id=message.public_id,
            field="recipient",
            reason=WHY,
            at=past,
        )
        for _ in range(revealing.USUAL)
    )
    look(kim, message)
    assert Reveal.objects.latest("pk").alarm == ""


def test_the_row_stands_even_if_nothing_can_be_unsealed(
    message: Message, kim: Person
) -> None:
    RecipientKey.objects.update(wrapped_key=None, destroyed_at=timezone.now())
    answer = look(kim, message)
    assert answer.status_code == 400
    assert "This person was forgotten" in answer.text
    assert Reveal.objects.count() == 1


def test_a_message_without_an_address_has_nothing_to_show(
    general: Queue, kim: Person
) -> None:
    message = make_message()
    make_ticket(message)
    assert path(message, "reveal/") not in read(kim, path(message))
    answer = look(kim, message)
    assert answer.status_code == 400
    assert not Reveal.objects.exists()


def test_an_address_in_a_reason_is_masked(message: Message, kim: Person) -> None:
    look(kim, message, "They wrote from anna.li@example.org about it.")
    assert "anna.li" not in Reveal.objects.get().reason
