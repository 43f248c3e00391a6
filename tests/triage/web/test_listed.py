"""Are tickets that are fetched for a list those of the ORM?"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.models import FailureCategory
from tests.people import Person
from tests.work import MAILBOX_FULL, make_ticket
from triage.models import Ticket
from triage.search import KINDS, Kind
from triage.web.paging import LISTED

pytestmark = pytest.mark.django_db


def test_they_come_by_their_numbers_with_all_that_a_row_shows(ana: Person) -> None:
    first, second = make_ticket(assignee=ana.user), make_ticket(cause=MAILBOX_FULL)
    named = FailureCategory.objects.get(slug="config.billing")
    Ticket.objects.filter(pk=second.pk).update(category_override=named)
    own = Ticket.objects.with_everything_for_list().order_by("number")
    rows = LISTED.fetch([second.number, first.number])
    with CaptureQueriesContext(connection) as asked:
        for row in rows:
            assert all((row.group.category, row.queue, row.cause))
        assert rows[0].assignee == ana.user
        assert rows[1].cause == named
    assert not asked
    for row, other in zip(rows, own, strict=True):
        mine, theirs = vars(row).copy(), vars(other).copy()
        for each in (mine, theirs):
            each.pop("_state")
            each.pop("_prefetched_objects_cache", None)
        assert mine == theirs


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_that_is_found_can_be_fetched(kind: Kind) -> None:
    assert kind.fetched.fetch([]) == []
    assert kind.fetched.fetch([1, 2, 3]) == []
