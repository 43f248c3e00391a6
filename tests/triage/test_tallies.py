"""Is a large desk counted once for everybody, rightly, and never too long ago?"""

from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import ChannelKind
from tests.people import Person
from tests.work import MAILBOX_FULL, make_ticket
from triage import counts, tallies
from triage.models import Queue, Ticket

pytestmark = pytest.mark.django_db

NOON = "2026-03-01T12:00:00Z"


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A desk that counts as large from its first ticket, and is known to be."""
    for module in (counts, tallies):
        monkeypatch.setattr(module, "LARGE", 0)
    caches["figures"].clear()
    caches["figures"].set(counts.SEEN_LARGE, True, 600)
    tallies.forget()
    yield
    caches["figures"].clear()
    tallies.forget()


def seen(person: Person, queue: Queue | None = None) -> counts.Counts:
    return counts.of_list(counts.scope_of(person.actor, queue))


def test_every_reader_is_told_of_their_queues_alone(
    ana: Person, eve: Person, mia: Person, aud: Person, general: Queue
) -> None:
    make_ticket(cause="config.billing")
    make_ticket(cause=MAILBOX_FULL, assignee=ana.user)
    make_ticket(channel=ChannelKind.SMS, queue=Queue.objects.get(slug="other"))
    Ticket.objects.filter(family="config").update(tier_computed="S1")
    counted = [seen(ana), seen(ana, general), seen(eve), seen(aud), seen(mia)]
    by_queue = [counts.by_queue(each.actor) for each in (ana, eve, aud)]
    tallies.take(timezone.now())
    caches["figures"].clear()
    caches["figures"].set(counts.SEEN_LARGE, True, 600)
    for before, now in zip(
        counted,
        [seen(ana), seen(ana, general), seen(eve), seen(aud), seen(mia)],
        strict=True,
    ):
        assert sorted(before.lines) == sorted(now.lines)
        assert {**before.by} == {**now.by}
        assert (before.live, before.unsolved) == (now.live, now.unsolved)
        assert (before.unassigned, before.urgent) == (now.unassigned, now.urgent)
        assert before.at_risk == now.at_risk
    told = [counts.by_queue(each.actor) for each in (ana, eve, aud)]
    assert by_queue == told
    assert seen(aud).live == 3


def test_pages_ask_for_no_count_where_one_was_taken(ana: Person) -> None:
    make_ticket()
    tallies.take(timezone.now())
    ana.browser.get("/tickets/")
    with CaptureQueriesContext(connection) as asked:
        ana.browser.get("/tickets/")
    statements = [each["sql"] for each in asked]
    assert statements
    assert not [each for each in statements if 'AS "free"' in each]
    assert not [each for each in statements if "COUNT(DISTINCT" in each]


def test_figures_are_taken_anew_and_read_anew(ana: Person) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        make_ticket()
        tallies.take(timezone.now())
        assert seen(ana).live == 1
        make_ticket()
        clock.shift(tallies.RENEWED_S + 1)
        tallies.take(timezone.now())
        assert seen(ana).live == 2


def test_figures_that_are_too_old_are_not_told(ana: Person) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        make_ticket()
        tallies.take(timezone.now())
        assert seen(ana).live == 1
        make_ticket()
        clock.shift(tallies.KEPT_S + 1)  # and nobody has counted since
        assert seen(ana).live == 2


def test_a_small_desk_is_not_counted_ahead(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "LARGE", 2)
    make_ticket()
    tallies.take(timezone.now())
    assert tallies.latest() is None
    assert seen(ana).live == 1


def test_counts_that_were_late_are_taken_once(ana: Person) -> None:
    make_ticket()
    now = timezone.now()
    tallies.take(now)
    with CaptureQueriesContext(connection) as asked:
        tallies.take(now)
    assert len(asked) == 1


def test_an_editor_is_counted_what_was_resolved_elsewhere(
    ana: Person, mia: Person
) -> None:
    make_ticket()
    tallies.take(timezone.now())
    assert not counts.scope_of(mia.actor).whole
    assert seen(mia).live == 0
