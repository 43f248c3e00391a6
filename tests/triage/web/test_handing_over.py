"""Does the next shift get everything, with a word to each, and can it be undone?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person
from tests.work import make_ticket
from triage import tickets
from triage.models import Handover, Note, NoteKind, Queue, Ticket, TicketEvent
from triage.models.handover import LINE_MAX

pytestmark = pytest.mark.django_db


def give(person: Person, to: str, rows: list[Ticket], **said: Any) -> Any:
    """Send the form as a browser does."""
    numbers = [row.number for row in rows]
    return person.browser.post("/handover/", {"to": to, "ticket": numbers, **said})


def holders(rows: list[Ticket]) -> set[int | None]:
    pks = [row.pk for row in rows]
    found = Ticket.objects.filter(pk__in=pks).values_list("assignee", flat=True)
    return set(found)


def test_each_line_begins_with_what_was_decided_last(ana: Person) -> None:
    ticket, other = make_ticket(assignee=ana.user), make_ticket(assignee=ana.user)
    for kind, body in (
        (NoteKind.DECISION, "Wait."),
        (NoteKind.DECISION, "Wait for them.\n\nThen send again."),
        (NoteKind.HYPOTHESIS, "It may be the template."),
    ):
        tickets.note(ticket.number, ana.actor, kind=kind, body=body)
    lines = ana.browser.get("/handover/").context["lines"]
    said = {line.row.number: line.field.value() for line in lines}
    assert said == {ticket.number: "Wait for them. Then send again.", other.number: ""}


def test_all_go_to_a_colleague_who_reads_where_each_stands(
    ana: Person, leo: Person
) -> None:
    rows = [make_ticket(assignee=ana.user) for _ in range(2)]
    said = {f"line_{rows[0].number}": "The carrier calls back at nine."}
    answer = give(ana, f"person:{leo.user.pk}", rows, **said)
    assert answer["Location"] == "/"
    assert holders(rows) == {leo.user.pk}
    page = leo.browser.get("/")
    assert "Handover of the last shift" in page.text
    assert "The carrier calls back at nine." in page.text
    assert {left.row.number for left in page.context["received"]} == {
        row.number for row in rows
    }


def test_all_go_to_a_queue_whose_members_read_it_until_somebody_takes_one(
    ana: Person, leo: Person
) -> None:
    nights = Queue.objects.create(slug="nights", name="Nights")
    nights.memberships.create(person=leo.user, role="agent")
    rows = [make_ticket(assignee=ana.user) for _ in range(2)]
    give(ana, f"queue:{nights.pk}", rows)
    assert holders(rows) == {None}
    left = leo.browser.get("/").context["received"]
    assert {each.queue for each in left} == {"Nights"}
    tickets.take(rows[0].number, leo.actor)
    (left,) = leo.browser.get("/").context["received"]
    assert left.row.number == rows[1].number
    assert "Handover of the last shift" not in ana.browser.get("/").text


def test_a_new_line_is_noted_and_an_old_one_is_not_noted_again(
    ana: Person, leo: Person
) -> None:
    ticket, other = make_ticket(assignee=ana.user), make_ticket(assignee=ana.user)
    tickets.note(ticket.number, ana.actor, kind=NoteKind.DECISION, body="Wait.")
    said = {f"line_{ticket.number}": "Wait.", f"line_{other.number}": "Ask them."}
    give(ana, f"person:{leo.user.pk}", [ticket, other], **said)
    assert list(Note.objects.values_list("ticket", "kind", "body").order_by("id")) == [
        (ticket.pk, "decision", "Wait."),
        (other.pk, "decision", "Ask them."),
    ]


def test_one_press_takes_all_of_it_back(ana: Person, leo: Person) -> None:
    rows = [make_ticket(assignee=ana.user) for _ in range(3)]
    answer = give(ana, f"person:{leo.user.pk}", rows)
    (message,) = get_messages(answer.wsgi_request)
    assert str(message) == "3 tickets were handed over."
    ana.browser.post(message.extra_tags)
    assert holders(rows) == {ana.user.pk}
    assert leo.browser.get("/").context["received"] == []


def test_only_the_ticked_tickets_go(ana: Person, leo: Person) -> None:
    gone, kept = make_ticket(assignee=ana.user), make_ticket(assignee=ana.user)
    give(ana, f"person:{leo.user.pk}", [gone])
    assert (holders([gone]), holders([kept])) == ({leo.user.pk}, {ana.user.pk})


def test_a_ticket_that_is_ones_own_no_longer_stops_all_and_is_named(
    ana: Person, leo: Person
) -> None:
    mine, theirs = make_ticket(assignee=ana.user), make_ticket(assignee=leo.user)
    before = TicketEvent.objects.count()
    line = {f"line_{mine.number}": "Typed with care."}
    answer = give(ana, f"person:{leo.user.pk}", [mine, theirs], **line)
    assert answer.status_code == 400
    assert f"No longer yours, or solved: #{theirs.number}." in answer.text
    assert "Typed with care." in answer.text
    assert holders([mine]) == {ana.user.pk}
    assert (TicketEvent.objects.count(), Handover.objects.count()) == (before, 0)


def test_a_colleague_who_is_in_none_of_the_queues_is_not_offered(
    ana: Person, eve: Person
) -> None:
    ticket = make_ticket(assignee=ana.user)
    answer = give(ana, f"person:{eve.user.pk}", [ticket])
    assert answer.status_code == 400
    assert holders([ticket]) == {ana.user.pk}


def test_what_the_receiver_may_not_hold_is_left_and_listed(
    ana: Person, leo: Person
) -> None:
    nights = Queue.objects.create(slug="nights", name="Nights")
    nights.memberships.create(person=ana.user, role="agent")
    here = make_ticket(assignee=ana.user)
    there = make_ticket(assignee=ana.user, queue=nights)
    answer = give(ana, f"person:{leo.user.pk}", [here, there])
    page = ana.browser.get(answer["Location"])
    assert "the person does not work in its queue" in page.text
    assert (holders([here]), holders([there])) == ({leo.user.pk}, {ana.user.pk})
    (left,) = leo.browser.get("/").context["received"]
    assert left.row.number == here.number


@pytest.mark.parametrize(
    "said",
    [
        {"ticket": []},
        {"ticket": ["9" * 40, "x", "-1"]},
        {"to": "person:0"},
        {"to": ""},
    ],
)
def test_nonsense_is_said_beside_the_form(
    ana: Person, leo: Person, said: dict[str, Any]
) -> None:
    ticket = make_ticket(assignee=ana.user)
    good = {"to": f"person:{leo.user.pk}", "ticket": [ticket.number]}
    assert ana.browser.post("/handover/", {**good, **said}).status_code == 400
    assert holders([ticket]) == {ana.user.pk}


def test_a_line_that_is_too_long_is_kept_and_marked(ana: Person, leo: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    line = {f"line_{ticket.number}": "x" * (LINE_MAX + 1)}
    answer = give(ana, f"person:{leo.user.pk}", [ticket], **line)
    assert answer.status_code == 400
    assert "x" * (LINE_MAX + 1) in answer.text


def test_a_line_holds_no_personal_data(ana: Person, leo: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    line = {f"line_{ticket.number}": "Write to ana.li@example.com"}
    give(ana, f"person:{leo.user.pk}", [ticket], **line)
    assert "ana.li" not in leo.browser.get("/").text
    assert "ana.li" not in Note.objects.get().body


def test_the_last_shift_is_not_the_one_before(ana: Person, leo: Person) -> None:
    give(ana, f"person:{leo.user.pk}", [make_ticket(assignee=ana.user)])
    Handover.objects.update(at=timezone.now() - timedelta(hours=17))
    assert leo.browser.get("/").context["received"] == []


def test_who_holds_nothing_reads_so(ana: Person) -> None:
    assert "You hold nothing" in ana.browser.get("/handover/").text


def test_the_pages_cost_the_same_for_one_ticket_and_for_many(
    ana: Person, leo: Person
) -> None:
    def queries(person: Person, path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert person.browser.get(path).status_code == 200
        return len(captured)

    rows = [make_ticket(assignee=ana.user)]
    give(ana, f"person:{leo.user.pk}", rows)
    rows.append(make_ticket(assignee=ana.user))
    leo.browser.get("/")  # the counts of the rail are fresh now
    one = (queries(ana, "/handover/"), queries(leo, "/"))
    more = [make_ticket(assignee=ana.user) for _ in range(5)]
    give(ana, f"person:{leo.user.pk}", more)
    for _ in range(9):
        make_ticket(assignee=ana.user)
    assert (queries(ana, "/handover/"), queries(leo, "/")) == one
