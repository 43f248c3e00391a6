"""Do the tabs of a large incident go on by pages, each row once, at one price?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import Message
from tests.factories import make_source
from tests.people import Person
from tests.triage.incidents.desk import fail, ticket_of
from triage.models import EventKind, FailureGroup, FailureReport, TicketEvent

pytestmark = pytest.mark.django_db

MANY = 1_000
TABS = {"messages": "name", "reports": "reference", "timeline": "at"}


@pytest.fixture
def large() -> FailureGroup:
    """An incident of a thousand messages, reports and events."""
    group = fail("northpost")
    ticket, source = ticket_of(group), make_source()
    sample = FailureReport.objects.get(group=group)
    messages = Message.objects.bulk_create(
        Message(
            source=source,
            external_id=f"m-{n}",
            channel="email",
            purpose="transactional",
            state="failed",
            needed_level=3,
        )
        for n in range(MANY)
    )
    FailureReport.objects.bulk_create(
        FailureReport(
            source=source,
            origin=sample.origin,
            message=message,
            reporter_pseudonym=f"person-{message.pk}",
            channel="email",
            purpose="transactional",
            symptom=sample.symptom,
            provider="northpost",
            state="ticketed",
            ticket=ticket,
            category=sample.category,
            group=group,
            fingerprint=group.digest,
            occurred_at=timezone.now(),
            received_at=timezone.now(),
        )
        for message in messages
    )
    TicketEvent.objects.bulk_create(
        TicketEvent(
            ticket=ticket,
            seq=ticket.last_seq + 1 + n,
            kind=EventKind.JOINED,
            actor_kind="machine",
            change={"reports": 1},
        )
        for n in range(MANY)
    )
    return group


def pages(who: Person, url: str) -> Iterator[tuple[list[object], int]]:
    """Follow the pages of a tab; yields the rows of each and what it cost."""
    while url:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = who.browser.get(url)
        assert answer.status_code == 200
        page = answer.context["page"]
        yield page.rows, len(asked)
        url = page.next_url


@pytest.mark.parametrize("tab", TABS)
def test_a_thousand_rows_are_walked_once_each_and_no_page_costs_more(
    leo: Person, large: FailureGroup, tab: str
) -> None:
    found = list(pages(leo, f"/incidents/{large.number}/?tab={tab}"))
    sizes = [len(rows) for rows, _cost in found]
    rows = [row for page, _cost in found for row in page]
    assert max(sizes) == 50
    assert len(rows) >= MANY
    if tab != "timeline":
        named = [row[TABS[tab]] for row in rows]  # type: ignore[index]
        assert len(set(named)) == len(named)
    costs = {cost for _rows, cost in found}
    assert max(costs) - min(costs) <= 1  # the last ends without a next one
    assert max(costs) <= 22


@pytest.mark.parametrize("tab", TABS)
def test_a_page_leads_back_to_the_one_before(
    leo: Person, large: FailureGroup, tab: str
) -> None:
    first = leo.browser.get(f"/incidents/{large.number}/?tab={tab}").context["page"]
    second = leo.browser.get(first.next_url).context["page"]
    back = leo.browser.get(second.previous_url).context["page"]
    assert back.rows == first.rows
    assert urlsplit(first.next_url).path == f"/incidents/{large.number}/"


def test_a_cursor_of_another_tab_is_no_cursor(leo: Person, large: FailureGroup) -> None:
    page = leo.browser.get(f"/incidents/{large.number}/?tab=reports").context["page"]
    strange = page.next_url.replace("tab=reports", "tab=messages")
    assert leo.browser.get(strange).status_code == 404
