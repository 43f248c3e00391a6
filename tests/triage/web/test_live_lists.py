"""Does an open list learn what changed, cheaply, and nobody what is not theirs?"""

import re
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.people import Person
from tests.work import UNAVAILABLE, hand_to_people, join_queue, make_report, make_ticket
from triage import presence, tickets
from triage.models import NoteKind, Queue, Ticket, Tier
from triage.tickets import acts
from triage.web import live_list, paging

pytestmark = pytest.mark.django_db

GENERAL = "/queues/general/"
SEEN = re.compile(r'data-seen="([^"]+)"')
WRITTEN = re.compile(r'data-at="\d+"')  # the second in which an answer was written


class Tab:
    """A list in a browser, which asks for its news."""

    def __init__(self, browser: Client, url: str = GENERAL) -> None:
        self.browser = browser
        page = browser.get(url)
        self.url = page.context["live_url"]
        self.at = page.context["live_at"]
        self.seen = SEEN.findall(page.text)
        self.etag = ""

    def ask(self) -> Any:
        """Ask once, and remember the answer's ETag."""
        data = urlencode({"shown": ",".join(self.seen), "at": self.at})
        headers = {"If-None-Match": self.etag} if self.etag else {}
        answer = self.browser.get(f"{self.url}&{data}", headers=headers)
        assert answer.status_code in (200, 304)
        self.etag = answer.headers["ETag"]
        return answer

    def take_over(self, answer: Any) -> None:
        """Keep what an answer says of the rows, as the browser does."""
        for seen in SEEN.findall(answer.text):
            number = seen.split(".")[0] + "."
            self.seen = [
                seen if each.startswith(number) else each for each in self.seen
            ]


def test_nothing_new_is_an_empty_answer(ana: Person) -> None:
    make_ticket()
    tab = Tab(ana.browser)
    first = tab.ask()
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = tab.ask()
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["As-Of"]


def test_new_rows_and_different_ones_are_counted(ana: Person, leo: Person) -> None:
    known = make_ticket()
    tab = Tab(ana.browser)
    make_ticket()
    make_ticket()
    tickets.take(known.number, leo.actor)
    answer = tab.ask()
    assert "2 new, 1 changed – press" in answer.text
    assert f'data-of="{known.number}"' in answer.text
    tab.take_over(answer)
    assert tab.ask().status_code == 304
    make_ticket()
    assert "3 new, 1 changed" in tab.ask().text


def test_a_row_that_is_as_it_was_again_is_not_different(
    ana: Person, leo: Person
) -> None:
    known = make_ticket()
    tab = Tab(ana.browser)
    event = tickets.do(
        known.number, leo.actor, acts.SetTier(Tier.S1, "The bank waits.")
    )
    tab.take_over(tab.ask())
    tickets.undo(known.number, event.seq, leo.actor)
    answer = tab.ask()
    assert "changed" not in answer.text
    assert answer.text.count("data-of") == 1


def test_figures_alone_change_in_their_place(ana: Person) -> None:
    ticket = make_ticket(provider="northpost")
    tab = Tab(ana.browser)
    more = make_report(cause=UNAVAILABLE, provider="northpost")
    assert hand_to_people([more]) == [ticket]
    answer = tab.ask()
    assert "2 people" in answer.text
    assert "2 reports in 6 h, 2 in the last hour" in answer.text
    assert "press" not in answer.text


def test_a_row_that_left_says_why(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    tab = Tab(ana.browser, f"{GENERAL}?assignee=nobody")
    tickets.take(ticket.number, leo.actor)
    tickets.note(ticket.number, leo.actor, kind=NoteKind.DECISION, body="Mine.")
    answer = tab.ask()
    assert "1 changed" in answer.text
    assert "Leo took the ticket." in answer.text
    assert 'data-state="left"' in answer.text


def test_of_a_ticket_out_of_sight_nothing_is_said_but_that_it_left(
    ana: Person, leo: Person, eve: Person
) -> None:
    ticket = make_ticket()
    tab = Tab(ana.browser)
    far = Queue.objects.get(slug="other")
    join_queue(leo.user, far)
    tickets.hand_over(ticket.number, leo.actor, to=far, note="Yours, I think.")
    presence.beat(ticket.number, eve.user.pk, time.time())
    answer = tab.ask()
    assert "It left your queues." in answer.text
    assert "Leo" not in answer.text
    assert "Eve" not in answer.text
    assert "Yours" not in answer.text


def test_eve_learns_nothing_of_rows_that_she_names(eve: Person, leo: Person) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, leo.actor)
    presence.beat(ticket.number, leo.user.pk, time.time())
    assert eve.browser.get(f"{GENERAL}changes/").status_code == 404
    shown = {"shown": f"{ticket.number}.0.abc"}
    answer = eve.browser.get("/tickets/changes/", shown)
    invented = eve.browser.get("/tickets/changes/", {"shown": "99999999.0.abc"})
    assert "Leo" not in answer.text
    told, of_nobody = WRITTEN.sub("", answer.text), WRITTEN.sub("", invented.text)
    assert told.replace(str(ticket.number), "99999999") == of_nobody


def test_a_row_from_the_next_page_that_slid_up_is_not_new(
    ana: Person, leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    made = [make_ticket() for _ in range(4)]
    first = Tab(ana.browser, f"{GENERAL}?assignee=nobody")
    second = Tab(ana.browser, ana.browser.get(GENERAL).context["page"].next_url)
    tickets.take(made[3].number, leo.actor)
    assert "1 changed" in first.ask().text
    assert "press" not in second.ask().text
    tickets.take(made[0].number, leo.actor)
    assert "1 changed" in second.ask().text


def test_more_new_rows_than_a_page_holds_are_not_counted(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = Tab(ana.browser)
    monkeypatch.setattr(live_list, "NEW_MOST", 2)
    for _ in range(4):
        make_ticket()
    assert "2+ new" in tab.ask().text


def test_who_looks_at_a_row_is_seen_but_not_oneself(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    tab = Tab(ana.browser)
    quiet = tab.ask()
    assert "data-there" not in quiet.text
    presence.beat(ticket.number, ana.user.pk, time.time())
    assert tab.ask().status_code == 304
    presence.beat(ticket.number, leo.user.pk, time.time(), writes=True)
    answer = tab.ask()
    assert f'data-there="{ticket.number}"' in answer.text
    assert 'aria-label="Leo is writing"' in answer.text


def test_clocks_and_the_rail_are_written_again_each_minute(ana: Person) -> None:
    make_ticket()
    tab = Tab(ana.browser)
    assert "data-nav" not in tab.ask().text
    tab.at -= 60
    answer = tab.ask()
    assert 'data-nav="/queues/"' in answer.text
    assert 'data-cell="clock"' in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "shown=x",
        "shown=1.x.y",
        "shown=" + "9" * 40 + ".1.a",
        "from=S9.1",
        "until=S1.x",
        "tier=S9",
    ],
)
def test_what_cannot_be_read_is_refused(ana: Person, query: str) -> None:
    assert ana.browser.get(f"{GENERAL}changes/?{query}").status_code == 400


def test_it_is_said_in_the_readers_language(ana: Person) -> None:
    tab = Tab(ana.browser)
    make_ticket()
    english = tab.ask()
    ana.browser.cookies["django_language"] = "zh-hans"
    answer = tab.ask()
    assert answer.headers["ETag"] != english.headers["ETag"]
    assert "新增" in answer.text


def test_a_question_costs_the_same_for_one_row_and_for_fifty(ana: Person) -> None:
    costs = []
    for more in (1, 49):
        for _ in range(more):
            make_ticket()
        tab = Tab(ana.browser)
        tab.ask()
        with CaptureQueriesContext(connection) as captured:
            assert tab.ask().status_code == 304
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 8


def test_a_full_answer_costs_the_same_for_one_row_and_for_fifty(
    ana: Person, leo: Person
) -> None:
    costs = []
    for more in (1, 24):
        for _ in range(more):
            make_ticket()
        tab = Tab(ana.browser)
        tab.at -= 60
        for ticket in Ticket.objects.all():
            presence.beat(ticket.number, leo.user.pk, time.time())
        with CaptureQueriesContext(connection) as captured:
            tab.ask()
        costs.append(len(captured))
    assert costs[0] == costs[1]
