"""Which incidents, reports and messages does a list show, page by page?"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries import keyset, vault
from deliveries.request import KnownRequest
from triage.models import LIVE, FailureGroup, Ticket
from triage.web import incident_words
from triage.web.rows import recent_of

PAGE = 50
SHOWN: dict[str, Q] = {
    "unserved": Q(unserved__gt=0),
    "muted": Q(muted_at__isnull=False),
    "all": Q(),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with the addresses of the neighbours."""

    rows: list[Any]
    next_url: str
    previous_url: str


def tabs(show: str) -> list[dict[str, Any]]:
    """Offer the views of the list."""
    labels = {"unserved": _("Unserved"), "muted": _("Muted"), "all": _("All")}
    return [
        {
            "label": label,
            "url": f"{reverse('incidents')}?show={name}",
            "current": name == show,
        }
        for name, label in labels.items()
    ]


def keyed(
    request: KnownRequest,
    rows: "QuerySet[Any]",
    *,
    name: str,
    by: str,
    make: Callable[[list[Any]], list[Any]],
) -> Page:
    """Return a page of rows, the greatest ``by`` first; ``make`` shapes what it has."""
    cursor = _cursor(request, name)
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        beyond = f"{by}__gt" if backwards else f"{by}__lt"
        rows = rows.filter(**{beyond: cursor.values[0]})
    fetched: list[Model] = list(
        rows.order_by(by if backwards else f"-{by}")[: PAGE + 1]
    )
    found = keyset.page(
        fetched, limit=PAGE, cursor=cursor, values=lambda row: (getattr(row, by),)
    )
    return Page(
        make(found.rows),
        _url(request, found.next, name),
        _url(request, found.previous, name),
    )


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


def page_of(request: KnownRequest, rows: "QuerySet[FailureGroup]") -> Page:
    """Return the page of incidents that the cursor in the query names."""

    def make(groups: list[FailureGroup]) -> list[dict[str, Any]]:
        tickets = tickets_of(groups, request)
        return [row_of(group, tickets[group.pk]) for group in groups]

    rows = rows.select_related("category", "source")
    return keyed(request, rows, name="incidents", by="number", make=make)


def tickets_of(
    groups: list[FailureGroup], request: KnownRequest
) -> dict[int, list[Ticket]]:
    """Fetch the live tickets of incidents that the reader may see."""
    found: dict[int, list[Ticket]] = defaultdict(list)
    rows = Ticket.objects.visible_to(request.actor).filter(
        group__in=[group.pk for group in groups], state__in=LIVE
    )
    for ticket in rows.order_by("tier", "number"):
        found[ticket.group_id].append(ticket)
    return found


def row_of(group: FailureGroup, tickets: list[Ticket]) -> dict[str, Any]:
    """What a list says of an incident."""
    return {
        "number": group.number,
        "url": reverse("incident", args=[group.number]),
        "state": group.state,
        "state_label": group.get_state_display(),
        "cause": group.category.name,
        "about": incident_words.fingerprint_of(group),
        "onset": group.first_seen,
        "last": group.last_seen,
        "unserved": group.unserved,
        "people": group.recipients,
        "reports": group.reports,
        "recent": recent_of(group),
        "muted": incident_words.mute_of(group),
        "tier": tickets[0].tier if tickets else "",
        "tickets": [
            {"number": each.number, "url": reverse("ticket", args=[each.number])}
            for each in tickets
        ],
    }
