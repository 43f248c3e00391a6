"""Do people see what was promised, and find what is at risk?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person
from tests.work import make_ticket
from triage.models import ClockKind, ClockState, FailureGroup, SlaClock, Ticket

pytestmark = pytest.mark.django_db

GENERAL = "/queues/general/"
AT_RISK = f"{GENERAL}?clock=overdue&clock=soon"
URGENT = "config.billing"  # S2: an hour until the first response
FIRST = ClockKind.FIRST_RESPONSE


def due_in(ticket: Ticket, minutes: float) -> Ticket:
    """Let the first response be due so soon."""
    target = timezone.now() + timedelta(minutes=minutes)
    SlaClock.objects.filter(ticket=ticket, kind=FIRST).update(target_at=target)
    return ticket


def test_a_row_shows_the_promise_that_is_due_first(ana: Person) -> None:
    due_in(make_ticket(cause=URGENT), 40.5)
    page = ana.browser.get(GENERAL)
    (row,) = page.context["page"].rows
    assert (row.clock.label, row.clock.tone) == ("First response", "running")
    assert ">40 min</time>" in page.text


@pytest.mark.parametrize(
    ("minutes", "tone", "said"),
    [(9.5, "soon", "9 min"), (-12.5, "breached", "12 min over")],
)
def test_what_is_at_risk_is_told_by_shape_word_and_colour(
    ana: Person, minutes: float, tone: str, said: str
) -> None:
    due_in(make_ticket(cause=URGENT), minutes)
    page = ana.browser.get(GENERAL).text
    assert f'data-tone="{tone}"' in page
    assert f">{said}</time>" in page


def test_a_ticket_that_waits_for_its_reporter_is_paused(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    SlaClock.objects.filter(ticket=ticket).update(
        state=ClockState.PAUSED, due_at=None, paused_at=timezone.now()
    )
    (row,) = ana.browser.get(GENERAL).context["page"].rows
    assert row.clock.tone == "paused"


def test_the_list_at_risk_holds_what_is_overdue_and_what_soon_will_be(
    ana: Person,
) -> None:
    calm = due_in(make_ticket(cause=URGENT), 16)
    soon = due_in(make_ticket(cause=URGENT), 14)
    late = due_in(make_ticket(cause=URGENT), -1)
    page = ana.browser.get(AT_RISK)
    shown = {row.number for row in page.context["page"].rows}
    assert shown == {soon.number, late.number}
    assert calm.number not in shown
    (tab,) = [tab for tab in page.context["tabs"] if tab.label == "At risk"]
    assert (tab.count, tab.current) == (2, True)
    (facet,) = [each for each in page.context["facets"] if each.name == "clock"]
    assert {each.value: each.count for each in facet.options} == {
        "overdue": 1,
        "soon": 1,
    }


def test_what_is_at_risk_elsewhere_is_not_shown(ana: Person, eve: Person) -> None:
    due_in(make_ticket(cause=URGENT), -1)
    page = eve.browser.get("/tickets/?clock=overdue")
    assert page.context["page"].rows == []
    assert [tab.count for tab in page.context["tabs"]] == [0] * 5


def queries(person: Person, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert person.browser.get(path).status_code == 200
    return len(seen)


def test_clocks_of_a_page_cost_one_query(ana: Person) -> None:
    due_in(make_ticket(cause=URGENT), 5)
    few = queries(ana, AT_RISK), queries(ana, GENERAL)
    for _ in range(20):
        due_in(make_ticket(cause=URGENT), 5)
    assert (queries(ana, AT_RISK), queries(ana, GENERAL)) == few


def test_an_escalated_ticket_says_so(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    Ticket.objects.filter(pk=ticket.pk).update(escalation=1)
    assert "escalated" in ana.browser.get(GENERAL).text
    assert "escalated" in ana.browser.get(f"/tickets/{ticket.number}/").text


# --- on the ticket --------------------------------------------------------------------


def page_of(person: Person, ticket: Ticket) -> str:
    return person.browser.get(f"/tickets/{ticket.number}/").text


def test_a_ticket_lists_its_three_promises(ana: Person) -> None:
    ticket = make_ticket(cause=URGENT)
    ana.browser.post(f"/tickets/{ticket.number}/assignment/")
    page = ana.browser.get(f"/tickets/{ticket.number}/")
    assert [(mark.label, mark.tone) for mark in page.context["clocks"]] == [
        ("First response", "met"),
        ("Next update", "running"),
        ("Arrival proven", "running"),
    ]
    assert "kept in under 1 min" in page.text


def proven(cause: str, took: timedelta) -> None:
    """A ticket of a cause whose arrival was proven after some time."""
    ticket = make_ticket(cause=cause)
    begun = timezone.now() - timedelta(days=1)
    SlaClock.objects.filter(ticket=ticket, kind="time_to_verified").update(
        state="met", due_at=None, started_at=begun, met_at=begun + took
    )


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([1, 2, 3, 4, 5], "in time. Half of the last 5 tickets of this cause took 3 h"),
        ([9] * 6, "59 min too late"),
        ([0.01] * 5, "This takes longer than usual"),
        ([1] * 4, ""),
    ],
    ids=["in time", "late", "slower than others", "too few"],
)
def test_the_forecast_follows_from_others_of_the_cause(
    ana: Person, hours: list[float], said: str
) -> None:
    for each in hours:
        proven(URGENT, timedelta(hours=each))
    proven("config.relay_denied", timedelta(hours=70))
    ticket = make_ticket(cause=URGENT)
    a_minute_ago = timezone.now() - timedelta(minutes=1)
    clock = SlaClock.objects.filter(ticket=ticket, kind="time_to_verified")
    clock.update(
        started_at=a_minute_ago, target_at=a_minute_ago + timedelta(hours=8, seconds=30)
    )
    page = ana.browser.get(f"/tickets/{ticket.number}/")
    assert said in page.text
    assert bool(page.context["forecast"]) == bool(said)


def test_people_who_wait_are_no_part_of_what_a_colleague_may_see(
    eve: Person,
) -> None:
    ticket = make_ticket(cause=URGENT)
    FailureGroup.objects.filter(pk=ticket.group_id).update(recipients=9, unserved=9)
    assert eve.browser.get(f"/tickets/{ticket.number}/").status_code == 404
