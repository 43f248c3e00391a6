"""How are tier, queue, waiting and cause of one ticket changed, and taken back?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from tests.people import Person, make_person
from tests.rows import make
from tests.triage.bulk.deeds import decided
from tests.work import make_ticket
from triage import tickets
from triage.models import (
    EventKind,
    MemberRole,
    Queue,
    Resolution,
    Ticket,
    TicketState,
    Tier,
)
from triage.tickets import Forbidden, Invalid, NotFound, acts

pytestmark = pytest.mark.django_db

WHY = "The bank's customers wait."


@pytest.fixture
def bo(general: Queue) -> Person:
    """A second agent of the general queue."""
    return make_person("bo", MemberRole.AGENT, general)


@pytest.fixture
def far(db: None) -> Queue:
    """A queue in which nobody here works."""
    return Queue.objects.create(slug="far", name="Far")


def post(person: Person, ticket: Ticket, noun: str, **said: Any) -> Any:
    return person.browser.post(f"/tickets/{ticket.number}/{noun}/", said)


def read(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_each_change_is_said_and_undone_to_the_last_column(
    ana: Person, far: Queue
) -> None:
    said: dict[str, dict[str, Any]] = {
        "tier": {"tier": "S1", "reason": WHY},
        "waiting": {"on": "reporter", "until": "2027-01-01T08:00"},
        "category": {"category": "recipient.moved"},
        "queue": {"queue": far.pk},
    }
    for noun, words in said.items():
        ticket = make_ticket()
        if noun == "waiting":
            words["until"] = f"{timezone.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
        before = decided()
        answer = post(ana, ticket, noun, **words)
        assert answer.status_code == 302, noun
        assert decided() != before, noun
        message = list(get_messages(answer.wsgi_request))[-1]
        ana.browser.post(message.extra_tags)
        assert decided() == before, noun
        assert read(ticket).version == 3
        assert ticket.events.last().kind == EventKind.UNDONE  # type: ignore[union-attr]


def test_an_override_stands_beside_the_judged_tier(ana: Person) -> None:
    ticket = make_ticket()
    post(ana, ticket, "tier", tier="S1", reason=WHY)
    assert (read(ticket).tier, read(ticket).tier_computed) == ("S1", ticket.tier)
    page = ana.browser.get(f"/tickets/{ticket.number}/")
    assert f"judged {ticket.tier}: “{WHY}”" in page.text.replace("&#x27;", "'")


def test_an_agent_lowers_no_tier_and_a_specialist_does(
    ana: Person, kim: Person
) -> None:
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(tier_computed=Tier.S1)
    assert post(ana, ticket, "tier", tier="S2", reason=WHY).status_code == 403
    assert post(kim, ticket, "tier", tier="S2", reason=WHY).status_code == 302
    event = ticket.events.latest("seq")
    assert post(ana, ticket, "tier", tier="", reason="").status_code == 302
    with pytest.raises(Invalid):
        tickets.undo(ticket.number, event.seq, kim.actor)


def test_a_specialists_tier_is_not_an_agents_to_undo(ana: Person, kim: Person) -> None:
    ticket = make_ticket()
    post(kim, ticket, "tier", tier="S1", reason=WHY)
    seq = ticket.events.latest("seq").seq
    with pytest.raises(Forbidden):
        tickets.undo(ticket.number, seq, ana.actor)
    page = ana.browser.get(f"/tickets/{ticket.number}/")
    assert f"/events/{seq}/undo/" not in page.text


def test_a_faulty_form_stays_open_with_its_fault(ana: Person) -> None:
    ticket = make_ticket()
    answer = post(ana, ticket, "tier", tier="S1", reason="short")
    assert answer.status_code == 400
    assert "at least 10 characters" in answer.text
    assert read(ticket).version == 1


def test_a_solved_ticket_is_left_as_it_is(ana: Person) -> None:
    ticket = make_ticket()
    make(Resolution, ticket=ticket)
    Ticket.objects.filter(pk=ticket.pk).update(state="closed_unverified")
    with pytest.raises(Invalid, match="Reopen it first"):
        tickets.do(ticket.number, ana.actor, acts.SetTier("S1", WHY))


def test_the_other_queue_has_a_ticket_of_the_incident_already(
    ana: Person, far: Queue
) -> None:
    ticket = make_ticket()
    Ticket.objects.create(group=ticket.group, queue=far)
    answer = post(ana, ticket, "queue", queue=far.pk)
    (message,) = get_messages(answer.wsgi_request)
    assert "has a live ticket of this incident" in str(message)
    assert read(ticket).queue == ticket.queue


# --- undo -----------------------------------------------------------------------------


def test_what_somebody_changed_since_is_not_undone(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, ana.actor)
    seq = ticket.events.latest("seq").seq
    tickets.take(ticket.number, leo.actor)
    with pytest.raises(Invalid, match="changed meanwhile"):
        tickets.undo(ticket.number, seq, ana.actor)
    assert read(ticket).assignee == leo.user


def test_other_columns_do_not_stand_in_the_way(ana: Person) -> None:
    ticket = make_ticket()
    tickets.do(ticket.number, ana.actor, acts.SetTier("S1", WHY))
    seq = ticket.events.latest("seq").seq
    tickets.take(ticket.number, ana.actor)
    tickets.undo(ticket.number, seq, ana.actor)
    assert (read(ticket).tier_override, read(ticket).assignee) == ("", ana.user)


def test_an_event_without_an_inverse_or_out_of_scope_cannot_be_undone(
    ana: Person, eve: Person
) -> None:
    ticket = make_ticket()
    with pytest.raises(Invalid):
        tickets.undo(ticket.number, 1, ana.actor)
    for seq, person in ((1, eve), (99, ana)):
        with pytest.raises(NotFound):
            tickets.undo(ticket.number, seq, person.actor)
    assert (
        eve.browser.post(f"/tickets/{ticket.number}/events/1/undo/").status_code == 404
    )


def test_who_is_gone_meanwhile_is_given_nothing_back(ana: Person, leo: Person) -> None:
    gone = make_person("gone", None, None)
    ticket = make_ticket(assignee=gone.user)
    tickets.take(ticket.number, leo.actor)
    seq = ticket.events.latest("seq").seq
    gone.user.delete()
    tickets.undo(ticket.number, seq, leo.actor)
    assert read(ticket).assignee is None


def test_the_key_undoes_my_latest_and_then_the_one_before(
    ana: Person, leo: Person
) -> None:
    first, second = make_ticket(), make_ticket()
    tickets.take(first.number, ana.actor)
    tickets.take(second.number, ana.actor)
    tickets.do(second.number, leo.actor, acts.SetTier("S1", WHY))
    assert ana.browser.post("/undo/").url == f"/tickets/{second.number}/"  # type: ignore[attr-defined]
    assert (read(first).assignee, read(second).assignee) == (ana.user, None)
    ana.browser.post("/undo/")
    assert read(first).state == TicketState.NEW
    answer = ana.browser.post("/undo/")
    (message,) = list(get_messages(answer.wsgi_request))[-1:]  # type: ignore[attr-defined]
    assert str(message) == "There is nothing of yours to undo."


# --- waiting --------------------------------------------------------------------------


def test_a_ticket_wakes_when_its_time_is_over(ana: Person) -> None:
    ticket, later = make_ticket(), make_ticket()
    now = timezone.now()
    for each, hours in ((ticket, 1), (later, 3)):
        until = now + timedelta(hours=hours)
        tickets.do(each.number, ana.actor, acts.Wait("provider", until))
    assert tickets.wake_due(10, now) == 0
    assert tickets.wake_due(10, now + timedelta(hours=2)) == 1
    woken = read(ticket)
    assert (woken.state, woken.waiting_on, woken.wait_until) == ("open", "", None)
    assert ticket.events.last().kind == EventKind.WOKEN  # type: ignore[union-attr]
    assert read(later).state == TicketState.WAITING


def test_whoever_works_on_ends_the_waiting(ana: Person) -> None:
    ticket = make_ticket()
    until = timezone.now() + timedelta(hours=1)
    tickets.do(ticket.number, ana.actor, acts.Wait("provider", until))
    tickets.do(ticket.number, ana.actor, acts.Wait(""))
    assert (read(ticket).state, read(ticket).wait_until) == ("open", None)
    with pytest.raises(Invalid, match="nothing to change"):
        tickets.do(ticket.number, ana.actor, acts.Wait(""))


# --- the cause ------------------------------------------------------------------------


def test_a_named_cause_is_shown_found_and_proposed(ana: Person) -> None:
    ticket = make_ticket()
    post(ana, ticket, "category", category="recipient.moved")
    page = ana.browser.get("/queues/general/?family=recipient")
    assert [row.cause for row in page.context["page"].rows] == [read(ticket).cause.name]
    assert not ana.browser.get("/queues/general/?family=server").context["page"].rows
    form = ana.browser.get(f"/tickets/{ticket.number}/resolution/").context["form"]
    assert form["category"].value() == "recipient.moved"
    page = ana.browser.get(f"/tickets/{ticket.number}/")
    assert f"diagnosed: {ticket.group.category.name}" in page.text


# --- somebody was first ---------------------------------------------------------------


def test_ones_own_decision_can_be_applied_on_top(ana: Person, kim: Person) -> None:
    ticket = make_ticket()
    said = {"on": "provider", "until": "", "version": ticket.version}
    tickets.take(ticket.number, ana.actor)
    url = f"/tickets/{ticket.number}/waiting/"
    stale = ana.browser.post(url, said)
    assert stale.status_code == 409
    again = stale.context["again"]
    assert again["url"] == url
    assert ana.browser.post(url, dict(again["fields"])).status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == "waiting"


def test_what_one_may_no_longer_do_is_not_offered_again(
    ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    said = {"on": "provider", "version": ticket.version}
    tickets.take(ticket.number, leo.actor)
    stale = ana.browser.post(f"/tickets/{ticket.number}/waiting/", said)
    assert (stale.status_code, stale.context["again"]) == (409, None)


def test_taking_is_never_offered_again(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, ana.actor)
    said = {"version": ticket.version}
    stale = leo.browser.post(f"/tickets/{ticket.number}/assignment/", said)
    assert (stale.status_code, stale.context["again"]) == (409, None)
