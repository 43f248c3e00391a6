"""Which part of a long list does a request ask for? Newest first, by keyset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request

from deliveries import keyset, vault
from deliveries.api.problems import Problem, of_parameter

DEFAULT_LIMIT = 50
MOST = 200
PARAMETERS = frozenset({"limit", "cursor"})
COUNTED = 10_000  # beyond that a count is no longer exact


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list with the addresses of its neighbours."""

    rows: Sequence[Any]
    next: str | None
    previous: str | None


def part(request: Request, rows: QuerySet[Any], name: str) -> Part:
    """Cut what the query asks for out of the list ``name``, newest first.

    Raises :class:`Problem` for a limit or a cursor that is none.
    """
    limit, cursor = _limit(request), _cursor(request, name)
    if cursor is None:
        beyond = rows.order_by("-pk")
    elif cursor.backwards:
        beyond = rows.filter(pk__gt=cursor.values[0]).order_by("pk")
    else:
        beyond = rows.filter(pk__lt=cursor.values[0]).order_by("-pk")
    page = keyset.page(
        list(beyond[: limit + 1]),
        limit=limit,
        cursor=cursor,
        values=lambda row: (row.pk,),
    )
    return Part(
        rows=page.rows,
        next=_link(request, page.next, name),
        previous=_link(request, page.previous, name),
    )


def count(rows: QuerySet[Any]) -> tuple[int, bool]:
    """Count the rows up to 10,000, and say whether that is exact."""
    counted = rows.order_by()[: COUNTED + 1].count()
    return min(counted, COUNTED), counted <= COUNTED


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST:
        return int(text)
    message = _("Use a number from 1 to %(most)d.") % {"most": MOST}
    raise Problem("invalid", errors=[of_parameter("limit", "invalid", message)])


def _cursor(request: Request, name: str) -> keyset.Cursor | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        return keyset.decode(text, name=name, key=vault.derived_key("cursor"), length=1)
    except keyset.CursorInvalid as error:
        message = _("Start again without a cursor.")
        fault = of_parameter("cursor", "cursor_invalid", message)
        raise Problem("cursor_invalid", message, [fault]) from error


def _link(request: Request, cursor: keyset.Cursor | None, name: str) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = keyset.encode(cursor, name=name, key=vault.derived_key("cursor"))
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
