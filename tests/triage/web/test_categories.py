"""Does a lead see where knowledge pays and where it is missing?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledgebase import gaps
from knowledgebase.models import ArticleVersion, WritingTask
from tests.people import Person
from tests.work import MAILBOX_FULL, UNAVAILABLE, category, make_article, make_ticket
from triage import measuring, resolution, suggesting
from triage.models import FailureReport, ReportState, Resolution, Ticket
from triage.resolution import Answer

pytestmark = pytest.mark.django_db

TREE = "/knowledge/categories/"
PAGE = f"{TREE}{MAILBOX_FULL}/"
PROVIDER = "southpost"
NAME = "Mailbox or handset memory full"


def solve(
    by: Person, version: ArticleVersion, *, proven: bool = True, provider: str = ""
) -> Resolution:
    made = make_ticket(cause=MAILBOX_FULL, provider=provider)
    answer = Answer(category(MAILBOX_FULL), article_version=version)
    now = timezone.now()
    row = resolution.resolve(made.number, by.actor, answer, now=now)
    if proven:
        made.reports.update(state=ReportState.VERIFIED)
        locked = Ticket.objects.select_for_update().get(pk=made.pk)
        resolution.settle(locked, now + timedelta(minutes=6))
    Resolution.objects.filter(pk=row.pk).update(due_at=now - timedelta(minutes=1))
    measuring.measure_due(now + timedelta(minutes=7))
    return row


def row_of(person: Person, name: str) -> dict[str, object]:
    families = person.browser.get(TREE).context["families"]
    rows: list[dict[str, object]] = [row for each in families for row in each["rows"]]
    return next(row for row in rows if row["name"] == name)


def test_the_tree_says_how_often_a_cause_comes_and_how_that_changed(
    leo: Person,
) -> None:
    now = timezone.now()
    make_ticket(cause=MAILBOX_FULL, reports=3)
    old = make_ticket(cause=MAILBOX_FULL, reports=2)
    before = now - timedelta(days=40)
    FailureReport.objects.filter(ticket=old).update(received_at=before)
    row = row_of(leo, NAME)
    assert (row["reports"], row["change"], row["is_gap"]) == (3, 50, True)


def test_a_cause_with_a_published_article_is_no_gap(leo: Person) -> None:
    make_ticket(cause=MAILBOX_FULL)
    version = make_article(cause=MAILBOX_FULL, published=True)
    row = row_of(leo, NAME)
    assert (row["articles"], row["is_gap"]) == (1, False)
    assert row["missing"] == ["Simplified Chinese"]
    assert version.translation.article.is_published


def test_the_effect_is_shown_with_its_number_of_cases(ana: Person) -> None:
    version = make_article(cause=MAILBOX_FULL)
    solve(ana, version)
    solve(ana, version)
    solve(ana, version, proven=False)
    for path in (TREE, PAGE):
        page = ana.browser.get(path).text
        assert "applied 3 times" in page
        assert "100 % delivered" in page


def test_what_holds_more_reliably_is_suggested_first(ana: Person) -> None:
    once = make_article("Once", cause=MAILBOX_FULL)
    often = make_article("Often", cause=MAILBOX_FULL)
    newest = make_article("Untried", cause=MAILBOX_FULL)
    solve(ana, once)
    for _ in range(4):
        solve(ana, often)
    ticket = make_ticket(cause=MAILBOX_FULL)
    found = [each.version for each in suggesting.for_ticket(ticket)]
    assert found == [often, once, newest]


def test_what_mended_this_very_failure_goes_before_what_holds_elsewhere(
    ana: Person,
) -> None:
    here, elsewhere = (
        make_article(title, cause=MAILBOX_FULL) for title in ("Here", "Elsewhere")
    )
    for _ in range(5):
        solve(ana, elsewhere)
    solve(ana, here, provider=PROVIDER)
    ticket = make_ticket(cause=MAILBOX_FULL, provider=PROVIDER)
    best = suggesting.for_ticket(ticket)[0]
    assert (best.version, best.helped_here) == (here, 1)
    page = ana.browser.get(f"/tickets/{ticket.number}/").text
    assert "Mended this very failure 1 time" in page


def test_a_known_fix_solves_the_ticket_with_one_press(ana: Person) -> None:
    version = make_article("Ask for room", cause=MAILBOX_FULL)
    ticket = make_ticket(cause=MAILBOX_FULL, assignee=ana.user)
    page = ana.browser.get(f"/tickets/{ticket.number}/")
    assert "Solve with this" in page.text
    [fix] = page.context["articles"]
    press = {
        "version": page.context["ticket"]["version"],
        "category": page.context["cause"],
        "article": fix["id"],
    }
    ana.browser.post(page.context["urls"]["resolution"], press)
    row = Resolution.objects.get(ticket=ticket)
    assert (row.article_version, row.category.slug) == (version, MAILBOX_FULL)  # type: ignore[union-attr]
    assert "Solve with this" not in ana.browser.get(f"/tickets/{ticket.number}/").text


def test_the_ticket_and_the_solve_page_order_alike(ana: Person) -> None:
    titles = ["First", "Second", "Third"]
    versions = [make_article(title, cause=MAILBOX_FULL) for title in titles]
    for version, times in zip(versions, (3, 2, 1), strict=True):
        for _ in range(times):
            solve(ana, version)
    ticket = make_ticket(cause=MAILBOX_FULL)
    for path in ("", "resolution/"):
        response = ana.browser.get(f"/tickets/{ticket.number}/{path}")
        shown = [each["title"] for each in response.context["articles"]]
        assert shown == titles


def test_a_request_for_an_article_is_answered_with_a_reason(ana: Person) -> None:
    gaps.open_tasks({category(MAILBOX_FULL).pk: gaps.ENOUGH}, timezone.now())
    assert "An article is asked for" in ana.browser.get(PAGE).text
    task = WritingTask.objects.get()
    url = f"/knowledge/writing-tasks/{task.pk}/dismissal/"
    empty = ana.browser.post(url, {"reason": " "}, follow=True)
    assert "Say why no article is needed." in empty.text
    done = ana.browser.post(url, {"reason": "Nothing to add"}, follow=True)
    assert "No article is asked for any more." in done.text
    again = ana.browser.post(url, {"reason": "Nothing to add"}, follow=True)
    assert "Somebody has answered this already." in again.text
    task.refresh_from_db()
    assert (task.closed_by, task.reason) == (ana.user, "Nothing to add")


def test_a_cause_that_does_not_exist_has_no_page(ana: Person) -> None:
    assert ana.browser.get(f"{TREE}no.such/").status_code == 404


def test_an_article_shows_what_came_of_all_its_versions(ana: Person) -> None:
    version = make_article(cause=MAILBOX_FULL)
    solve(ana, version)
    solve(ana, version, proven=False)
    slug = version.translation.article.slug
    context = ana.browser.get(f"/knowledge/{slug}/work/").context
    effect = context["effect"]
    assert (effect["applied"], effect["delivered_percent"]) == (2, 100)
    assert effect["median"] == timedelta(minutes=6)
    assert [part["cause"] for part in context["parts"]] == [NAME]


@pytest.mark.parametrize("path", [TREE, PAGE])
def test_the_number_of_queries_does_not_grow(ana: Person, path: str) -> None:
    for cause in (MAILBOX_FULL, UNAVAILABLE):
        make_article(cause=cause)
    ana.browser.get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            ana.browser.get(path)
        counts.append(len(queries))
        for cause in (MAILBOX_FULL, UNAVAILABLE):
            make_ticket(cause=cause)
            make_article(cause=cause)
    assert counts[0] == counts[1] <= 20
