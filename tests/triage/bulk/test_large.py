"""Does a large selection stay exact while tickets come in behind it?"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.crowd import make_crowd
from tests.people import Person
from tests.triage.bulk.deeds import ask, counts, decided, undo, work
from tests.work import make_ticket
from triage import selection, tickets
from triage.models import Queue, Selection, Ticket, TicketEvent
from triage.selection import Place
from triage.tickets import acts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# So many for every day; SELECTION_ROWS=100000 is as many as a selection can hold.
MANY = int(os.environ.get("SELECTION_ROWS", "10000"))


@contextmanager
def tickets_coming_in(queue: Queue) -> Iterator[None]:
    """Open tickets over another connection, one after the other, all the while."""
    over, begun = threading.Event(), threading.Event()

    def run() -> None:
        try:
            while not over.is_set():
                make_crowd(queue, 1)
                begun.set()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert begun.wait(20)
        yield
    finally:
        over.set()
        thread.join()


def test_exactly_what_was_selected_changes_and_comes_back(
    ana: Person, leo: Person, general: Queue
) -> None:
    make_crowd(general, MANY - 1)
    touched = make_ticket()
    shown = set(Ticket.objects.values_list("pk", flat=True))
    before = decided()
    place = Place(general, "state=new")
    picked = selection.select_all(leo.actor, place)
    assert set(Selection.objects.get().ids) == shown
    with tickets_coming_in(general):
        assert selection.find(picked.token, leo.actor).count == MANY
        action = ask(leo, picked, acts.assign(leo.user.pk), typed=str(MANY))
        tickets.take(touched.number, ana.actor)
        action = work(action)
    assert counts(action) == (MANY - 1, 1, 0)
    assert action.result == [[touched.number, "changed"]]
    given = set(Ticket.objects.filter(assignee=leo.user).values_list("pk", flat=True))
    assert given == shown - {touched.pk}
    late = Ticket.objects.exclude(pk__in=Selection.objects.get().ids)
    assert late.count() > 0
    assert not TicketEvent.objects.filter(ticket__in=late).exists()
    action = undo(leo, action)
    assert (action.undone, action.undo_result) == (MANY - 1, [])
    after = [row for row in decided() if row[0] in shown and row[0] != touched.pk]
    assert after == [row for row in before if row[0] != touched.pk]
