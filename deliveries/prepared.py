"""How does the database read a statement once that is said again and again?

It takes longer to plan some statements than to carry them out. Said in one form with
their values beside them they are kept, planned, by each session of a worker; where
``settings.PREPARED_STATEMENTS`` is off they are only said that way.

A plan that was made for a small table may be a bad one when the table has grown, and
statistics come late: plans are thrown away every few seconds.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper

PLANS_LAST_S = 10.0
_planned_since: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


def renew_plans() -> None:
    """Have this session plan its statements anew, where it did so long ago."""
    connection.ensure_connection()
    session: Any = connection.connection
    if session.prepare_threshold is None:
        return
    now = time.monotonic()
    if now - _planned_since.setdefault(session, now) > PLANS_LAST_S:
        _planned_since[session] = now
        with connection.cursor() as lent:
            lent.execute("DISCARD PLANS")


@contextmanager
def cursor() -> Iterator[CursorWrapper]:
    """Lend a cursor whose statements are kept; errors and logs are those of Django.

    Values have to have types that the statement tells: a list needs a cast.
    """
    own = connections[DEFAULT_DB_ALIAS]  # looked up once, not at each step
    own.ensure_connection()
    # The stubs know a cursor that psycopg has made only when it is wrapped.
    bound: Any = ServerBindingCursor
    with own.wrap_database_errors:
        inner = bound(own.connection)
    lent: CursorWrapper
    if own.queries_logged:
        lent = own.make_debug_cursor(inner)
    else:
        lent = own.make_cursor(inner)
    with lent:
        yield lent


class OfRows:
    """A statement that is given rows where its text says ``{rows}``.

    ``columns`` are their names and types. Of one row alone the values are said, not
    lists of them: the database then knows that it is one, keeps a plan for that, and
    never thinks of reading a table from end to end.
    """

    def __init__(self, template: str, columns: Mapping[str, str]) -> None:
        self._names = [*columns]
        kinds = columns.items()
        one = ", ".join(f"%({name})s::{kind} AS {name}" for name, kind in kinds)
        lists = ", ".join(f"%({name})s::{kind}[]" for name, kind in kinds)
        names = ", ".join(columns)
        many = f"* FROM unnest({lists}) AS given ({names})"
        self._one = template.format(rows=f"SELECT {one}")
        self._many = template.format(rows=f"SELECT {many}")

    def ask(
        self, rows: Sequence[Sequence[Any]], values: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """Return what it says of rows, with the named values of the rest of its text.

        Asks nothing for none.
        """
        if not rows:
            return []
        alone = len(rows) == 1
        given = rows[0] if alone else map(_listed, zip(*rows, strict=True))
        named = dict(zip(self._names, given, strict=True))
        with cursor() as lent:
            lent.execute(self._one if alone else self._many, {**named, **values})
            found: list[tuple[Any, ...]] = lent.fetchall()
        return found


def _listed(values: Sequence[object]) -> str:
    """Write a list as the database reads one; the driver takes three times as long."""
    return f"{{{','.join([_element(each) for each in values])}}}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if type(value) is int:
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
