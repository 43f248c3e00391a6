"""Which are the newest rows that hold certain terms, be the terms common or rare?

No index gives rows that hold a term in the order of time. A common term stands in the
newest rows, which are read first. Behind them the index of the terms is asked for one
stretch of keys after the other, each only as far as it holds few such rows: it knows of
each row in which block of keys it lies, so that the rest of a common term is skipped.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Model, QuerySet
from psycopg import sql
from psycopg.errors import QueryCanceled

WINDOW = 1_000  # of the newest rows, read one by one
BLOCK = 12  # bits of a key that tell the rows of one block apart; see the indexes
WIDE = 5  # bits of a block's number that tell the blocks of a wide one apart
SPAN = 8  # blocks that are asked for at first, and by which too many are divided
LOOKS = 12  # times that the index is asked before the reader is asked to go on
FEW, FEW_EACH = 500, 40  # rows of a stretch at most; so many for each that is wanted
CHECKED = 64  # rows of which it is asked at first whether the reader may see them

# Which rows there are is asked of indexes, whatever the planner thinks of words that
# it knows little about: it would read whole tables, hash them or call for helpers.
FEW_ROWS = """
SELECT set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('statement_timeout', '800ms', true)
"""
IN_TIME = "SELECT set_config('statement_timeout', '800ms', true)"
# IS TRUE keeps the index of the terms out of it: these rows are read in their order.
NEAR = """
SELECT top.key, near.id
FROM (SELECT {top} AS key) AS top
LEFT JOIN LATERAL (
    SELECT id FROM {table}
    WHERE id > top.key - {window} AND id <= top.key
        AND (search @@ {question}::tsquery AND {within}) IS TRUE
    ORDER BY id DESC LIMIT {limit}
) AS near ON true
"""
PAST = """
SELECT {column} < {moment} FROM {table} WHERE id <= {last} ORDER BY id DESC LIMIT 1
"""
NEWEST = sql.SQL("(SELECT coalesce(max(id), 0) FROM {table})")
# Without an order only the index of the terms can serve it.
FAR = """
SELECT id FROM {table}
WHERE search @@ {question}::tsquery AND {within}
    AND ARRAY[id >> {block}, -1 - (id >> {wide})] && {blocks}::bigint[]
    AND id + 0 <= {last}
LIMIT {limit}
"""


class TookTooLong(Exception):
    """The rows were not found within 0.8 s."""


@dataclass(frozen=True, slots=True)
class Newest:
    """Keys, the newest first; ``whole`` is false if it took too long to find any.

    ``reached`` is the newest key that was not looked at; nothing if none is left that
    matters.
    """

    ids: list[int]
    more: bool
    whole: bool = True
    reached: int | None = None

    @property
    def last(self) -> int:
        """The key before which the next page begins."""
        if self.reached is not None:
            return self.reached + 1
        return self.ids[-1] if self.ids else 0

    def beside(self, others: "Newest", limit: int) -> "Newest":
        """Add rows that were found in another way, as far as this one has looked."""
        edge = -1 if self.reached is None else self.reached
        ids = {*self.ids, *(each for each in others.ids if each > edge)}
        more = self.more or others.more or len(ids) > limit
        shown = sorted(ids, reverse=True)[:limit]
        reached = None if len(ids) > limit else self.reached
        whole = self.whole and others.whole
        return Newest(shown, more=more, whole=whole, reached=reached)


@dataclass(frozen=True, slots=True)
class Within:
    """One of these numbers stands in a column that the index of the terms knows."""

    column: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Since:
    """A column with the moment at which a row was written, and the oldest wanted."""

    column: str
    moment: datetime


@contextmanager
def looking() -> Iterator[None]:
    """Look for rows inside of this only; the session is as before behind it.

    Raises :class:`TookTooLong`.
    """
    with _set_to(FEW_ROWS):
        yield


@contextmanager
def in_time() -> Iterator[None]:
    """Ask for at most 0.8 s each; what is written inside of this is taken back.

    Raises :class:`TookTooLong`.
    """
    with _set_to(IN_TIME):
        yield


@contextmanager
def _set_to(settings: str) -> Iterator[None]:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(settings)
            yield
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from error
        raise


def holding(
    rows: QuerySet[Any],
    question: str,
    *,
    limit: int,
    before: int | None = None,
    within: Within | None = None,
    since: Since | None = None,
) -> Newest:
    """Find up to ``limit`` of the rows whose terms answer the question.

    ``rows`` are narrowed to what the reader may see and asked for, ``within`` says of
    that what the index knows; ``before`` is the key at which the page before ended, and
    what was written before ``since`` is not looked for.
    Call it inside of :func:`looking`.
    """
    few = max(FEW, FEW_EACH * limit)
    asked = _Asked(rows.model, question, within, few)
    keys, last = asked.near(before)
    ids = _seen(rows, keys, limit + 1)
    # What none of the newest rows holds is rare: all the others are asked for at once.
    span = SPAN if keys else (last >> BLOCK) + 1
    for _look in range(LOOKS):
        if len(ids) > limit or last <= 0 or (since and asked.is_past(last, since)):
            last = 0
            break
        block = last >> BLOCK
        first = max(0, block - span + 1)
        span = block - first + 1
        keys = asked.far(first, last)
        if len(keys) > few and span > 1:
            span = max(1, span // SPAN)
            continue
        ids += _seen(rows, keys, limit + 1 - len(ids))
        last = (first << BLOCK) - 1
        span = max(1, few * span // (2 * len(keys) + 2))  # with half as many, likely
    more = len(ids) > limit
    left = last if last > 0 and not more else None
    return Newest(ids[:limit], more=more, reached=left)


def _seen(rows: QuerySet[Any], keys: Sequence[int], limit: int) -> list[int]:
    """Return up to ``limit`` of the keys whose rows may be seen, the newest first."""
    found: list[int] = []
    at, size = 0, CHECKED
    while at < len(keys) and len(found) < limit:
        some = rows.filter(pk__in=keys[at : at + size]).order_by("-pk")
        found += some.values_list("pk", flat=True)[: limit - len(found)]
        at, size = at + size, size * 4
    return found


class _Asked:
    """A question to one table."""

    def __init__(
        self, model: type[Model], question: str, within: Within | None, few: int
    ) -> None:
        self._few = few
        self._parts: dict[str, sql.Composable] = {
            "table": sql.Identifier(model._meta.db_table),
            "question": sql.Literal(question),
            "within": sql.SQL("ARRAY[{}] && {}::bigint[]").format(
                sql.Identifier(within.column), sql.Literal([*within.values])
            )
            if within
            else sql.SQL("true"),
            "window": sql.Literal(WINDOW),
            "block": sql.Literal(BLOCK),
            "wide": sql.Literal(BLOCK + WIDE),
        }

    def near(self, before: int | None) -> tuple[list[int], int]:
        """Read the newest rows; returns those found and the first key not looked at."""
        newest = NEWEST.format(**self._parts) if before is None else None
        top = newest or sql.Literal((before or 0) - 1)
        found = self._rows(NEAR, top=top, limit=sql.Literal(self._few))
        keys = sorted((key for _top, key in found if key), reverse=True)
        if len(keys) == self._few:
            return keys, keys[-1] - 1
        return keys, found[0][0] - WINDOW

    def far(self, first: int, last: int) -> list[int]:
        """Ask the index for the rows from a block on up to a key.

        Returns one more than few at most, unless it is a single block.
        """
        block = last >> BLOCK
        most = self._few + 1 if first < block else 1 << BLOCK
        found = self._rows(
            FAR,
            blocks=sql.Literal([*_blocks(first, block)]),
            last=sql.Literal(last),
            limit=sql.Literal(most),
        )
        return sorted((key for (key,) in found), reverse=True)

    def is_past(self, last: int, since: Since) -> bool:
        """Whether the rows up to a key were written too early."""
        column, moment = sql.Identifier(since.column), sql.Literal(since.moment)
        found = self._rows(PAST, column=column, moment=moment, last=sql.Literal(last))
        return bool(found and found[0][0])

    def _rows(self, statement: str, **parts: sql.Composable) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(**self._parts, **parts))
            found: list[Any] = cursor.fetchall()
            return found


def _blocks(first: int, last: int) -> Iterable[int]:
    """Name the blocks from one to another, many of them as wide ones."""
    at = last
    while at >= first:
        wide = at >> WIDE
        if at + 1 == wide + 1 << WIDE and wide << WIDE >= first:
            yield -1 - wide
            at = (wide << WIDE) - 1
        else:
            yield at
            at -= 1
