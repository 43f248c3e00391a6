"""What would a decision do to each ticket of a selection, counted exactly?

Tickets that agree in the columns an act looks at fare the same, so a selection of any
size is judged by a handful of kinds, with the same functions that judge one ticket.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Func, Q, QuerySet

from deliveries.actor import Actor
from triage.models import UNSOLVED, Reason, Selection, Ticket
from triage.models.ticket import TicketQuerySet
from triage.tickets.acts import Act, MoveTo

COMMON = ("state", "queue_id", "assignee_id")
NAMED = 10  # of the tickets that are not permitted


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would become of a selection. The parts add up to ``count``."""

    count: int
    will: int
    skipped: Counter[Reason] = field(default_factory=Counter)
    forbidden: Counter[Reason] = field(default_factory=Counter)
    forbidden_numbers: tuple[int, ...] = ()

    @property
    def forbids(self) -> int:
        """How many are not the actor's to change; one is enough to refuse all."""
        return self.forbidden.total()


def ids_of(selection: Selection) -> QuerySet[Any, Any]:
    """The ids of a selection, for a query that never leaves the database."""
    each = Func(F("ids"), function="unnest", set_returning=True)
    rows = Selection.objects.filter(pk=selection.pk)
    return rows.annotate(each=each).values("each")


def selected(selection: Selection, actor: Actor) -> TicketQuerySet:
    """The tickets of a selection that are in the actor's scope now."""
    return Ticket.objects.visible_to(actor).filter(pk__in=ids_of(selection))


def forecast(selection: Selection, count: int, actor: Actor, act: Act) -> Forecast:
    """Count what the act would change, leave alone and not be allowed.

    ``count`` is the size of the selection; rows that left the scope are among it.
    """
    act = act.prepared(actor, selected(selection, actor))
    skipped: Counter[Reason] = Counter()
    forbidden: Counter[Reason] = Counter()
    will = seen = 0
    refused = Q(pk__in=[])
    for condition, ticket, number in _kinds(selection, actor, act):
        seen += number
        if reason := act.refused(actor, ticket):
            forbidden[reason] += number
            refused |= condition
        elif reason := act.skipped(ticket):
            skipped[reason] += number
        else:
            will += number
    taken = _taken(selection, actor, act) if not forbidden else 0
    found = Counter({Reason.LEFT: count - seen, Reason.TAKEN: taken})
    numbers = selected(selection, actor).filter(refused) if forbidden else None
    return Forecast(
        count,
        will - taken,
        +(skipped + found),
        forbidden,
        tuple(numbers.order_by("number").values_list("number", flat=True)[:NAMED])
        if numbers is not None
        else (),
    )


def forbidden_ids(selection: Selection, actor: Actor, act: Act) -> list[int]:
    """Return the ids of the tickets that are not the actor's to change."""
    act = act.prepared(actor, selected(selection, actor))
    refused = Q(pk__in=[])
    for condition, ticket, _number in _kinds(selection, actor, act):
        if act.refused(actor, ticket):
            refused |= condition
    rows = selected(selection, actor).filter(refused)
    return list(rows.values_list("pk", flat=True))


def _kinds(
    selection: Selection, actor: Actor, act: Act
) -> Iterator[tuple[Q, Ticket, int]]:
    """Yield each kind of ticket: how to find it, one such ticket, how many."""
    names = (*COMMON, *act.looks_at)
    rows = selected(selection, actor).order_by().values(*names)
    for row in rows.annotate(n=Count("pk")):
        number = row.pop("n")
        found = {
            name if value is not None else f"{name}__isnull": (
                value if value is not None else True
            )
            for name, value in row.items()
        }
        yield Q(**found), Ticket(**row), number


def _taken(selection: Selection, actor: Actor, act: Act) -> int:
    """Count those that find a live ticket of their incident where they would go."""
    if not isinstance(act, MoveTo):
        return 0
    there = Ticket.objects.live().filter(queue=act.queue).values("group")
    moving = (
        selected(selection, actor).filter(state__in=UNSOLVED).exclude(queue=act.queue)
    )
    # Of several that would meet in the new queue, one gets in.
    free = moving.exclude(group__in=there)
    met = free.aggregate(n=Count("pk"), groups=Count("group", distinct=True))
    return moving.filter(group__in=there).count() + int(met["n"] - met["groups"])
