"""How do tests decide something about many tickets? As the page does, by name."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from tests.people import Person
from triage import bulk, selection
from triage.models import BulkAction, Selection, Ticket
from triage.selection import Place
from triage.tickets.acts import Act
from triage.tickets.columns import DECIDED


def select(person: Person, tickets: Iterable[Ticket]) -> Selection:
    """Pick tickets."""
    return selection.of_ids(
        person.actor, [each.pk for each in tickets], Place(None, "")
    )


def ask(person: Person, picked: Selection, act: Act, **said: Any) -> BulkAction:
    """Ask for it; nothing is done yet."""
    said = {"seen_at": timezone.now(), "typed": "", "now": timezone.now(), **said}
    return bulk.start(picked.token, person.actor, act, **said)


def work(action: BulkAction) -> BulkAction:
    """What a worker does with it."""
    bulk.carry_out(action.pk, timezone.now)
    action.refresh_from_db()
    return action


def apply(person: Person, tickets: Iterable[Ticket], act: Act) -> BulkAction:
    """Do it to tickets, to the end."""
    return work(ask(person, select(person, tickets), act))


def undo(person: Person, action: BulkAction) -> BulkAction:
    """Take it back, to the end."""
    return work(bulk.undo(action.pk, person.actor, now=timezone.now()))


def decided() -> list[tuple[Any, ...]]:
    """What people have decided about every ticket."""
    return list(Ticket.objects.order_by("pk").values_list("pk", *DECIDED))


def counts(action: BulkAction) -> tuple[int, int, int]:
    """How many were changed, left alone and failed."""
    return action.applied, action.refused, action.failed
