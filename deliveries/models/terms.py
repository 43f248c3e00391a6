"""Which rows hold the terms that were asked for?"""

from typing import Any

from django.db.models import BooleanField, Func, Value
from django.db.models.sql.compiler import SQLCompiler


class Holds(Func):
    """Whether a row's stored terms answer a question of ``terms.query``.

    The terms stand in the column ``search`` of the table that is asked, which is made
    by a migration and in no model: rows are fetched without them.
    """

    output_field = BooleanField()

    def __init__(self, question: str) -> None:
        super().__init__(Value(question))

    def as_sql(self, compiler: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        """Name the column of the query's own table, by its alias there."""
        table = compiler.quote_name_unless_alias(compiler.query.get_initial_alias())
        asked, parameters = compiler.compile(self.source_expressions[0])
        return f'{table}."search" @@ ({asked})::tsquery', parameters
