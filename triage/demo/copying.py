"""How do very many rows get into the database in minutes?

By COPY, with the indexes and references of empty tables built once at the end.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from psycopg import sql

FLUSH = 20_000  # lines
NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
BUILD_MEMORY = "SET LOCAL maintenance_work_mem = '256MB'"
INDEXES = """
SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid)
FROM pg_index AS index
WHERE index.indrelid = ANY(%s::regclass[]) AND NOT index.indisunique
ORDER BY index.indexrelid
"""
REFERENCES = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) AND contype = 'f'
ORDER BY oid
"""


def escaped(text: str) -> str:
    """Write a text as a value of COPY."""
    return text.translate(ESCAPES)


class Lines:
    """The rows of one table, as lines that wait to be copied.

    Columns that are not given hold what their field's default says.
    """

    def __init__(self, model: type[models.Model], given: Sequence[str]) -> None:
        self.model = model
        rest = dict(_defaults(model, given))
        self.columns = [*given, *rest]
        self._rest = "".join(f"\t{value}" for value in rest.values()) + "\n"
        self._waiting: list[str] = []

    def add(self, *values: Any) -> None:
        """Add a row: the values in the order of the columns, escaped, None for NULL."""
        line = "\t".join([NULL if value is None else str(value) for value in values])
        self._waiting.append(line + self._rest)

    def copy(self) -> None:
        """Send what waits to the database."""
        if not self._waiting:
            return
        table = sql.Identifier(self.model._meta.db_table)
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for at in range(0, len(self._waiting), FLUSH):
                copy.write("".join(self._waiting[at : at + FLUSH]))
        self._waiting.clear()


def _defaults(
    model: type[models.Model], given: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for field in model._meta.local_concrete_fields:
        known = field.column in given or field.primary_key or field.null
        if known or field.generated or field.has_db_default():
            continue
        value = field.get_db_prep_save(field.get_default(), connection)
        yield str(field.column), escaped(_text(value))


def _text(value: Any) -> str:
    if value == []:
        return "{}"  # an array of PostgreSQL
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(getattr(value, "dumps", str)(value.obj) if _is_json(value) else value)


def _is_json(value: Any) -> bool:
    return hasattr(value, "obj") and getattr(value, "dumps", None) is not None


def tables_of(lines: Mapping[str, Lines]) -> list[str]:
    """Return the names of the tables that are filled."""
    return [each.model._meta.db_table for each in lines.values()]


@contextmanager
def without_triggers(tables: Sequence[str]) -> Iterator[None]:
    """Leave out our own triggers, which ask something for every row."""
    _alter(tables, "DISABLE TRIGGER USER")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the tables stay in use
    _alter(tables, "ENABLE TRIGGER USER")


def _alter(tables: Sequence[str], what: str) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                sql.SQL("ALTER TABLE {} " + what).format(sql.Identifier(table))
            )


@contextmanager
def built_at_the_end(tables: Sequence[str]) -> Iterator[None]:
    """Take plain indexes and references away, and make them again over all rows.

    Needs an open transaction: what fails leaves everything as it was.
    """
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [list(tables)])
        indexes = cursor.fetchall()
        cursor.execute(REFERENCES, [list(tables)])
        references = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table, name, _definition in references:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute(BUILD_MEMORY)
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in references:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def first_free(model: type[models.Model], field: str = "id") -> int:
    """Return the first number beyond those that are used."""
    newest: int | None = model._default_manager.aggregate(top=models.Max(field))["top"]
    return (newest or 0) + 1


def go_on_after(sequence: str, last: int) -> None:
    """Let a sequence go on after what was copied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(%s, %s)", [sequence, last])


def own_sequence(model: type[models.Model]) -> str:
    """Return the name of the sequence behind a table's keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table]
        )
        return str(cursor.fetchone()[0])


def look_over(tables: Sequence[str]) -> None:
    """Let the planner know the tables, and indexes answer without them.

    Must not run inside a transaction.
    """
    with connection.cursor() as cursor:
        for table in tables:
            statement = sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table))
            cursor.execute(statement)
