"""How does a page of tickets find its neighbours, and what do the facets count?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from deliveries import keyset, language, taxonomy, vault
from deliveries.compiled import ById
from deliveries.models import ChannelKind
from deliveries.request import KnownRequest
from triage.counts import Counts
from triage.filters import RISKS, TicketFilter
from triage.models import LIVE, PAST, Ticket, TicketState, Tier
from triage.models.ticket import TicketQuerySet
from triage.web.rows import Row, rows_of

PAGE = 50
LIST = "tickets"
# What rows of tickets show; said again for every page.
LISTED = ById(Ticket.objects.with_everything_for_list, by="number")


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows with the addresses of its neighbours."""

    rows: list[Row]
    next_url: str
    previous_url: str


def page_of(request: KnownRequest, tickets: TicketQuerySet) -> Rows:
    """Return the page of a list of tickets that the cursor in the query names.

    Which tickets it holds is asked of indexes alone, and then everything of these.
    """
    cursor = _cursor(request.GET.get("cursor", ""))
    if cursor is None:
        numbers = tickets.page(PAGE + 1)
    else:
        tier, number = cursor.values
        numbers = tickets.page(
            PAGE + 1, str(tier), int(number), backwards=cursor.backwards
        )
    by_number = {ticket.number: ticket for ticket in LISTED.fetch(numbers)}
    found = keyset.page(
        [by_number[number] for number in numbers if number in by_number],
        limit=PAGE,
        cursor=cursor,
        values=lambda ticket: (ticket.tier, ticket.number),
    )
    return Rows(
        rows_of(found.rows, request.actor),
        _url(request, found.next),
        _url(request, found.previous),
    )


def first_page(request: KnownRequest) -> str:
    """The address of the first page of the list that the request asks for."""
    query: QueryDict = request.GET.copy()
    query.pop("cursor", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _cursor(text: str) -> keyset.Cursor | None:
    if not text:
        return None
    key = vault.derived_key("cursor")
    try:
        return keyset.decode(text, name=LIST, key=key, length=2)
    except keyset.CursorInvalid as error:
        raise Http404 from error


def _url(request: KnownRequest, cursor: keyset.Cursor | None) -> str:
    if cursor is None:
        return ""
    query: QueryDict = request.GET.copy()
    query["cursor"] = keyset.encode(cursor, name=LIST, key=vault.derived_key("cursor"))
    return f"{request.path}?{query.urlencode()}"


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a facet offers; without a count where none is known."""

    value: str
    label: str
    count: int | None
    checked: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of filters beside a list."""

    legend: str
    name: str
    options: list[Option]


def facets_of(counted: Counts, chosen: TicketFilter) -> list[Facet]:
    """Offer each filter with its count of the live tickets of a scope.

    States of tickets that are over have none: they are not counted, not absent.
    """
    live = [(state.value, state.label) for state in LIVE]
    closed = [(s.value, s.label) for s in TicketState if s not in LIVE]
    made = (
        (_("Tier"), "tier", Tier.choices),
        (_("Promise"), "clock", RISKS),
        (_("State"), "state", [*live, *closed]),
        (_("Channel"), "channel", ChannelKind.choices),
        (_("Cause family"), "family", _family_names()),
    )
    return [
        Facet(legend, name, _options(name, choices, counted.by[name], chosen))
        for legend, name, choices in made
    ]


def _family_names() -> list[tuple[str, str]]:
    return [
        (family.slug, family.name_in(language.current()))
        for family in taxonomy.load().families
    ]


def _options(
    name: str,
    choices: Iterable[tuple[str, Any]],
    counts: Counter[str],
    chosen: TicketFilter,
) -> list[Option]:
    picked = set(chosen.form.cleaned_data.get(name) or ())
    return [
        Option(
            value,
            str(label),
            None if value in PAST else counts[value],
            checked=value in picked,
        )
        for value, label in choices
    ]
