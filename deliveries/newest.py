"""Which are the newest rows that hold certain terms, be the terms common or rare?

No index gives rows that hold a term in the order of time. A common term is found at
once among the newest rows; a rare one has few rows in the whole index. So the newest
rows are read first, and only if they do not suffice all that the index knows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from django.db.models import F, Max, Model, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from psycopg.errors import QueryCanceled

from deliveries.models.terms import Holds

WINDOW = 4_000  # of the newest rows, read one by one
# A few rows are looked for, and few are looked at: by indexes, one after the other. The
# planner's estimate for unfinished words is a constant, and for terms that never meet
# wrong by orders; it would read whole tables, hash them or call for helpers.
FEW_ROWS = """
SELECT set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('statement_timeout', '800ms', true)
"""


class TookTooLong(Exception):
    """The rows were not found within 0.8 s."""


@dataclass(frozen=True, slots=True)
class Newest:
    """Keys, the newest first; ``whole`` is false if it took too long to find all."""

    ids: list[int]
    more: bool
    whole: bool = True


@contextmanager
def looking() -> Iterator[None]:
    """Look for rows inside of this only; the session is as before behind it.

    Raises :class:`TookTooLong`.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(FEW_ROWS)
            yield
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from error
        raise


def holding(
    rows: QuerySet[Model], question: str, *, limit: int, before: int | None = None
) -> Newest:
    """Find up to ``limit`` of the rows whose terms answer the question.

    ``rows`` are narrowed to what the reader may see and asked for; ``before`` is the
    key at which the page before ended. Call it inside of :func:`looking`.
    """
    held = rows.filter(Holds(question))
    if before is not None:
        held = held.filter(pk__lt=before)
    edge = _edge(rows.model, before)
    near = held.filter(pk__gt=edge).order_by("-pk").values_list("pk", flat=True)
    ids = list(near[: limit + 1])
    if len(ids) <= limit:
        # Neither the keys in order nor an early end may be thought of here: both make
        # reading everything else look cheap.
        older = held.annotate(key=F("pk") + 0).filter(key__lte=edge).order_by("-key")
        ids += older.values_list("pk", flat=True)[: limit + 1 - len(ids)]
    return Newest(ids[:limit], more=len(ids) > limit)


def _edge(model: type[Model], before: int | None) -> Subquery | int:
    """Return the key at which the newest rows end."""
    if before is not None:
        return before - WINDOW - 1
    newest = model._default_manager.order_by().annotate(one=Value(1)).values("one")
    return Subquery(
        newest.annotate(edge=Coalesce(Max("pk"), 0) - WINDOW).values("edge")
    )
