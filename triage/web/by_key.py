"""How is a list in the order of its keys cut into pages?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from deliveries import keyset, vault
from deliveries.request import KnownRequest

PAGE = 50
RowT = TypeVar("RowT", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Rows of one page, with the addresses of the neighbours if there are any."""

    rows: Sequence[RowT]
    next_url: str = ""
    previous_url: str = ""

    def lines(self, lines: Sequence[Any]) -> dict[str, Any]:
        """What templates get: a line for each row, and the neighbours."""
        urls = {"next_url": self.next_url, "previous_url": self.previous_url}
        return {"rows": lines, **urls}


def page_of(
    request: KnownRequest,
    rows: "QuerySet[RowT]",
    name: str,
    *,
    oldest_first: bool = False,
) -> Page[RowT]:
    """Return the page of the list ``name`` that the cursor in the query names."""
    cursor = cursor_of(request, name)
    backwards = cursor is not None and cursor.backwards
    upwards = oldest_first != backwards
    if cursor is not None:
        rows = rows.filter(**{"pk__gt" if upwards else "pk__lt": cursor.values[0]})
    found = keyset.page(
        list(rows.order_by("pk" if upwards else "-pk")[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (row.pk,),
    )
    return Page(
        found.rows,
        url_of(request, found.next, name),
        url_of(request, found.previous, name),
    )


def cursor_of(request: KnownRequest, name: str) -> keyset.Cursor | None:
    """Read the cursor of a list from the query; raises ``Http404`` for another's."""
    text = request.GET.get("cursor", "")
    if not text:
        return None
    try:
        key = vault.derived_key("cursor")
        return keyset.decode(text, name=name, key=key, length=1)
    except keyset.CursorInvalid as error:
        raise Http404 from error


def url_of(request: KnownRequest, cursor: keyset.Cursor | None, name: str) -> str:
    """Write the address of the page at a cursor; empty without one."""
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["cursor"] = keyset.encode(cursor, name=name, key=vault.derived_key("cursor"))
    return f"{request.path}?{query.urlencode()}"
