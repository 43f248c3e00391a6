"""Which bulk resends and which of their messages does a list show, page by page?"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries import keyset, vault
from deliveries.models import (
    Exclusion,
    ItemState,
    ResendOperation,
)
from deliveries.request import KnownRequest
from triage import resend_report
from triage.web import resend_pages

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with the addresses of the neighbours."""

    rows: list[dict[str, Any]]
    next_url: str
    previous_url: str


def page_of_operations(
    request: KnownRequest, rows: "QuerySet[ResendOperation]"
) -> Page:
    """Return the page of bulk resends that the cursor in the query names."""
    cursor = _cursor(request, "resends")
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        beyond = "number__gt" if backwards else "number__lt"
        rows = rows.filter(**{beyond: cursor.values[0]})
    rows = rows.order_by("number" if backwards else "-number")
    found = keyset.page(
        list(rows.select_related("created_by").defer("selection")[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (row.number,),
    )
    names = resend_pages.names_of_causes()
    return Page(
        [resend_pages.head(row, names) for row in found.rows],
        _url(request, found.next, "resends"),
        _url(request, found.previous, "resends"),
    )


def of_items(request: KnownRequest, operation: ResendOperation) -> dict[str, Any]:
    """Build the context of ``resend_items.html``."""
    state, code = request.GET.get("state", ""), request.GET.get("exclusion", "")
    if state not in ("", *ItemState.values) or code not in ("", *Exclusion.values):
        raise BadRequest(_("This filter does not exist."))
    rows = resend_report.fetched(operation)
    if code:
        rows = rows.filter(state=ItemState.EXCLUDED, exclusion=code)
    elif state:
        rows = rows.filter(state=state)
    cursor = _cursor(request, "resend_items")
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        beyond = "pk__lt" if backwards else "pk__gt"
        rows = rows.filter(**{beyond: cursor.values[0]})
    found = keyset.page(
        list(rows.order_by("-pk" if backwards else "pk")[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (row.pk,),
    )
    page = Page(
        resend_report.rows_of(found.rows),
        _url(request, found.next, "resend_items"),
        _url(request, found.previous, "resend_items"),
    )
    only = Exclusion(code).label if code else ItemState(state).label if state else ""
    return {
        "resend": resend_pages.head(operation, resend_pages.names_of_causes()),
        "page": page,
        "only": only,
        "all_url": reverse("resend_items", args=[operation.number]),
        "csv_url": reverse("resend_csv", args=[operation.number]),
    }


def _cursor(request: KnownRequest, name: str) -> keyset.Cursor | None:
    text = request.GET.get("cursor", "")
    if not text:
        return None
    try:
        key = vault.derived_key("cursor")
        return keyset.decode(text, name=name, key=key, length=1)
    except keyset.CursorInvalid as error:
        raise Http404 from error


def _url(request: KnownRequest, cursor: keyset.Cursor | None, name: str) -> str:
    if cursor is None:
        return ""
    query: QueryDict = request.GET.copy()
    query["cursor"] = keyset.encode(cursor, name=name, key=vault.derived_key("cursor"))
    return f"{request.path}?{query.urlencode()}"
