"""Which bulk resends and which of their messages does a list show, page by page?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries import keyset, vault
from deliveries.models import (
    DeliveryAttempt,
    Exclusion,
    ItemState,
    ResendItem,
    ResendOperation,
)
from deliveries.request import KnownRequest
from triage.web import resend_pages

PAGE = 50
CHUNK = 1_000  # lines of the table fetched at a time


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
    rows = _fetched(operation)
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
        _with_answers(found.rows),
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


def _fetched(operation: ResendOperation) -> "QuerySet[ResendItem]":
    return operation.items.select_related("message__address", "cause")


def _with_answers(items: list[ResendItem]) -> list[dict[str, Any]]:
    """Put what the provider answered beside each message, in one query."""
    attempts = DeliveryAttempt.objects.filter(
        resend_item__in=[item.pk for item in items]
    ).select_related("route__provider")
    made = {attempt.resend_item_id: attempt for attempt in attempts}
    return [_row(item, made.get(item.pk)) for item in items]


def _row(item: ResendItem, attempt: DeliveryAttempt | None) -> dict[str, Any]:
    message = item.message
    return {
        "reference": message.external_id,
        "public_id": message.public_id,
        "recipient": message.address.masked if message.address else "",
        "channel": message.channel,
        "channel_label": message.get_channel_display(),
        "cause": item.cause.slug if item.cause else "",
        "cause_label": item.cause.name if item.cause else "",
        "state": item.state,
        "state_label": item.get_state_display(),
        "exclusion": item.exclusion,
        "exclusion_label": item.get_exclusion_display() if item.exclusion else "",
        "attempt": item.attempt_n,
        "provider": attempt.route.provider.name if attempt else "",
        "code": attempt.reply_code if attempt else "",
        "at": item.finished_at,
    }


COLUMNS = (
    "reference",
    "public_id",
    "recipient",
    "channel",
    "cause",
    "state",
    "exclusion",
    "attempt",
    "provider",
    "code",
    "at",
)


def table(operation: ResendOperation) -> Iterator[list[object]]:
    """Yield the head and every message of an operation, in chunks over the key."""
    yield list(COLUMNS)
    last = 0
    while items := list(_fetched(operation).filter(pk__gt=last).order_by("pk")[:CHUNK]):
        for row in _with_answers(items):
            row["at"] = row["at"].isoformat() if row["at"] else ""
            yield [row[name] for name in COLUMNS]
        last = items[-1].pk


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
