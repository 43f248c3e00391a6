"""How are rows with their related ones fetched again and again by their ids?

Building such a statement takes longer than asking it, and making objects longer than
fetching their rows. Here the ORM builds the statement once in each process, and what
many rows refer to is made once: objects like those of the ORM, but shared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState
from django.db.models.query import get_related_populators

from deliveries import prepared

M = TypeVar("M", bound=models.Model)
_BUILT, _ONE, _ANY = " IN (%s)", " = %s::bigint", " = ANY (%s::bigint[])"


@dataclass(frozen=True)
class ById(Generic[M]):
    """Rows of a query set by their ids, in the order of these.

    ``rows`` makes the query set; it may lock and prefetch, but neither filter nor sort.
    What a row refers to may belong to others too: it is for reading. ``by`` is another
    unique number by which they are found.
    """

    rows: Callable[[], models.QuerySet[M]]
    by: str = "pk"

    def fetch(self, ids: Sequence[int]) -> list[M]:
        """Return those that there are; asks nothing for none."""
        if not ids:
            return []
        with prepared.cursor() as cursor:
            if len(ids) == 1:  # planned for one row, not for any number
                cursor.execute(self._built.of_one, [ids[0]])
            else:
                cursor.execute(self._built.of_any, [[*ids]])
            return self._built.all_made(cursor.fetchall())

    def fetch_returned(self, statement: str, values: list[Any]) -> list[M]:
        """Carry out a statement that returns whole rows; see ``DueQuerySet.claim``."""
        with prepared.cursor() as cursor:
            cursor.execute(self._built.of_returned(statement), values)
            made: list[M] = self._built.all_made(cursor.fetchall())
        return sorted(made, key=lambda each: each.pk)

    @cached_property
    def _built(self) -> "_Built":
        return _Built(self.rows(), self.by)


class _Built:
    """A statement, and how an object is made of a row that it returns."""

    def __init__(self, rows: models.QuerySet[Any], by: str) -> None:
        untyped: Any = rows  # the stubs do not know what is to be prefetched
        self._prefetched: tuple[Any, ...] = untyped._prefetch_related_lookups
        query = rows.filter(**{f"{by}__in": [0]}).order_by(by).query
        compiler: Any = query.get_compiler(DEFAULT_DB_ALIAS)
        built, values = compiler.as_sql()
        if built.count("%s") != 1 or built.count(_BUILT) != 1 or len(values) != 1:
            raise ValueError("Rows are found by their ids and by nothing else.")
        self.of_one: str = built.replace(_BUILT, _ONE)
        self.of_any: str = built.replace(_BUILT, _ANY)
        table = f'FROM "{query.get_meta().db_table}"'
        everything = built.partition(" WHERE ")[0]
        self._of_returned = everything.replace(
            table, table.replace(" ", " returned AS ")
        )
        select, info = compiler.select, compiler.klass_info
        own = info["select_fields"]
        self._model, self._own = info["model"], slice(own[0], own[-1] + 1)
        self._names = [each[0].target.attname for each in select[self._own]]
        populators: Any = get_related_populators  # the stubs are those of Django 6
        # Who brings something with it comes first, so that others share it with that.
        self._related = sorted(
            populators(info, select, DEFAULT_DB_ALIAS),
            key=lambda each: not each.related_populators,
        )
        self._convert = _Convert(compiler, [each[0] for each in select])

    def of_returned(self, statement: str) -> str:
        """Return a statement that takes rows from what another returns."""
        return f"WITH returned AS ({statement}) {self._of_returned}"

    def all_made(self, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Make the objects of rows, with what they prefetch."""
        known: Known = {}
        made = [self.made(row, known) for row in rows]
        models.prefetch_related_objects(made, *self._prefetched)
        return made

    def made(self, row: tuple[Any, ...], known: "Known") -> Any:
        """Make the object of a row, and those that it refers to and nobody made yet."""
        values = self._convert(row, self._own)
        made = _object(self._model, self._names, values)
        for related in self._related:
            self._refer(made, related, row, known)
        return made

    def _refer(
        self, made: Any, related: Any, row: tuple[Any, ...], known: "Known"
    ) -> None:
        """Let an object refer to another, as the ORM's own populator does."""
        own = slice(related.cols_start, related.cols_end)
        model, key = related.model_cls, row[own][related.pk_idx]
        brings = id(related) if related.related_populators else None
        other = None if key is None else known.get((model, key, brings))
        if other is None and key is not None:
            other = _object(model, related.init_list, self._convert(row, own))
            for further in related.related_populators:
                self._refer(other, further, row, known)
            known[model, key, brings] = known[model, key, None] = other
        related.local_setter(made, other)
        if other is not None:
            related.remote_setter(other, made)


# What was made for one fetch: by model, key, and what it brings with it, if anything.
Known: TypeAlias = dict[tuple[type[models.Model], Any, int | None], Any]


class _Convert:
    """Turns columns of a row into values of fields, where the driver has not."""

    def __init__(self, compiler: Any, columns: Sequence[Any]) -> None:
        found = compiler.get_converters(columns)
        self._found = [(place, *each) for place, each in sorted(found.items())]
        self._connection = compiler.connection

    def __call__(self, row: tuple[Any, ...], own: slice) -> tuple[Any, ...]:
        """Return the columns of one object."""
        values = [*row[own]]
        for place, converters, column in self._found:
            if own.start <= place < own.stop:
                for each in converters:
                    value = values[place - own.start]
                    values[place - own.start] = each(value, column, self._connection)
        return tuple(values)


def _object(
    model: type[models.Model], names: list[str], values: tuple[Any, ...]
) -> Any:
    """Make an object as ``from_db`` does, without its signals: nobody listens here."""
    made = model.__new__(model)
    made._state = ModelState()
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    made.__dict__.update(zip(names, values, strict=True))
    return made
