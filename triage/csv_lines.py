"""How is a table written so that a spreadsheet opens it and runs nothing of it?"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

BOM = "\ufeff"  # without it some spreadsheets read UTF-8 as another charset
# A cell that begins so is a formula to a spreadsheet, in full width too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(value: object) -> str:
    """Write a cell as text that no spreadsheet calculates."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def lines(rows: Iterable[Iterable[object]], *, bom: bool = True) -> Iterator[str]:
    """Write rows one by one, so that a long table needs no memory.

    What goes on with a table that was begun has no ``bom``.
    """
    buffer = StringIO()
    writer = csv.writer(buffer)
    if bom:
        yield BOM
    for row in rows:
        writer.writerow([safe(each) for each in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
