"""What changed in a list since the browser wrote it, without moving a row?

The browser says which rows it shows and what it saw of each; the answer counts what is
new and what is different, says why a row left, and brings figures that changed inside a
row. Nothing is kept between two questions.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from triage import access, counts, presence
from triage.filters import TicketFilter
from triage.models import Queue, Ticket, TicketEvent, Tier
from triage.models.ticket import TicketQuerySet
from triage.presence import Presence
from triage.tickets.locking import UNDECIDED
from triage.web import frame, live, sentences, ticket_timeline
from triage.web.naming import list_url
from triage.web.paging import LISTED, PAGE, Rows
from triage.web.rows import Row, rows_of

NEW_MOST = 50  # more new rows than a page holds are "50+"
SHOWN_MOST = 2 * PAGE
CHANGED = "!"  # behind the sign of a row that is known to look different

Rank = tuple[str, int]  # a tier and a number: a place in the list's order


@dataclass(frozen=True, slots=True)
class Seen:
    """One row as the browser shows it: the last event it knows, a sign of its words."""

    number: int
    seq: int
    mark: str


@dataclass(frozen=True, slots=True)
class State:
    """What decides about a row at a glance."""

    number: int
    tier: str
    seq: int
    people: int


@dataclass(slots=True)
class Found:
    """How the list stands beside what the browser shows."""

    shown: dict[int, Seen]
    states: dict[int, State]  # of all rows between the first shown and the last
    left: set[int] = field(default_factory=set)
    present: dict[int, list[Presence]] = field(default_factory=dict)

    @property
    def new(self) -> int:
        """How many rows the list has here that the browser does not show."""
        return len(self.states.keys() - self.shown.keys())


def address(request: KnownRequest, queue: Queue | None, page: Rows) -> dict[str, Any]:
    """Build what a list says about itself, so that a browser can ask for its news."""
    query = _filters(request.GET)
    if page.rows and page.previous_url:
        query["from"] = _place(page.rows[0])
    if page.rows and page.next_url:
        query["until"] = _place(page.rows[-1])
    name, args = ("queue_changes", [queue.slug]) if queue else ("tickets_changes", [])
    url = f"{reverse(name, args=args)}?{query.urlencode()}"
    return {"live_url": url, "live_at": live.written_at(timezone.now())}


def _filters(said: QueryDict) -> QueryDict:
    query = QueryDict(mutable=True)
    for name in TicketFilter.base_filters:
        if said.get(name):
            query.setlist(name, said.getlist(name))
    if said.get("selection"):
        query["selection"] = said.get("selection", "")
    return query


def _place(row: Row) -> str:
    return f"{row.tier}.{row.number}"


@require_safe
@access.names("ticket.list")
def queue_changes(request: KnownRequest, slug: str) -> HttpResponse:
    """Say what changed in the list of one queue."""
    found = Queue.objects.visible_to(request.actor).named(slug)
    if found is None:
        raise Http404
    return _changes(request, counts.scope_of(request.actor, found), found)


@require_safe
@access.names("ticket.list")
def tickets_changes(request: KnownRequest) -> HttpResponse:
    """Say what changed in the list of all my tickets."""
    return _changes(request, counts.scope_of(request.actor), None)


def _changes(
    request: KnownRequest, scope: counts.Scope, queue: Queue | None
) -> HttpResponse:
    chosen = TicketFilter(request.GET, queryset=scope.tickets, request=request)
    if not chosen.is_valid():
        raise BadRequest(_("This filter does not exist."))
    now = timezone.now()
    found = _found(request, chosen.qs, now)
    state = [sorted(found.left), *found.states.values(), found.present]
    render = partial(_rendered, request, found, queue, now)
    return live.answer(request, state, render, now)


# --- how the list stands --------------------------------------------------------------


def _found(request: KnownRequest, rows: TicketQuerySet, now: datetime) -> Found:
    """Ask indexes for the rows of the list here, and for the state of each."""
    shown = shown_in(request.GET.get("shown", ""))
    first, last = _rank(request, "from"), _rank(request, "until")
    limit = PAGE + NEW_MOST + 1
    numbers = rows.page(limit, first[0], first[1] + 1) if first else rows.page(limit)
    elsewhere = shown.keys() - set(numbers)
    still = set(rows.filter(number__in=elsewhere).values_list("number", flat=True))
    left = elsewhere - still
    found = Ticket.objects.filter(number__in={*numbers, *still}).order_by()
    fields = found.values_list("number", "tier", "last_seq", "group__unserved")
    states = {line[0]: State(*line) for line in fields}
    here = [*(each for each in numbers if each in states), *still]
    kept = {
        each: states[each]
        for each in here
        if each in shown or _is_before(states[each], last)
    }
    present = presence.at(
        kept.keys() & shown.keys(), now.timestamp(), but=request.actor.person_id
    )
    return Found(shown, kept, left, present)


def shown_in(text: str) -> dict[int, Seen]:
    """Read ``number.seq.mark`` of each row, with commas between."""
    shown: dict[int, Seen] = {}
    for each in text.split(",")[:SHOWN_MOST] if text else ():
        number, _dot, rest = each.partition(".")
        seq, _dot, mark = rest.partition(".")
        known = live.number_in(number), live.number_in(seq)
        if known[0] is None or known[1] is None:
            raise BadRequest(_("These rows cannot be read."))
        shown[known[0]] = Seen(known[0], known[1], mark)
    return shown


def _rank(request: KnownRequest, name: str) -> Rank | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    tier, _dot, number = text.partition(".")
    known = live.number_in(number)
    if tier not in Tier.values or known is None:
        raise BadRequest(_("This place in the list does not exist."))
    return tier, known


def _is_before(state: State, last: Rank | None) -> bool:
    """Whether a row stands before the last one, or is it; without one, always."""
    if last is None:
        return True
    return (state.tier, -state.number) <= (last[0], -last[1])


# --- what the browser is told ---------------------------------------------------------


def _rendered(
    request: KnownRequest, found: Found, queue: Queue | None, now: datetime
) -> str:
    is_due = live.figures_due(request, now)
    lines = _lines(request, found, all_of_them=is_due)
    changed = _changed(found, lines)
    names = live.names_of(each for here in found.present.values() for each in here)
    context = {
        "news": news_of(found.new, len(changed) + len(found.left)),
        "news_url": list_url(queue, _filters(request.GET).urlencode()),
        "lines": lines,
        "left": reasons(request, found.left),
        "present": [
            {"number": number, "people": live.faces_of(here, names)}
            for number, here in found.present.items()
        ],
        "now": now,
        "at": live.figures_at(request, now),
        "nav": frame.nav_of(request) if is_due else (),
    }
    return render_to_string("triage/_list_changes.html", context)


def _lines(
    request: KnownRequest, found: Found, *, all_of_them: bool
) -> list[dict[str, Any]]:
    """Build the rows whose figures may have changed, or all that are still here."""
    wanted = [
        each.number
        for each in found.shown.values()
        if each.number in found.states
        and (all_of_them or found.states[each.number].seq != each.seq)
    ]
    if not wanted:
        return []
    lines = []
    for row in rows_of(LISTED.fetch(wanted), request.actor):
        number, seq, sign = row.seen.split(".")
        was = found.shown[row.number].mark.rstrip(CHANGED)
        changed = sign != was
        seen = f"{number}.{seq}.{was}{CHANGED if changed else ''}"
        lines.append({"row": row, "changed": changed, "seen": seen})
    return lines


def _changed(found: Found, lines: list[dict[str, Any]]) -> set[int]:
    """Which rows look different from what the browser shows; what left is not here."""
    known = {
        each.number for each in found.shown.values() if each.mark.endswith(CHANGED)
    }
    built = {each["row"].number for each in lines}
    different = {each["row"].number for each in lines if each["changed"]}
    return (known - built - found.left) | different


def news_of(new: int, changed: int) -> str:
    """Say how much is new and different; empty for nothing."""
    number = f"{NEW_MOST}+" if new > NEW_MOST else str(new)
    of_new = ngettext("%(number)s new", "%(number)s new", new) % {"number": number}
    of_changed = ngettext("%(number)s changed", "%(number)s changed", changed) % {
        "number": changed
    }
    if new and changed:
        said = {"new": of_new, "changed": of_changed}
        return _("%(new)s, %(changed)s") % said
    return of_new if new else of_changed if changed else ""


def reasons(request: KnownRequest, left: Collection[int]) -> list[dict[str, Any]]:
    """Say why rows left; of a ticket that is out of sight only that it is."""
    if not left:
        return []
    seen = Ticket.objects.visible_to(request.actor).filter(number__in=left)
    events = (
        TicketEvent.objects.filter(ticket__in=seen.order_by())
        .exclude(kind__in=UNDECIDED)
        .select_related("ticket")
        .order_by("ticket_id", "-seq")
        .distinct("ticket_id")
    )
    last = {event.ticket.number: event for event in events}
    names = ticket_timeline.names_of(list(last.values()))
    visible = set(seen.values_list("number", flat=True))
    return [
        {
            "number": number,
            "reason": sentences.of_decision(last.get(number), names)
            if number in visible
            else _("It left your queues."),
        }
        for number in sorted(left)
    ]
