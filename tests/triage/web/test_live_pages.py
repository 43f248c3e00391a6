"""Do My day and the lists of queues and resends learn what changed, cheaply?"""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import ResendOperation
from tests.people import Person
from tests.resends import make_failed, planned
from tests.rows import make
from tests.work import hand_to_people, make_report, make_ticket
from triage import tickets
from triage.models import (
    Membership,
    NoteKind,
    Queue,
    SlaClock,
    Ticket,
)
from triage.web import resend_items

pytestmark = pytest.mark.django_db

SEEN = re.compile(r'data-seen="([^"]+)"')
WRITTEN = re.compile(r'data-at="\d+"')  # the second in which an answer was written


class Tab:
    """A page in a browser, which asks for its news."""

    def __init__(self, browser: Client, url: str) -> None:
        self.browser = browser
        page = browser.get(url)
        self.url, self.at = page.context["live_url"], page.context["live_at"]
        self.seen = SEEN.findall(page.text)
        self.etag = ""

    def ask(self) -> Any:
        """Ask once, and remember the answer's ETag."""
        said = urlencode({"shown": ",".join(self.seen), "at": self.at})
        headers = {"If-None-Match": self.etag} if self.etag else {}
        between = "&" if "?" in self.url else "?"
        answer = self.browser.get(f"{self.url}{between}{said}", headers=headers)
        assert answer.status_code in (200, 304)
        self.etag = answer.headers["ETag"]
        return answer


def resend(person: Person, general: Queue) -> ResendOperation:
    """A bulk resend that somebody planned."""
    return planned(person.user, make_failed(1), queues=[general.pk], limit=1)


def costs(tab: Tab) -> int:
    """How many queries a question costs to which nothing is new."""
    tab.ask()
    with CaptureQueriesContext(connection) as captured:
        assert tab.ask().status_code == 304
    return len(captured)


@pytest.mark.parametrize("url", ["/", "/queues/", "/resends/"])
def test_nothing_new_is_an_empty_answer(leo: Person, general: Queue, url: str) -> None:
    make_ticket(assignee=leo.user)
    resend(leo, general)
    tab = Tab(leo.browser, url)
    first = tab.ask()
    assert first.status_code == 200
    assert "press" not in first.text
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = tab.ask()
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["As-Of"]


# --- my day ---------------------------------------------------------------------------


def test_a_ticket_that_came_to_me_is_counted_and_one_that_went_says_why(
    ana: Person, leo: Person
) -> None:
    mine = make_ticket(assignee=ana.user)
    tab = Tab(ana.browser, "/")
    make_ticket(assignee=ana.user)
    tickets.hand_over(mine.number, leo.actor, to=leo.user, note="I know them.")
    answer = tab.ask().text
    assert "1 new, 1 changed – press" in answer
    assert f'data-of="{mine.number}" data-state="left"' in answer
    assert "Leo" in answer


def test_clocks_and_people_change_in_their_place(ana: Person) -> None:
    ticket = make_ticket(provider="northpost", assignee=ana.user)
    tab = Tab(ana.browser, "/")
    tab.ask()
    SlaClock.objects.filter(ticket=ticket).update(
        target_at=timezone.now() + timedelta(minutes=2)
    )
    hand_to_people([make_report(provider="northpost")])
    answer = tab.ask().text
    assert f'data-of="{ticket.number}"' in answer
    assert '<div data-cell="unserved">2</div>' in answer
    assert "press" not in answer


def test_an_offer_that_somebody_took_is_news(ana: Person, leo: Person) -> None:
    offered = make_ticket()
    tab = Tab(ana.browser, "/")
    assert "press" not in tab.ask().text
    tickets.take(offered.number, leo.actor)
    assert "1 changed – press" in tab.ask().text


def test_a_more_urgent_ticket_than_the_offered_one_is_news(ana: Person) -> None:
    make_ticket()
    tab = Tab(ana.browser, "/")
    tab.ask()
    make_ticket()
    assert tab.ask().status_code == 304  # it comes behind
    urgent = make_ticket()
    Ticket.objects.filter(pk=urgent.pk).update(tier_computed="S1")
    assert "1 changed – press" in tab.ask().text


def test_whoever_is_offered_nothing_hears_of_the_first_ticket(ana: Person) -> None:
    tab = Tab(ana.browser, "/")
    tab.ask()
    make_ticket()
    assert "1 changed – press" in tab.ask().text


def test_being_called_is_news(ana: Person, leo: Person) -> None:
    ticket = make_ticket(assignee=leo.user)
    tab = Tab(ana.browser, "/")
    tab.ask()
    said = {"kind": NoteKind.OBSERVATION, "body": "Look, @ana."}
    tickets.note(ticket.number, leo.actor, **said)
    assert "1 changed – press" in tab.ask().text


def test_eve_learns_nothing_of_tickets_that_she_names(eve: Person, leo: Person) -> None:
    ticket = make_ticket(assignee=leo.user)
    shown = {"shown": f"{ticket.number}.0.abc", "offered": ticket.number}
    answer = eve.browser.get("/live/day/", shown).text
    invented = eve.browser.get(
        "/live/day/", {"shown": "99999999.0.abc", "offered": "99999999"}
    ).text
    assert "Leo" not in answer
    answer, invented = WRITTEN.sub("", answer), WRITTEN.sub("", invented)
    assert answer.replace(str(ticket.number), "99999999") == invented


def test_a_question_of_my_day_costs_the_same_for_one_ticket_and_for_many(
    ana: Person,
) -> None:
    make_ticket()
    make_ticket(assignee=ana.user)
    few = costs(Tab(ana.browser, "/"))
    for _ in range(9):
        make_ticket(assignee=ana.user)
    assert costs(Tab(ana.browser, "/")) == few <= 12


# --- queues ---------------------------------------------------------------------------


def test_counts_of_a_queue_change_in_their_place(ana: Person, general: Queue) -> None:
    tab = Tab(ana.browser, "/queues/")
    tab.ask()
    make_ticket()
    answer = tab.ask().text
    assert f'data-of="{general.pk}"' in answer
    assert '<div data-cell="live">1</div>' in answer
    assert '<div data-cell="unassigned"><span>1</span></div>' in answer
    assert "press" not in answer


def test_who_comes_to_the_desk_is_seen_in_their_place(ana: Person, leo: Person) -> None:
    tab = Tab(ana.browser, "/queues/")
    tab.ask()
    Tab(leo.browser, "/").ask()
    answer = tab.ask().text
    assert "Leo – at the desk" in answer
    assert "2 here" in answer
    assert "press" not in answer


def test_a_queue_that_came_and_one_that_went_are_said(
    ana: Person, general: Queue
) -> None:
    tab = Tab(ana.browser, "/queues/")
    far = Queue.objects.create(slug="far", name="Far")
    Membership.objects.filter(person=ana.user).update(queue=far)
    answer = tab.ask().text
    assert "1 new, 1 changed – press" in answer
    assert "You no longer work in this queue." in answer


def test_a_question_of_queues_costs_the_same_for_one_and_for_many(ada: Person) -> None:
    few = costs(Tab(ada.browser, "/queues/"))
    for _ in range(9):
        make(Queue)
    assert costs(Tab(ada.browser, "/queues/")) == few <= 8


# --- bulk resends ---------------------------------------------------------------------


def test_what_a_resend_has_sent_changes_in_its_place(
    leo: Person, general: Queue
) -> None:
    row = resend(leo, general)
    tab = Tab(leo.browser, "/resends/")
    tab.ask()
    ResendOperation.objects.filter(pk=row.pk).update(
        n_delivered=1, frozen_count=F("frozen_count") + 1
    )
    answer = tab.ask().text
    assert f'data-of="{row.number}"' in answer
    assert '<div data-cell="delivered"><span>1</span></div>' in answer
    assert "press" not in answer


def test_a_new_resend_and_one_in_another_state_are_counted(
    leo: Person, general: Queue
) -> None:
    row = resend(leo, general)
    tab = Tab(leo.browser, "/resends/")
    resend(leo, general)
    ResendOperation.objects.filter(pk=row.pk).update(
        state="cancelled", ended_at=timezone.now()
    )
    assert "1 new, 1 changed – press" in tab.ask().text


def test_a_resend_that_slid_to_the_next_page_has_not_left(
    leo: Person, general: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend_items, "PAGE", 1)
    row = resend(leo, general)
    tab = Tab(leo.browser, "/resends/")
    resend(leo, general)
    answer = tab.ask().text
    assert "1 new – press" in answer
    assert f'data-of="{row.number}"' in answer
    assert "left" not in answer


def test_a_question_of_resends_costs_the_same_for_one_and_for_many(
    leo: Person, general: Queue
) -> None:
    resend(leo, general)
    few = costs(Tab(leo.browser, "/resends/"))
    for _ in range(4):
        resend(leo, general)
    assert costs(Tab(leo.browser, "/resends/")) == few <= 8


@pytest.mark.parametrize("url", ["/live/day/", "/live/queues/", "/live/resends/"])
def test_what_cannot_be_read_is_refused(leo: Person, url: str) -> None:
    assert leo.browser.get(f"{url}?shown=x").status_code == 400
