"""How are rows with their related ones fetched again and again by their ids?

Building such a statement takes longer than asking it. Here the ORM builds it once in
each process; what comes back are the same objects, made in the same way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.query import get_related_populators

from deliveries import prepared

M = TypeVar("M", bound=models.Model)
_BUILT, _ONE, _ANY = " IN (%s)", " = %s::bigint", " = ANY (%s::bigint[])"


@dataclass(frozen=True)
class ById(Generic[M]):
    """Rows of a query set by their ids, in the order of these.

    ``rows`` makes the query set; it may lock, but neither filter nor sort.
    """

    rows: Callable[[], models.QuerySet[M]]

    def fetch(self, ids: Sequence[int]) -> list[M]:
        """Return those that there are; asks nothing for none."""
        if not ids:
            return []
        with prepared.cursor() as cursor:
            if len(ids) == 1:  # planned for one row, not for any number
                cursor.execute(self._built.of_one, [ids[0]])
            else:
                cursor.execute(self._built.of_any, [[*ids]])
            return [self._built.made(row) for row in cursor.fetchall()]

    @cached_property
    def _built(self) -> "_Built":
        return _Built(self.rows())


class _Built:
    """A statement, and how an object is made of a row that it returns."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        query = rows.filter(pk__in=[0]).order_by("pk").query
        compiler: Any = query.get_compiler(DEFAULT_DB_ALIAS)
        built, values = compiler.as_sql()
        if built.count("%s") != 1 or built.count(_BUILT) != 1 or len(values) != 1:
            raise ValueError("Rows are found by their ids and by nothing else.")
        self.of_one: str = built.replace(_BUILT, _ONE)
        self.of_any: str = built.replace(_BUILT, _ANY)
        select, info = compiler.select, compiler.klass_info
        own = info["select_fields"]
        self._model, self._own = info["model"], slice(own[0], own[-1] + 1)
        self._names = [each[0].target.attname for each in select[self._own]]
        populators: Any = get_related_populators  # the stubs are those of Django 6
        self._related = populators(info, select, DEFAULT_DB_ALIAS)
        self._compiler = compiler
        self._converters = compiler.get_converters([each[0] for each in select])

    def made(self, row: Iterable[Any]) -> Any:
        """Make the object of a row, and those that it refers to."""
        if self._converters:
            (row,) = self._compiler.apply_converters([row], self._converters)
        values = tuple(row)
        made = self._model.from_db(DEFAULT_DB_ALIAS, self._names, values[self._own])
        for related in self._related:
            related.populate(values, made)
        return made
