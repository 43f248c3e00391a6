"""Does a list keep what was picked, through pages, filters and a reload?"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.people import Person
from tests.work import make_ticket
from triage.models import Queue, Selection, Ticket
from triage.web import paging

pytestmark = pytest.mark.django_db

GENERAL = "/queues/general/"


def pick(person: Person, *tickets: Ticket, **said: Any) -> Any:
    data = {"queue": "general", "ticket": [each.number for each in tickets], **said}
    return person.browser.post("/selections/", data)


def token() -> str:
    return Selection.objects.latest("pk").token


def test_ticked_rows_are_kept_and_shown_after_a_reload(ana: Person) -> None:
    first, second = make_ticket(), make_ticket()
    answer = pick(ana, first, query="state=new&cursor=x")
    assert answer.url == f"{GENERAL}?state=new&selection={token()}"
    page = ana.browser.get(answer.url)
    assert page.context["picked"] == {first.number}
    assert "1 selected" in page.text
    assert page.text.count("data-pick></label>") == 2
    assert second.number not in page.context["picked"]


def test_all_that_match_are_selected_and_counted_exactly(ana: Person) -> None:
    for _ in range(3):
        make_ticket()
    answer = pick(ana, act=["page", "all"])
    page = ana.browser.get(answer.url)
    assert (page.context["bar"].count, "3 selected" in page.text) == (3, True)
    make_ticket()
    assert ana.browser.get(answer.url).context["bar"].count == 3


def test_a_selection_goes_along_to_other_pages_tabs_and_filters(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 1)
    make_ticket()
    picked = make_ticket()
    page = ana.browser.get(pick(ana, picked).url)
    kept = f"selection={token()}"
    assert kept in page.context["page"].next_url
    assert all(kept in tab.url for tab in page.context["tabs"])
    assert page.context["tabs"][0].current
    assert page.context["kept_filters"]["selection"] == token()
    behind = ana.browser.get(page.context["page"].next_url)
    assert (behind.context["bar"].count, behind.context["picked"]) == (1, set())


def test_nothing_is_selected_on_wish(ana: Person) -> None:
    pick(ana, make_ticket())
    answer = pick(ana, selection=token(), act=["page", "none"])
    assert answer.url == GENERAL


def test_a_selection_of_somebody_else_is_not_shown(ana: Person, leo: Person) -> None:
    pick(ana, make_ticket())
    page = leo.browser.get(f"{GENERAL}?selection={token()}")
    assert page.context["bar"].lost
    assert "over, or not yours" in page.text
    assert pick(leo, selection=token()).status_code == 404
    assert leo.browser.get(f"/selections/{token()}/assign/").status_code == 404


def test_a_tick_swaps_the_bar_and_the_address_alone(ana: Person) -> None:
    ticket = make_ticket()
    answer = ana.browser.post(
        "/selections/",
        {"queue": "general", "ticket": [ticket.number]},
        headers={
            "HX-Request": "true",
            "HX-Current-URL": f"http://testserver{GENERAL}?tier=S4",
        },
    )
    assert answer.headers["HX-Replace-Url"] == f"{GENERAL}?tier=S4&selection={token()}"
    assert 'data-announce="1 selected"' in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("numbers", [["x"], ["1" * 30], ["-1"], ["1"] * 600])
def test_what_is_no_ticket_is_refused(ana: Person, numbers: list[str]) -> None:
    answer = ana.browser.post("/selections/", {"ticket": numbers})
    assert answer.url == "/tickets/"  # type: ignore[attr-defined]
    assert not Selection.objects.exists()


def test_a_queue_of_others_or_a_filter_that_is_none_is_not_there(
    ana: Person, eve: Person
) -> None:
    assert pick(ana, queue="other").status_code == 404
    assert pick(ana, query="tier=S9", act="all").url.startswith(GENERAL)
    assert pick(ana, query="assignee=" + "x" * 3000).status_code == 404
    assert not Selection.objects.exists()


def test_who_may_not_select_sees_no_boxes(aud: Person) -> None:
    make_ticket()
    page = aud.browser.get(GENERAL)
    assert page.context["bar"] is None
    assert "data-pick" not in page.text


def test_the_bar_names_what_left_the_list(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    url = pick(ana, ticket, query="assignee=nobody").url
    Ticket.objects.filter(pk=ticket.pk).update(assignee=leo.user, state="open")
    assert f"no longer in this list: #{ticket.number} Open" in ana.browser.get(url).text
    Ticket.objects.filter(pk=ticket.pk).update(queue=Queue.objects.create(slug="far"))
    assert "1 left your queues" in ana.browser.get(url).text


def test_a_selection_costs_the_same_for_one_row_and_for_fifty(ana: Person) -> None:
    costs = []
    for more in (1, 49):
        for _ in range(more):
            make_ticket()
        url = pick(ana, act="all").url
        with CaptureQueriesContext(connection) as captured:
            assert ana.browser.get(url).status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1]
