"""How does the database read a statement once that is said again and again?

It takes longer to plan some statements than to carry them out. Said in one form with
their values beside them they are kept, planned, by each session of a worker; where
``settings.PREPARED_STATEMENTS`` is off they are only said that way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


@contextmanager
def cursor() -> Iterator[CursorWrapper]:
    """Lend a cursor whose statements are kept; errors and logs are those of Django.

    Values have to have types that the statement tells: a list needs a cast.
    """
    connection.ensure_connection()
    # The stubs know a cursor that psycopg has made only when it is wrapped.
    bound: Any = ServerBindingCursor
    with connection.wrap_database_errors:
        inner = bound(connection.connection)
    lent: CursorWrapper
    if connection.queries_logged:
        lent = connection.make_debug_cursor(inner)
    else:
        lent = connection.make_cursor(inner)
    with lent:
        yield lent
