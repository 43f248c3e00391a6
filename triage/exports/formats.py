"""How does a table look as CSV, as NDJSON, and as pages to be printed?

Each format has a head, text for any number of lines, and a tail, so that a long table
is written in pieces.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from deliveries import language
from triage import csv_lines
from triage.exports.columns import COLUMNS, Line
from triage.models import Export, ExportFormat

SHEET = "css/export.css"
ROWS, STYLE = "[[rows]]", "[[style]]"  # stand in the template; no value is one of them


class Format(Protocol):
    """Writes one table."""

    def head(self, export: Export) -> str:
        """What stands before the first line."""

    def lines(self, lines: Sequence[Line]) -> str:
        """Some lines in their order."""

    def tail(self) -> str:
        """What stands behind the last line."""


class Csv:
    """A table for spreadsheets; no cell of it is a formula."""

    def head(self, export: Export) -> str:
        """The names of the columns."""
        return "".join(csv_lines.lines([[str(each.label) for each in COLUMNS]]))

    def lines(self, lines: Sequence[Line]) -> str:
        """One row a ticket."""
        return "".join(csv_lines.lines(map(_words, lines), bom=False))

    def tail(self) -> str:
        """Nothing."""
        return ""


class Ndjson:
    """One JSON object a line; names and codes are the same in every language."""

    def head(self, export: Export) -> str:
        """Nothing: each line names its values."""
        return ""

    def lines(self, lines: Sequence[Line]) -> str:
        """One object a ticket."""
        objects = ({each.key: each.value(line) for each in COLUMNS} for line in lines)
        return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects)

    def tail(self) -> str:
        """Nothing."""
        return ""


@dataclass(slots=True)
class Html:
    """A document that prints well and loads nothing.

    Spreadsheets open such tables too, so its cells are as safe as those of a CSV.
    """

    _tail: str = field(default="", init=False)

    def head(self, export: Export) -> str:
        """Everything down to the first row."""
        context = {
            "export": export,
            "language": language.current(),
            "queue": export.selection.queue if export.selection else None,
            "by": export.requested_by.get_full_name()
            or export.requested_by.get_username(),
            "labels": [str(each.label) for each in COLUMNS],
            "style": STYLE,
            "rows": ROWS,
        }
        page = render_to_string("triage/export_file.html", context)
        head, self._tail = page.split(ROWS)
        before, after = head.split(STYLE)
        return f"{before}<style>{_sheet()}</style>{after}"

    def lines(self, lines: Sequence[Line]) -> str:
        """One row a ticket."""
        rows: Iterator[list[str]] = map(_words, lines)
        safe = [[csv_lines.safe(cell) for cell in row] for row in rows]
        return render_to_string("triage/_export_rows.html", {"rows": safe})

    def tail(self) -> str:
        """Everything behind the last row."""
        return self._tail


def _words(line: Line) -> list[str]:
    return [str(each.words(line)) for each in COLUMNS]


def _sheet() -> str:
    path = finders.find(SHEET)
    if path is None:
        raise FileNotFoundError(SHEET)
    return Path(path).read_text(encoding="utf-8")


FORMATS: Mapping[str, type[Csv | Ndjson | Html]] = {
    ExportFormat.CSV: Csv,
    ExportFormat.NDJSON: Ndjson,
    ExportFormat.HTML: Html,
}


def of(export: Export) -> Format:
    """The format that was asked for."""
    return FORMATS[export.format]()
