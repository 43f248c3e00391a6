"""Are the figures of a desk right, and soon right on a large one?"""

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.models import ChannelKind
from tests.people import Person
from tests.work import MAILBOX_FULL, make_ticket
from triage import counts
from triage.models import Queue, Ticket
from triage.templatetags.desk import capped

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that counts as large from its first ticket."""
    monkeypatch.setattr(counts, "KEPT_FROM", 0)
    cache.clear()


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
