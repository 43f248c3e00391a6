"""Are the figures of a desk right, and soon right on a large one?"""

from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.models import ChannelKind
from tests.people import Person
from tests.work import MAILBOX_FULL, make_ticket
from triage import counts
from triage.models import Queue, Ticket
from triage.templatetags.desk import capped

pytestmark = pytest.mark.django_db

OTHERS = """
SELECT indexrelid::regclass::text FROM pg_index
WHERE indrelid = 'triage_ticket'::regclass
    AND indexrelid <> 'ticket_live_assigned'::regclass
    AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)
"""


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A desk that counts as large from its first ticket."""
    monkeypatch.setattr(counts, "LARGE", 0)
    caches["figures"].clear()
    yield
    caches["figures"].clear()


def live(person: Person, queue: Queue | None = None) -> int:
    return counts.of(counts.scope_of(person.actor, queue)).live


def test_a_small_desk_is_counted_each_time(ana: Person) -> None:
    make_ticket()
    assert live(ana) == 1
    make_ticket()
    assert live(ana) == 2


@pytest.mark.usefixtures("large")
def test_a_large_desk_is_counted_every_half_minute(ana: Person) -> None:
    make_ticket()
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        assert live(ana) == 1
        make_ticket()
        assert live(ana) == 1
        clock.shift(counts.KEPT_S + 1)
        assert live(ana) == 2


@pytest.mark.usefixtures("large")
def test_nobody_is_shown_the_figures_of_others(
    ana: Person, eve: Person, aud: Person, mia: Person, general: Queue
) -> None:
    make_ticket()
    assert live(ana) == 1
    assert live(ana, general) == 1
    assert live(eve) == 0
    assert live(mia) == 0
    assert live(aud) == 1
    assert set(counts.by_queue(eve.actor)) == set()
    assert counts.by_queue(ana.actor)[general.pk].live == 1


def test_every_figure_is_of_what_it_says(ana: Person, leo: Person) -> None:
    make_ticket(cause="config.billing")
    make_ticket(cause=MAILBOX_FULL, assignee=leo.user)
    make_ticket(channel=ChannelKind.SMS)
    Ticket.objects.filter(family="config").update(tier_computed="S1")
    counted = counts.of(counts.scope_of(ana.actor))
    assert (counted.live, counted.unsolved, counted.unassigned) == (3, 3, 2)
    assert (counted.urgent, counted.solved) == (1, 0)
    assert counted.by["channel"] == {"email": 2, "sms": 1}
    assert counted.by["family"] == {"config": 1, "recipient": 1, "server": 1}
    assert counted.by["state"] == {"new": 2, "open": 1}


def test_a_count_ends_at_its_cap(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "CAP", 2)
    for _ in range(4):
        make_ticket()
    assert counts.capped(Ticket.objects.all()) == 3


def test_a_list_asks_as_often_for_a_large_desk(ana: Person) -> None:
    make_ticket()
    with CaptureQueriesContext(connection) as few:
        ana.browser.get("/tickets/?channel=email")
    for _ in range(6):
        make_ticket(assignee=ana.user)
    with CaptureQueriesContext(connection) as many:
        ana.browser.get("/tickets/?channel=email")
    assert len(few) == len(many)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (9_999, "9,999"), (10_000, "10,000"), (10_001, "10,000+")],
)
def test_a_count_is_written_up_to_ten_thousand(count: int, shown: str) -> None:
    assert capped(count) == shown


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 4),
        ({"channel": ["sms"]}, 1),
        ({"channel": ["email", "sms"], "state": ["new"]}, 3),
        ({"family": ["config"], "channel": ["sms"]}, 0),
        ({"assignee": ["nobody"]}, 3),
        ({"assignee": ["nobody"], "tier": ["S1"]}, 1),
        ({"assignee": ["me"]}, None),
        ({"state": ["new", "verified"]}, None),
        ({"clock": ["soon"]}, None),
    ],
)
def test_what_is_known_of_facets_is_not_counted_again(
    ana: Person, leo: Person, asked: dict[str, list[str]], count: int | None
) -> None:
    caches["figures"].clear()
    make_ticket(cause="config.billing")
    make_ticket(cause=MAILBOX_FULL, assignee=leo.user)
    make_ticket(cause="config.credentials")
    make_ticket(channel=ChannelKind.SMS)
    billing = Ticket.objects.filter(group__category__slug="config.billing")
    billing.update(tier_computed="S1")
    assert counts.of(counts.scope_of(ana.actor)).among(asked) == count


def test_what_one_holds_is_counted_by_an_index(ana: Person, leo: Person) -> None:
    caches["figures"].clear()
    make_ticket(assignee=ana.user)
    make_ticket(assignee=leo.user)
    scope = counts.scope_of(ana.actor)
    with CaptureQueriesContext(connection) as asked:
        assert counts.held(scope, ana.user.pk) == 1
    with connection.cursor() as cursor:
        # In so small a table any index is as good as another.
        cursor.execute(OTHERS)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {asked[-1]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using ticket_live_assigned" in plan
