"""What do the lists of queues and tickets show, and how are they paged?"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import ChannelKind, Purpose
from tests.people import Person, make_person
from tests.work import MAILBOX_FULL, UNAVAILABLE, join_queue, make_ticket
from triage import presence
from triage.models import PAST, FailureGroup, MemberRole, Queue, Ticket
from triage.web import paging

pytestmark = pytest.mark.django_db

GENERAL = "/queues/general/"


def numbers(response: Any) -> list[int]:
    return [row.number for row in response.context["page"].rows]


def queries_of(browser: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


# --- the queues I belong to -----------------------------------------------------------


def test_each_queue_shows_what_waits_in_it(
    ana: Person, leo: Person, general: Queue
) -> None:
    make_ticket(cause="config.billing")
    make_ticket(assignee=leo.user)
    response = ana.browser.get("/queues/")
    (line,) = response.context["queues"]
    assert (line.name, line.live, line.unassigned) == ("General", 2, 1)
    assert [each.face.name for each in line.members] == ["Ana", "Leo"]
    assert line.oldest_at == Ticket.objects.earliest("opened_at").opened_at


def test_of_the_members_it_is_shown_who_is_at_the_desk(
    ana: Person, leo: Person, general: Queue
) -> None:
    text = ana.browser.get("/queues/").text
    assert "1 here" in text
    assert "Ana – at the desk" in text
    assert "Leo – at the desk" not in text
    presence.arrive(leo.user.pk, time.time())
    assert "Leo – at the desk" in ana.browser.get("/queues/").text
    assert "2人在线" in chinese(ana).get("/queues/").text


def test_somebody_with_two_roles_in_a_queue_is_shown_once(
    ana: Person, general: Queue
) -> None:
    join_queue(ana.user, general, MemberRole.SPECIALIST)
    (line,) = ana.browser.get("/queues/").context["queues"]
    assert [each.face.name for each in line.members] == ["Ana"]


def test_other_queues_are_not_shown(ana: Person, eve: Person) -> None:
    make_ticket()
    (line,) = eve.browser.get("/queues/").context["queues"]
    assert (line.slug, line.live) == ("other", 0)


def test_an_editor_without_a_queue_is_told_what_to_do(mia: Person) -> None:
    assert "You are in no queue yet" in mia.browser.get("/queues/").text
    assert "You are in no queue yet" in mia.browser.get("/tickets/").text


def test_an_auditor_sees_every_queue(aud: Person, eve: Person) -> None:
    lines = aud.browser.get("/queues/").context["queues"]
    assert {line.slug for line in lines} == {"general", "other"}


# --- one queue ------------------------------------------------------------------------


def test_a_queue_shows_the_most_urgent_first(ana: Person) -> None:
    calm = make_ticket(purpose=Purpose.MARKETING)
    urgent = make_ticket(cause="config.billing")
    newer = make_ticket(purpose=Purpose.MARKETING)
    response = ana.browser.get(GENERAL)
    assert numbers(response) == [urgent.number, newer.number, calm.number]


def test_a_queue_of_others_is_not_there(eve: Person) -> None:
    make_ticket()
    assert eve.browser.get(GENERAL).status_code == 404
    assert eve.browser.get("/queues/nothing/").status_code == 404
    assert numbers(eve.browser.get("/tickets/")) == []


def test_an_empty_queue_says_so(ana: Person) -> None:
    assert "No live tickets" in ana.browser.get(GENERAL).text


def test_a_row_says_what_who_and_where(ana: Person) -> None:
    make_ticket(cause=MAILBOX_FULL, assignee=ana.user, provider="northpost", reports=3)
    (row,) = ana.browser.get(GENERAL).context["page"].rows
    assert (row.cause, row.provider, row.source_name) == (
        "Mailbox or handset memory full",
        "northpost",
        "Shop",
    )
    assert (row.people, row.assignee.is_me) == (3, True)
    (row,) = chinese(ana).get(GENERAL).context["page"].rows
    assert row.cause == "邮箱或手机存储已满"


def test_a_row_draws_when_the_reports_of_its_cause_came(ana: Person) -> None:
    ticket = make_ticket(reports=3)
    assert "3 reports in 6 h, 3 in the last hour" in ana.browser.get(GENERAL).text
    long_ago = timezone.now() - timedelta(hours=7)
    FailureGroup.objects.filter(pk=ticket.group_id).update(recent_at=long_ago)
    assert "0 reports in 6 h" in ana.browser.get(GENERAL).text
    assert "6小时内0份报告" in chinese(ana).get(GENERAL).text


def chinese(person: Person) -> Client:
    person.browser.cookies["django_language"] = "zh-hans"
    return person.browser


# --- filters --------------------------------------------------------------------------


@pytest.fixture
def mixed(ana: Person, leo: Person) -> dict[str, Ticket]:
    """Tickets that differ in what can be filtered."""
    return {
        "mine": make_ticket(assignee=ana.user),
        "his": make_ticket(assignee=leo.user, cause=MAILBOX_FULL),
        "free": make_ticket(channel=ChannelKind.SMS),
        "urgent": make_ticket(cause="config.billing"),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"mine", "his", "free", "urgent"}),
        ("assignee=me", {"mine"}),
        ("assignee=nobody", {"free", "urgent"}),
        ("assignee=leo", {"his"}),
        ("assignee=unheard-of", set()),
        ("tier=S2", {"urgent"}),
        ("tier=S2&tier=S4", {"mine", "his", "free", "urgent"}),
        ("channel=sms", {"free"}),
        ("family=recipient", {"his"}),
        ("family=recipient&family=config", {"his", "urgent"}),
        ("state=new", {"free", "urgent"}),
        ("state=solved", set()),
        ("channel=sms&tier=S2", set()),
    ],
)
def test_a_filter_narrows_the_list(
    ana: Person, mixed: dict[str, Ticket], query: str, found: set[str]
) -> None:
    response = ana.browser.get(f"{GENERAL}?{query}")
    assert set(numbers(response)) == {mixed[name].number for name in found}
    assert response.context["total"] == len(found)
    if query and not found:
        assert "No live tickets" not in response.text
        assert "Clear filters" in response.text


@pytest.mark.parametrize(
    "query",
    [
        "tier=S9",
        "state=wrong",
        "channel=pigeon",
        "family=none",
        "clock=9",
        "assignee=%00",
    ],
)
def test_a_filter_that_does_not_exist_is_refused(ana: Person, query: str) -> None:
    assert ana.browser.get(f"{GENERAL}?{query}").status_code == 400


def test_closed_tickets_are_found_by_their_state_and_counted_among_all(
    ana: Person, mixed: dict[str, Ticket]
) -> None:
    closed = mixed["free"]
    Ticket.objects.filter(pk=closed.pk).update(
        state="merged", merged_into=mixed["urgent"]
    )
    response = ana.browser.get(f"{GENERAL}?state=merged")
    assert numbers(response) == [closed.number]
    assert (response.context["total"], response.context["of_total"]) == (1, 4)
    Ticket.objects.filter(pk=closed.pk).update(state="new", merged_into=None)


def test_the_facets_count_the_live_tickets_of_the_list(
    ana: Person, mixed: dict[str, Ticket]
) -> None:
    facets = ana.browser.get(f"{GENERAL}?tier=S2").context["facets"]
    by_name = {facet.name: facet for facet in facets}
    counts = {
        name: {option.value: option.count for option in facet.options if option.count}
        for name, facet in by_name.items()
    }
    assert counts == {
        "tier": {"S2": 1, "S4": 3},
        "clock": {},
        "state": {"new": 2, "open": 2},
        "channel": {"email": 3, "sms": 1},
        "family": {"server": 2, "recipient": 1, "config": 1},
    }
    checked = [option.value for option in by_name["tier"].options if option.checked]
    assert checked == ["S2"]
    states = {option.value: option.count for option in by_name["state"].options}
    assert {name for name, count in states.items() if count is None} == set(PAST)


def test_choosing_a_facet_keeps_whose_tickets_are_shown(
    ana: Person, mixed: dict[str, Ticket]
) -> None:
    page = ana.browser.get(f"{GENERAL}?assignee=me").text
    assert '<input type="hidden" name="assignee" value="me">' in page
    assert 'name="assignee"' not in ana.browser.get(GENERAL).text


def test_the_tabs_count_and_lead_to_what_they_name(
    ana: Person, mixed: dict[str, Ticket]
) -> None:
    tabs = ana.browser.get(GENERAL).context["tabs"]
    assert [(tab.label, tab.count) for tab in tabs] == [
        ("All live", 4),
        ("At risk", 0),
        ("Unassigned", 2),
        ("Mine", 1),
        ("Solved, not proven", 0),
    ]
    for tab in tabs:
        response = ana.browser.get(tab.url)
        assert response.context["total"] == tab.count
        (current,) = [each for each in response.context["tabs"] if each.current]
        assert current.label == tab.label


# --- pages ----------------------------------------------------------------------------


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tickets a page."""
    monkeypatch.setattr(paging, "PAGE", 2)


@pytest.mark.usefixtures("small_pages")
def test_paging_shows_every_ticket_once_there_and_back(ana: Person) -> None:
    for n in range(5):
        make_ticket(cause="config.billing" if n % 2 else UNAVAILABLE)
    there, url = [], f"{GENERAL}?channel=email"
    while url:
        response = ana.browser.get(url)
        there.append(numbers(response))
        last, url = response, response.context["page"].next_url
    assert [len(page) for page in there] == [2, 2, 1]
    assert len({number for page in there for number in page}) == 5
    back, url = [], last.context["page"].previous_url
    while url:
        response = ana.browser.get(url)
        back.append(numbers(response))
        url = response.context["page"].previous_url
    assert back == there[-2::-1]


@pytest.mark.usefixtures("small_pages")
def test_the_next_page_keeps_the_filters(ana: Person) -> None:
    for _ in range(3):
        make_ticket()
    url = ana.browser.get(f"{GENERAL}?tier=S4&channel=email").context["page"].next_url
    query = parse_qs(urlsplit(url).query)
    assert (query["tier"], query["channel"]) == (["S4"], ["email"])


@pytest.mark.usefixtures("small_pages")
def test_a_page_that_emptied_meanwhile_leads_to_the_first(ana: Person) -> None:
    for _ in range(3):
        last = make_ticket()
    url = ana.browser.get(f"{GENERAL}?channel=email").context["page"].next_url
    Ticket.objects.exclude(pk=last.pk).update(state="merged", merged_into=last)
    response = ana.browser.get(url)
    assert response.url == f"{GENERAL}?channel=email"  # type: ignore[attr-defined]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "…", "%2500"])
def test_a_cursor_that_we_did_not_make_is_not_there(ana: Person, cursor: str) -> None:
    assert ana.browser.get(f"{GENERAL}?cursor={cursor}").status_code == 404


# --- with and without a script --------------------------------------------------------


def test_a_change_of_the_filters_brings_the_rows_alone(ana: Person) -> None:
    make_ticket()
    response = ana.browser.get(f"{GENERAL}?tier=S4", headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert "<table" in response.text
    assert "data-announce" in response.text
    assert "HX-Request" in response["Vary"]


def test_going_back_in_the_browser_brings_the_whole_page(ana: Person) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in ana.browser.get(GENERAL, headers=headers).text


def test_who_was_logged_out_meanwhile_is_led_to_the_log_in(ana: Person) -> None:
    ana.browser.logout()
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{GENERAL}"}
    response = ana.browser.get(f"{GENERAL}?tier=S4", headers=headers)
    assert response["HX-Redirect"] == f"/accounts/login/?next={GENERAL}"


# --- speed ----------------------------------------------------------------------------


def test_a_list_costs_the_same_queries_at_1_and_at_50_rows(
    leo: Person, make_many: Callable[[int], None]
) -> None:
    urls = ["/queues/", GENERAL, "/tickets/", f"{GENERAL}?tier=S4"]
    make_many(1)
    few = [queries_of(leo.browser, url) for url in urls]
    make_many(49)
    assert [queries_of(leo.browser, url) for url in urls] == few
    assert max(few) <= 12


@pytest.fixture
def make_many(general: Queue) -> Callable[[int], None]:
    """Makes tickets of different causes, each held by somebody else."""

    def make(count: int) -> None:
        for n in range(count):
            person = make_person(f"agent-{Ticket.objects.count()}", None, None)
            join_queue(person.user, general)
            make_ticket(assignee=person.user, channel=list(ChannelKind)[n % 6])

    return make
