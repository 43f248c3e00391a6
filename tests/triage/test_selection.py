"""Does a selection hold exactly what was picked, for its owner alone?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone

from tests.people import Person
from tests.rows import make
from tests.work import MAILBOX_FULL, make_ticket
from triage import selection
from triage.models import Queue, Selection, Ticket
from triage.selection import Place
from triage.tickets import Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db

ALL = Place(None, "")


def ids_of(made: Selection) -> list[int]:
    return Selection.objects.get(pk=made.pk).ids


def test_all_that_match_are_the_list_and_nothing_else(
    ana: Person, eve: Person, general: Queue
) -> None:
    wanted = make_ticket(cause=MAILBOX_FULL, assignee=ana.user)
    make_ticket(cause=MAILBOX_FULL)
    make_ticket(assignee=ana.user)
    make_ticket(cause=MAILBOX_FULL, queue=Queue.objects.get(slug="other"))
    place = Place.of(general, QueryDict("family=recipient&assignee=me&cursor=x"))
    made = selection.select_all(ana.actor, place)
    assert (ids_of(made), made.count, made.upper_id) == ([wanted.pk], 1, wanted.pk)
    assert (made.query, made.queue) == ("assignee=me&family=recipient", general)


def test_what_comes_in_later_is_never_part_of_it(ana: Person) -> None:
    first = make_ticket()
    made = selection.select_all(ana.actor, ALL)
    make_ticket()
    assert ids_of(made) == [first.pk]
    assert selection.find(made.token, ana.actor).count == 1


def test_no_tickets_are_an_empty_selection(ana: Person) -> None:
    made = selection.select_all(ana.actor, ALL)
    assert (ids_of(made), made.count, made.upper_id) == ([], 0, 0)


def test_too_many_are_refused_whole(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MOST", 1)
    make_ticket()
    assert selection.select_all(ana.actor, ALL).count == 1
    make_ticket()
    with pytest.raises(Invalid, match="Narrow the filters"):
        selection.select_all(ana.actor, ALL)
    tickets = Ticket.objects.values_list("number", flat=True)
    with pytest.raises(Invalid, match="at most 1"):
        selection.tick(ana.actor, ALL, token="", shown=[], ticked=tickets)
    assert Selection.objects.count() == 1


def test_a_filter_that_does_not_exist_is_refused(ana: Person) -> None:
    with pytest.raises(Invalid, match="does not exist"):
        selection.select_all(ana.actor, Place(None, "tier=S9"))


def test_filters_too_long_to_keep_are_refused() -> None:
    with pytest.raises(Invalid, match="too long"):
        Place.of(None, QueryDict(f"assignee={'x' * 3000}"))


def test_ticks_of_a_page_are_added_and_taken_away(ana: Person) -> None:
    first, second, third = (make_ticket() for _ in range(3))
    made = selection.tick(
        ana.actor, ALL, token="", shown=[], ticked=[first.number, third.number]
    )
    assert ids_of(made) == [first.pk, third.pk]
    again = selection.tick(
        ana.actor,
        ALL,
        token=made.token,
        shown=[first.number, second.number],
        ticked=[second.number],
    )
    assert again.token == made.token
    assert ids_of(made) == [second.pk, third.pk]  # the third was on another page


def test_what_one_does_not_see_cannot_be_ticked(ana: Person, eve: Person) -> None:
    hidden = make_ticket(queue=Queue.objects.get(slug="other"))
    made = selection.tick(
        ana.actor, ALL, token="", shown=[], ticked=[hidden.number, 10**9]
    )
    assert ids_of(made) == []


def test_nobody_else_sees_it_and_it_ends(ana: Person, leo: Person) -> None:
    made = selection.select_all(ana.actor, ALL)
    for reach in (
        lambda: selection.find(made.token, leo.actor),
        lambda: selection.without(made.token, leo.actor, []),
    ):
        with pytest.raises(NotFound):
            reach()
    past = timezone.now() - timedelta(hours=25)
    Selection.objects.filter(pk=made.pk).update(
        made_at=past, expires_at=past + timedelta(hours=24)
    )
    with pytest.raises(NotFound):
        selection.find(made.token, ana.actor)


def test_an_auditor_selects_nothing(aud: Person) -> None:
    with pytest.raises(Forbidden):
        selection.select_all(aud.actor, ALL)


def test_rows_of_a_page_know_whether_they_are_selected(ana: Person) -> None:
    first, second = make_ticket(), make_ticket()
    made = selection.tick(ana.actor, ALL, token="", shown=[], ticked=[second.number])
    assert selection.picked_of(made, [first.pk, second.pk]) == {second.pk}


def test_it_names_what_left_the_list(ana: Person, leo: Person) -> None:
    stays, taken, moved = make_ticket(), make_ticket(), make_ticket()
    made = selection.select_all(ana.actor, Place(None, "assignee=nobody"))
    Ticket.objects.filter(pk=taken.pk).update(assignee=leo.user)
    Ticket.objects.filter(pk=moved.pk).update(queue=make(Queue))
    found = selection.left(made, ana.actor)
    assert (found.count, found.out_of_sight) == (2, 1)
    assert found.rows == [taken]
    assert ids_of(made) == sorted([stays.pk, taken.pk, moved.pk])


def test_a_selection_whose_filter_is_gone_still_holds_its_rows(ana: Person) -> None:
    make_ticket()
    made = selection.select_all(ana.actor, ALL)
    Selection.objects.filter(pk=made.pk).update(query="tier=S9")
    found = selection.find(made.token, ana.actor)
    assert (found.count, selection.left(found, ana.actor).count) == (1, 0)


def test_the_sweeper_deletes_what_is_old_and_not_needed(ana: Person) -> None:
    old, needed, fresh = (selection.select_all(ana.actor, ALL) for _ in range(3))
    past = timezone.now() - timedelta(hours=25)
    Selection.objects.exclude(pk=fresh.pk).update(
        made_at=past, expires_at=past + timedelta(hours=24)
    )
    needed.actions.create(
        action="assign",
        expected=0,
        requested_by=User.objects.get(pk=ana.user.pk),
    )
    assert Selection.objects.sweep() == 1
    assert set(Selection.objects.values_list("pk", flat=True)) == {needed.pk, fresh.pk}
    assert old.pk not in Selection.objects.values_list("pk", flat=True)
