"""Are incidents listed, shown, and changed from their pages?"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.people import Person
from tests.triage.incidents.desk import fail, membership, merge, ticket_of
from tests.work import make_report
from triage.models import (
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    GroupState,
)

pytestmark = pytest.mark.django_db
TABS = ("diagnosis", "messages", "reports", "resends", "timeline")


def path(group: FailureGroup, tail: str = "") -> str:
    return f"/incidents/{group.number}/{tail}"


def test_the_list_shows_whom_each_incident_leaves_unserved(leo: Person) -> None:
    group = fail("northpost", 3)
    text = leo.browser.get("/incidents/").text
    assert path(group) in text
    assert f"#{ticket_of(group).number}" in text
    assert "provider northpost" in text
    assert "3 reports in 6 h, 3 in the last hour" in text


def test_the_list_leaves_out_what_is_merged_or_not_mine(
    leo: Person, eve: Person
) -> None:
    here, there = fail("here"), fail("there")
    merge(here, there, leo)
    text = leo.browser.get("/incidents/?show=all").text
    assert path(here) not in text
    assert path(there) in text
    assert eve.browser.get(path(there)).status_code in (403, 404)


def test_the_list_goes_on_by_pages(leo: Person) -> None:
    groups = [fail(f"p{n}") for n in range(3)]
    FailureGroup.objects.bulk_create(
        FailureGroup(
            digest=f"more-{n}",
            fingerprint=[],
            category=groups[0].category,
            channel="email",
            first_seen=groups[0].first_seen,
            last_seen=groups[0].last_seen,
            reports=1,
            recipients=1,
            unserved=1,
        )
        for n in range(60)
    )
    for group in FailureGroup.objects.filter(digest__startswith="more-"):
        ticket = ticket_of(groups[0])
        ticket.pk, ticket.public_id, ticket.group = None, group.digest, group
        ticket.number = 10_000 + group.pk
        ticket._state.adding = True
        ticket.save()
    page = leo.browser.get("/incidents/")
    after = leo.browser.get(page.context["page"].next_url)
    first = [row["number"] for row in page.context["page"].rows]
    second = [row["number"] for row in after.context["page"].rows]
    assert len(first) == 50
    assert len(second) == 13
    assert max(second) < min(first)
    assert leo.browser.get("/incidents/?cursor=made-up").status_code == 404


def test_more_incidents_take_no_more_queries(leo: Person) -> None:
    fail("one")
    leo.browser.get("/incidents/")
    with CaptureQueriesContext(connection) as few:
        leo.browser.get("/incidents/")
    for name in ("two", "three", "four"):
        fail(name)
    with CaptureQueriesContext(connection) as many:
        leo.browser.get("/incidents/")
    assert len(many) == len(few)


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens_full_and_takes_few_queries(leo: Person, tab: str) -> None:
    group = fail("northpost", 5)
    leo.browser.get(path(group, f"?tab={tab}"))
    with CaptureQueriesContext(connection) as seen:
        answer = leo.browser.get(path(group, f"?tab={tab}"))
    assert answer.status_code == 200
    assert len(seen) <= 32


def test_a_tab_that_is_not_there_is_a_bad_request(leo: Person) -> None:
    group = fail("northpost")
    assert leo.browser.get(path(group, "?tab=nope")).status_code == 400
    assert leo.browser.get("/incidents/?show=nope").status_code == 400


def test_somebody_takes_note(ana: Person) -> None:
    group = fail("northpost")
    ana.browser.post(path(group, "acknowledgement/"))
    group.refresh_from_db()
    assert group.state == GroupState.ACTIVE


def test_a_mute_is_shown_and_ended(leo: Person) -> None:
    group = fail("northpost")
    text = leo.browser.post(path(group, "mute/"), {"until": "4h"}, follow=True).text
    assert "End the mute" in text
    leo.browser.post(path(group, "mute/end/"))
    group.refresh_from_db()
    assert group.muted_at is None
    assert leo.browser.post(path(group, "mute/"), {"until": "ever"}).status_code == 400


def test_a_merge_is_foreseen_then_done_then_undone(leo: Person) -> None:
    here, there = fail("here", 3), fail("there")
    before = membership()
    foreseen = leo.browser.get(path(here, f"merge/?into={there.number}"))
    assert foreseen.context["preview"]["reports"] == 3
    assert membership() == before

    leo.browser.post(path(here, "merge/"), {"into": there.number})
    alias = GroupAlias.objects.get()
    assert f"Merged into incident {there.number}" in leo.browser.get(path(here)).text

    leo.browser.post(path(there, "merge/undo/"), {"merge": alias.pk})
    assert membership() == before


@pytest.mark.parametrize("into", ["", "nobody", "0", "9" * 30, "²"])
def test_a_number_that_is_none_is_told_by_the_field(leo: Person, into: str) -> None:
    here = fail("here")
    answer = leo.browser.post(path(here, "merge/"), {"into": into})
    assert answer.status_code == 400
    assert answer.context["form"].errors["into"]
    number = ticket_of(here).number
    answer = leo.browser.post(f"/tickets/{number}/merge/", {"into": into})
    assert answer.status_code == 400


def test_z_takes_a_merge_back(leo: Person) -> None:
    here, there = fail("here"), fail("there")
    before = membership()
    leo.browser.post(path(here, "merge/"), {"into": there.number})
    leo.browser.post("/undo/")
    assert membership() == before


def test_the_timeline_of_a_ticket_takes_a_merge_back(leo: Person) -> None:
    here, there = fail("here"), fail("there")
    ticket, before = ticket_of(here), membership()
    leo.browser.post(
        f"/tickets/{ticket.number}/merge/", {"into": f"#{ticket_of(there).number}"}
    )
    event = ticket.events.get(kind=EventKind.MERGED)
    undo = f"/tickets/{ticket.number}/events/{event.seq}/undo/"
    assert undo in leo.browser.get(f"/tickets/{ticket.number}/").text
    leo.browser.post(undo)
    assert membership() == before


def test_chosen_reports_are_foreseen_and_split_off(leo: Person) -> None:
    group = fail("here", 3)
    ids = list(FailureReport.objects.values_list("public_id", flat=True)[:2])
    query = "&".join(f"report={each}" for each in ids)
    foreseen = leo.browser.get(path(group, f"split/?{query}"))
    assert (foreseen.context["people"], foreseen.context["stay"]) == (2, 1)
    leo.browser.post(path(group, "split/"), {"report": ids})
    fresh = FailureGroup.objects.get(split_from=group)
    assert fresh.reports == 2
    leo.browser.post(path(fresh, "split/undo/"))
    assert FailureReport.objects.filter(group=group).count() == 3


def test_a_ticket_splits_by_its_reports(leo: Person) -> None:
    group = fail("here", 3)
    url = f"/tickets/{ticket_of(group).number}/split/"
    report = FailureReport.objects.latest("pk")
    assert report.public_id in leo.browser.get(url).text
    leo.browser.post(url, {"report": [report.public_id]})
    report.refresh_from_db()
    assert report.split_group is not None
    stranger = make_report()
    answer = leo.browser.post(url, {"report": [stranger.public_id]})
    assert answer.status_code == 302
    stranger.refresh_from_db()
    assert stranger.split_group is None
