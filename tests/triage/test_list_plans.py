"""Is each page of a list of tickets a range of an index, however many there are?"""

import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from deliveries.request import as_known
from tests.people import Person
from triage.filters import TicketFilter
from triage.models import LIVE, Ticket

pytestmark = pytest.mark.django_db

# A table of a test is so small that sorting it all is cheapest.
LARGE = """
SELECT set_config('enable_seqscan', 'off', true),
    set_config('enable_sort', 'off', true),
    set_config('enable_bitmapscan', 'off', true)
"""


def plans(person: Person, query: str, place: tuple[str, int] | None) -> list[str]:
    """How the database reads the statements behind one page of a list."""
    request = as_known(RequestFactory().get("/tickets/"))
    request.actor = person.actor
    rows = Ticket.objects.visible_to(person.actor)
    chosen = TicketFilter(QueryDict(query), queryset=rows, request=request)
    assert chosen.is_valid()
    with CaptureQueriesContext(connection) as said:
        chosen.qs.page(51, *place or ())
    found = []
    with connection.cursor() as cursor:
        cursor.execute(LARGE)
        for each in said:
            cursor.execute(f"EXPLAIN {each['sql']}")
            found.append("\n".join(line for (line,) in cursor.fetchall()))
    return found


@pytest.mark.parametrize("place", [None, ("S3", 900)], ids=["first", "deep"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "tier=S1",
        "state=verified",
        "channel=social",
        "family=config",
        "channel=social&family=config&state=open",
        "assignee=nobody&" + "&".join(f"state={state}" for state in LIVE[:-1]),
        "assignee=me",
    ],
)
def test_a_page_of_a_list_is_read_in_the_order_of_an_index(
    ana: Person, query: str, place: tuple[str, int] | None
) -> None:
    for plan in plans(ana, query, place):
        if "One-Time Filter: false" in plan:
            continue  # no other tier was asked for
        assert re.search(r"Index (Only )?Scan (Backward )?using \w*ticket_", plan)
        assert "Seq Scan on triage_ticket" not in plan
        assert "Sort" not in plan.replace("Incremental Sort", "")
