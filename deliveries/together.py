"""How are rows of several tables fetched in one statement?

A page that shows a dozen small things would ask the database a dozen times, and each
question costs more on the way than in the database. Here the rows of each become one
JSON value of one statement. Not for bodies, logs or thousands of rows.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.utils.dateparse import parse_duration

Row = TypeVar("Row", bound=Model)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


# What JSON has no type for, as the driver would have given it. A JSON column passes
# through as text, which its field reads.
_BACK: dict[str, Callable[[Any], Any]] = {
    "BinaryField": _bytes,
    "DateTimeField": datetime.fromisoformat,
    "DateField": date.fromisoformat,
    "DurationField": parse_duration,
    "JSONField": json.dumps,
    "TimeField": time.fromisoformat,
    "UUIDField": UUID,
}
_REFUSED = ("DecimalField",)  # what nobody has needed yet


_COLUMN = "(SELECT json_agg(q) FROM ({rows}) AS q ({names}))::text"


class _Told(SQLCompiler):
    """A compiler that was told what the database answered."""

    lines: list[tuple[Any, ...]]

    def execute_sql(self, *_args: Any, **_kwargs: Any) -> Any:
        """Give what was told, as one chunk."""
        return [self.lines]


class _Answered(Query):
    """A query whose answer is known."""

    told: _Told

    def get_compiler(self, *_args: Any, **_kwargs: Any) -> _Told:
        """Return the compiler that knows the answer."""
        return self.told


class _Part:
    """One queryset of the statement."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows = rows
        self.compiler = _Told(rows.query, connection, rows.db)
        self.sql, self.params = self.compiler.as_sql()
        columns = self.compiler.select[: self.compiler.col_count]
        self.back = [_back(expression) for expression, _sql, _alias in columns]

    @property
    def column(self) -> str:
        """Its rows as one JSON value; columns are named by place, never twice."""
        names = ", ".join(f"c{n}" for n in range(len(self.back)))
        return _COLUMN.format(rows=self.sql, names=names)

    def fill(self, text: str | None) -> None:
        """Make the rows what the queryset has fetched, with what it prefetches."""
        self.compiler.lines = [
            tuple(
                back(value) if back and value is not None else value
                for back, value in zip(self.back, line.values(), strict=False)
            )
            for line in json.loads(text or "[]")
        ]
        twin = self.rows.all()
        answered: Any = self.rows.query.chain(_Answered)
        answered.told = self.compiler
        twin.query = answered
        shaped: Any = self.rows._iterable_class(twin)  # rows, tuples, values
        _keep(self.rows, shaped)


def _back(expression: Any) -> Callable[[Any], Any] | None:
    """Return what makes a column's value of JSON again what the driver would give."""
    field = expression.output_field
    field = getattr(field, "output_field", field)  # of a generated column
    kind = field.get_internal_type()
    if kind in _REFUSED:
        raise TypeError(kind)
    return _BACK.get(kind)


def _keep(rows: QuerySet[Any], found: Iterable[Any]) -> None:
    rows._result_cache = list(found)
    rows._fetch_all()


def fetch(*querysets: QuerySet[Any]) -> None:
    """Fetch several querysets at once; each is then as if it had been iterated.

    What is known to be empty, or was fetched before, is not asked. What a queryset
    prefetches costs its own statements. Raises :class:`TypeError` for a column of a
    kind that it cannot carry.
    """
    parts = []
    for rows in querysets:
        if rows._result_cache is not None:
            continue
        try:
            parts.append(_Part(rows))
        except EmptyResultSet:
            _keep(rows, ())
    if not parts:
        return
    statement = "SELECT " + ", ".join(part.column for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, [each for part in parts for each in part.params])
        answer = cursor.fetchone()
    for part, text in zip(parts, answer or (), strict=True):
        part.fill(text)


def first(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Narrow rows to the one that ``.first()`` would return."""
    return (rows if rows.ordered else rows.order_by("pk"))[:1]
