"""Do people hear of what concerns them, once, and nobody else?"""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.people import Person
from tests.resends import planned
from tests.rows import make
from tests.work import make_ticket
from triage import inbox, tickets
from triage.models import (
    AgentProfile,
    NoteKind,
    SlaClock,
    StaffNotice,
    StaffNoticeKind,
    Ticket,
    Watch,
)

pytestmark = pytest.mark.django_db


def kinds(person: Person) -> list[str]:
    """What is in somebody's inbox, the oldest first."""
    rows = StaffNotice.objects.filter(person=person.user).order_by("pk")
    return list(rows.values_list("kind", flat=True))


def note(person: Person, ticket: Ticket, body: str) -> None:
    """Write a note."""
    tickets.note(ticket.number, person.actor, kind=NoteKind.OBSERVATION, body=body)


def mail_out() -> int:
    """What the worker does two minutes later."""
    due = StaffNotice.objects.filter(due_at__isnull=False)
    due.update(due_at=timezone.now() - timedelta(minutes=1))
    return inbox.mail_due(timezone.now())


@pytest.fixture
def with_mail(settings: Settings) -> None:
    """A mail server is set up."""
    settings.EMAIL_HOST = "mail.example.org"
    settings.SITE_URL = "https://desk.example.org"


@pytest.mark.parametrize(
    "body",
    ["Look, @leo.", "@Leo please", "请@leo看一下", "(@leo)", "@leo, @leo, @leo!"],
    ids=ascii,
)
def test_who_is_called_by_name_hears_of_it_once(
    body: str, ana: Person, leo: Person
) -> None:
    note(ana, make_ticket(), body)
    assert kinds(leo) == ["mentioned"]
    assert kinds(ana) == []


@pytest.mark.parametrize(
    "body", ["leo", "@leonie", "mail to ana@leo", "@leo2", "@ leo"], ids=ascii
)
def test_what_only_looks_like_a_name_calls_nobody(
    body: str, ana: Person, leo: Person
) -> None:
    note(ana, make_ticket(), body)
    assert not StaffNotice.objects.exists()


def test_nobody_beyond_the_queue_is_called_and_the_writer_reads_so(
    ana: Person, eve: Person
) -> None:
    ticket = make_ticket()
    said = {"kind": "observation", "body": "@eve and @nobody, look"}
    page = ana.browser.post(f"/tickets/{ticket.number}/notes/", said, follow=True)
    assert "Nobody of this queue is called @eve, @nobody" in page.text
    assert not StaffNotice.objects.exists()


def test_who_is_given_a_ticket_hears_of_it_and_who_takes_one_does_not(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, leo.actor)
    tickets.hand_over(ticket.number, leo.actor, to=ana.user)
    assert (kinds(ana), kinds(leo)) == (["assigned"], [])


def test_a_promise_that_is_due_soon_is_told_to_the_holder_or_else_the_leads(
    ana: Person, leo: Person
) -> None:
    now = timezone.now()
    held, free = make_ticket(assignee=ana.user), make_ticket()
    near = now + timedelta(minutes=14)
    SlaClock.objects.update(target_at=now + timedelta(hours=4))
    for ticket in (held, free):
        clock = SlaClock.objects.filter(ticket=ticket).first()
        assert clock is not None
        SlaClock.objects.filter(pk=clock.pk).update(target_at=near)
    inbox.sweep(now)
    inbox.sweep(now)
    assert (kinds(ana), kinds(leo)) == (["breach_soon"], ["breach_soon"])


def test_a_resend_that_needs_a_second_person_is_told_to_the_leads_alone(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    planned(ana.user, [], queues=[ticket.queue_id]).__class__.objects.update(
        needs_second_person=True
    )
    inbox.sweep(timezone.now())
    inbox.sweep(timezone.now())
    assert (kinds(ana), kinds(leo)) == ([], ["approval_waits"])


def test_who_watches_hears_what_others_do_and_not_what_they_do(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    ana.browser.post(f"/tickets/{ticket.number}/watch/", {"watch": "on"})
    note(ana, ticket, "I look at it.")
    inbox.sweep(timezone.now())
    assert kinds(ana) == []
    note(leo, ticket, "So do I.")
    inbox.sweep(timezone.now())
    inbox.sweep(timezone.now())
    assert kinds(ana) == ["watched"]
    ana.browser.post(f"/tickets/{ticket.number}/watch/", {"watch": "off"})
    assert not Watch.objects.exists()


# --- the page -------------------------------------------------------------------------


def test_opening_a_line_marks_it_as_read_and_leads_to_the_ticket(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    note(leo, ticket, "@ana, is it the template?")
    page = ana.browser.get("/inbox/")
    assert f"Leo mentions you on ticket #{ticket.number}" in page.text
    assert "is it the template?" in page.text
    assert "is it the template?" in ana.browser.get("/").text
    row = StaffNotice.objects.get()
    assert row.read_at is None  # reading a page changes nothing
    answer = ana.browser.post(f"/inbox/{row.pk}/")
    assert answer["Location"] == f"/tickets/{ticket.number}/"
    assert inbox.unread(ana.actor) == 0
    assert "is it the template?" not in ana.browser.get("/").text


def test_nobody_opens_another_persons_line(ana: Person, leo: Person) -> None:
    note(leo, make_ticket(), "@ana, look")
    row = StaffNotice.objects.get()
    assert leo.browser.post(f"/inbox/{row.pk}/").status_code == 404
    leo.browser.post("/inbox/read/", {"newest": row.pk})
    row.refresh_from_db()
    assert row.read_at is None


def test_what_left_ones_queues_keeps_its_number_and_says_no_more(
    ana: Person, leo: Person, eve: Person
) -> None:
    ticket = make_ticket()
    note(leo, ticket, "@ana, the code was wrong")
    other = eve.user.memberships.get().queue
    Ticket.objects.filter(pk=ticket.pk).update(queue=other)
    text = ana.browser.get("/inbox/").text
    assert f"#{ticket.number}: no longer in your queues" in text
    assert "the code was wrong" not in text
    answer = ana.browser.post(f"/inbox/{StaffNotice.objects.get().pk}/")
    assert answer["Location"] == "/inbox/"


def test_all_that_was_shown_is_read_and_what_came_since_is_not(ana: Person) -> None:
    ticket = make_ticket()
    first, second = (
        make(StaffNotice, person=ana.user, ticket=ticket) for _ in range(2)
    )
    ana.browser.post("/inbox/read/", {"newest": first.pk})
    unread = StaffNotice.objects.filter(read_at=None)
    assert list(unread.values_list("pk", flat=True)) == [second.pk]


@pytest.mark.parametrize("newest", ["", "x", "9" * 30, "-1"], ids=ascii)
def test_what_is_no_number_reads_nothing(ana: Person, newest: str) -> None:
    make(StaffNotice, person=ana.user)
    assert ana.browser.post("/inbox/read/", {"newest": newest}).status_code == 302
    assert inbox.unread(ana.actor) == 1


def test_the_inbox_asks_as_much_for_fifty_lines_as_for_one(ana: Person) -> None:
    counts = []
    ticket = make_ticket()
    ana.browser.get("/inbox/")
    for _ in range(2):
        for _ in range(30):
            make(StaffNotice, person=ana.user, ticket=ticket)
        with CaptureQueriesContext(connection) as seen:
            page = ana.browser.get("/inbox/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    later = ana.browser.get(page.context["page"]["next_url"])
    assert len(later.context["lines"]) == 10
    assert ana.browser.get(later.context["page"]["previous_url"]).status_code == 200
    assert ana.browser.get("/inbox/?cursor=x").status_code == 404


# --- e-mail ---------------------------------------------------------------------------


def test_without_a_mail_server_nothing_is_due(ana: Person, leo: Person) -> None:
    note(ana, make_ticket(), "@leo")
    assert StaffNotice.objects.get().due_at is None


@pytest.mark.usefixtures("with_mail")
def test_what_is_not_read_goes_out_in_one_mail_without_the_words_of_the_note(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    note(ana, ticket, "@leo, her code was 4711")
    note(ana, ticket, "@leo, and once more")
    assert mail_out() == 2
    (sent,) = mail.outbox
    assert sent.to == ["leo@example.org"]
    assert sent.body.count(f"Ana mentions you on ticket #{ticket.number}") == 2
    assert "code was" not in sent.body
    assert "https://desk.example.org/inbox/" in sent.body
    assert mail_out() == 0


@pytest.mark.usefixtures("with_mail")
def test_a_second_mail_waits_for_ten_minutes(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    note(ana, ticket, "@leo")
    mail_out()
    note(ana, ticket, "@leo")
    mail_out()
    assert len(mail.outbox) == 1
    row = StaffNotice.objects.get(mailed_at=None)
    assert row.due_at > timezone.now() + timedelta(minutes=9)
    long_ago = timezone.now() - timedelta(minutes=11)
    AgentProfile.objects.update(mailed_at=long_ago)
    mail_out()
    assert len(mail.outbox) == 2


@pytest.mark.usefixtures("with_mail")
def test_who_has_read_it_or_wants_none_gets_no_mail(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    note(ana, ticket, "@leo")
    leo.browser.post(f"/inbox/{StaffNotice.objects.get().pk}/")
    mail_out()
    leo.browser.post("/profile/", {"away_until": "", "locale": "en"})
    note(ana, ticket, "@leo")
    mail_out()
    assert mail.outbox == []
    assert not StaffNotice.objects.filter(due_at__isnull=False).exists()


@pytest.mark.usefixtures("with_mail")
def test_the_mail_speaks_the_language_of_the_profile(ana: Person, leo: Person) -> None:
    said = {"away_until": "", "mails_inbox": "on", "locale": "zh-hans"}
    leo.browser.post("/profile/", said)
    note(ana, make_ticket(), "@leo")
    mail_out()
    assert "提到了您" in mail.outbox[0].body


@pytest.mark.usefixtures("with_mail")
def test_a_server_that_is_away_is_tried_again_for_a_day(
    ana: Person, leo: Person, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.triage.inbox.refusing.Backend"
    note(ana, make_ticket(), "@leo")
    for _ in range(5):
        mail_out()
    row = StaffNotice.objects.get()
    assert row.due_at > timezone.now() + timedelta(minutes=9)
    assert (row.tries, row.parked_at) == (0, None)
    StaffNotice.objects.update(at=timezone.now() - timedelta(hours=25))
    mail_out()
    row.refresh_from_db()
    assert (row.due_at, row.mailed_at) == (None, None)


def test_every_kind_of_line_has_a_sentence(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    for kind in StaffNoticeKind.values:
        row = make(
            StaffNotice,
            person=ana.user,
            kind=kind,
            ticket=ticket,
            actor=leo.user,
            until=timezone.now(),
        )
        assert f"#{ticket.number}" in inbox.of_notice(row, visible=True)
