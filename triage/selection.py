"""Which tickets did a person pick, and how does that outlive paging and refresh?

The server keeps the ids. All that match are taken in one statement, so that what comes
in meanwhile is never among them; ticked rows are added and taken away by number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from deliveries.public_id import new
from triage import access
from triage.filters import TicketFilter
from triage.models import Queue, Selection, Ticket
from triage.models.selection import KEPT, MOST, QUERY_MAX, SelectedModel
from triage.models.ticket import TicketQuerySet
from triage.tickets import Forbidden, Invalid, NotFound

NAMED = 3  # rows that left, named beside the list
COUNTED = 1_000  # rows among which those that left are counted for a list


@dataclass(frozen=True, slots=True)
class Place:
    """The list in which rows are picked: one queue or all, and its query string."""

    queue: Queue | None
    query: str

    @classmethod
    def of(cls, queue: Queue | None, said: QueryDict) -> "Place":
        """Keep what narrows the list, in one order; pages and selections are left out.

        Raises :class:`Invalid` for a query that is too long to be kept.
        """
        kept = QueryDict(mutable=True)
        for name in sorted(TicketFilter.base_filters):
            values = sorted({value for value in said.getlist(name) if value})
            if values:
                kept.setlist(name, values)
        query = kept.urlencode()
        if len(query) > QUERY_MAX:
            raise Invalid("query", _("The filters are too long to be kept."))
        return cls(queue, query)


@dataclass(frozen=True, slots=True)
class _Asker:
    """What the filter needs of a request: who asks."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class Left:
    """Selected rows that the list no longer shows; the first few by name."""

    count: int = 0
    rows: list[Ticket] = field(default_factory=list)
    out_of_sight: int = 0


def matching(actor: Actor, place: Place) -> TicketQuerySet:
    """The tickets of a list in the actor's scope.

    Raises :class:`Invalid` for a filter that does not exist.
    """
    scope = Ticket.objects.visible_to(actor)
    if place.queue is not None:
        scope = scope.filter(queue=place.queue)
    chosen = TicketFilter(QueryDict(place.query), queryset=scope, request=_Asker(actor))
    if not chosen.is_valid():
        raise Invalid("query", _("This filter does not exist."))
    found: TicketQuerySet = chosen.qs
    return found


def find(token: str, actor: Actor) -> Selection:
    """Fetch one's own selection with its ``count``, without the ids.

    Raises :class:`NotFound` for another person's, or one whose time is over.
    """
    rows = Selection.objects.visible_to(actor).counted().select_related("queue")
    selection = rows.filter(token=token).first()
    if selection is None:
        raise NotFound
    return selection


def select_all(
    actor: Actor, place: Place, *, action: str = "selection.make"
) -> Selection:
    """Pick all that match now, for an action. Raises :class:`Invalid` for too many."""
    owner = _owner(actor, action)
    rows = matching(actor, place).order_by().values("pk")
    sql, params = rows[: MOST + 1].query.sql_with_params()
    queue = place.queue.pk if place.queue else None
    values = [
        new("sel_"), owner, SelectedModel.TICKET.value, queue, place.query, KEPT,
        *params, MOST,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(rows=sql), values)
        made = cursor.fetchone()
    if made is None:
        raise Invalid(
            "all",
            _("More than %(most)d tickets match. Narrow the filters.") % {"most": MOST},
        )
    return find(values[0], actor)


# The inner query is Django's own text for the list; every value is a parameter.
_INSERT = """
INSERT INTO triage_selection
    (token, owner_id, model, queue_id, query, expires_at, upper_id, ids)
SELECT %s, %s, %s, %s, %s, now() + %s, COALESCE(max(id), 0),
    COALESCE(array_agg(id ORDER BY id), '{{}}')
FROM ({rows}) AS matching(id)
HAVING count(*) <= %s
RETURNING id
"""


def tick(
    actor: Actor,
    place: Place,
    *,
    token: str,
    shown: Iterable[int],
    ticked: Iterable[int],
) -> Selection:
    """Take the ticks of one page over: shown rows that are not ticked leave.

    Both are numbers of tickets; without a token a new selection begins. Raises
    :class:`NotFound` for the token of another person.
    """
    scope = Ticket.objects.visible_to(actor)
    picked = set(ticked)
    on_page = dict(
        scope.filter(number__in={*shown, *picked}).values_list("pk", "number")
    )
    more = {pk for pk, number in on_page.items() if number in picked}
    if not token:
        return of_ids(actor, more, place)
    return _changed(token, actor, more=more, fewer=set(on_page) - more)


def without(token: str, actor: Actor, ids: Iterable[int]) -> Selection:
    """Take rows out of a selection."""
    return _changed(token, actor, more=set(), fewer=set(ids))


def of_ids(actor: Actor, ids: Iterable[int], place: Place) -> Selection:
    """Pick rows by their ids, which the caller has found in the actor's scope."""
    ordered = sorted(set(ids))
    _fits(ordered)
    made = Selection.objects.create(
        owner_id=_owner(actor),
        ids=ordered,
        queue=place.queue,
        query=place.query,
        upper_id=ordered[-1] if ordered else 0,
    )
    return find(made.token, actor)


def _changed(token: str, actor: Actor, *, more: set[int], fewer: set[int]) -> Selection:
    _owner(actor)
    with transaction.atomic():
        rows = Selection.objects.visible_to(actor).select_for_update(no_key=True)
        selection = rows.filter(token=token).first()
        if selection is None:
            raise NotFound
        selection.ids = sorted((set(selection.ids) - fewer) | more)
        _fits(selection.ids)
        selection.save(update_fields=["ids"])
    return find(token, actor)


def _owner(actor: Actor, action: str = "selection.make") -> int:
    answer = access.may(actor, action)
    if isinstance(answer, access.Refused) or actor.person_id is None:
        raise Forbidden("not_allowed")
    return actor.person_id


def _fits(ids: Sequence[int]) -> None:
    if len(ids) > MOST:
        raise Invalid(
            "all",
            _("A selection holds at most %(most)d tickets.") % {"most": MOST},
        )


def picked_of(selection: Selection, ids: Iterable[int]) -> set[int]:
    """Say which of a page's rows are selected, without fetching the selection."""
    with connection.cursor() as cursor:
        cursor.execute(_PICKED, [list(ids), selection.pk])
        return {row[0] for row in cursor.fetchall()}


_PICKED = """
SELECT page.id FROM unnest(%s::bigint[]) AS page(id)
WHERE page.id IN (SELECT unnest(ids) FROM triage_selection WHERE id = %s)
"""


def left(selection: Selection, actor: Actor) -> Left:
    """Say which selected rows no longer match the query they were picked by."""
    if selection.count > COUNTED:  # type: ignore[attr-defined]  # an annotation
        return Left()
    ids = Selection.objects.values_list("ids", flat=True).get(pk=selection.pk)
    try:
        place = Place(selection.queue, selection.query)
        here = matching(actor, place).filter(pk__in=ids).values("pk")
    except Invalid:
        return Left()
    seen = Ticket.objects.visible_to(actor).filter(pk__in=ids)
    gone = seen.exclude(pk__in=here)
    count, hidden = gone.count(), len(ids) - seen.count()
    rows = list(gone.order_by("-number")[:NAMED]) if count else []
    return Left(count + hidden, rows, hidden)
