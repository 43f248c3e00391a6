"""What does a list show of the selection that its address names?"""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries.request import KnownRequest
from triage import selection
from triage.models import Queue, Selection, Ticket, Verb
from triage.selection import Place
from triage.tickets import NotFound

TOKEN_MAX = 32


@dataclass(frozen=True, slots=True)
class Bar:
    """The selection beside a list; without a token nothing is selected yet."""

    token: str = ""
    count: int = 0
    left: list[str] = field(default_factory=list)
    left_more: int = 0
    lost: bool = False  # the address names one that is over, or not one's own
    acts: list[dict[str, str]] = field(default_factory=list)
    plan_url: str = ""
    exports_url: str = ""


def token_of(request: KnownRequest) -> str:
    """The token in the query string, as far as it can be one."""
    return request.GET.get("selection", "")[:TOKEN_MAX]


def bar_of(request: KnownRequest) -> tuple[Bar | None, Selection | None]:
    """Build the bar of a list; nothing for who may not select."""
    if not request.actor.may("selection.make"):
        return None, None
    token = token_of(request)
    if not token:
        return Bar(), None
    try:
        found = selection.find(token, request.actor)
    except NotFound:
        return Bar(lost=True), None
    return filled(found, request), found


def filled(found: Selection, request: KnownRequest) -> Bar:
    """Build the bar of a selection that was found."""
    gone = selection.left(found, request.actor)
    names = [_said(ticket) for ticket in gone.rows]
    return Bar(
        token=found.token,
        count=found.count,  # type: ignore[attr-defined]  # an annotation
        left=names,
        left_more=gone.count - len(names),
        acts=_acts(found, request),
        plan_url=f"{reverse('resend_new')}?selection={found.token}"
        if request.actor.may("resend.plan")
        else "",
        exports_url=reverse("exports") if request.actor.may("export.csv") else "",
    )


def _said(ticket: Ticket) -> str:
    return _("#%(number)d %(state)s") % {
        "number": ticket.number,
        "state": ticket.get_state_display(),
    }


ACTIONS = {
    Verb.ASSIGN: ("ticket.claim", "a"),
    Verb.QUEUE: ("ticket.queue", "q"),
    Verb.TIER: ("ticket.set_tier", "t"),
    Verb.CATEGORY: ("ticket.category", "c"),
    Verb.WAIT: ("ticket.waiting", "w"),
    Verb.MACRO: ("macro.run", "m"),
    Verb.MERGE: ("ticket.merge", "l"),
}


def _acts(found: Selection, request: KnownRequest) -> list[dict[str, str]]:
    return [
        {
            "label": str(verb.label),
            "url": reverse("bulk", args=[found.token, verb.value]),
            "key": key,
        }
        for verb, (action, key) in ACTIONS.items()
        if request.actor.may(action)
    ]


def place_of(request: KnownRequest, said: QueryDict) -> Place:
    """Read the list that a form was on: the slug of its queue and its query string.

    Raises :class:`NotFound` for a queue out of scope.
    """
    slug = said.get("queue", "")
    queue = Queue.objects.visible_to(request.actor).named(slug)
    if slug and queue is None:
        raise NotFound(slug)
    return Place.of(queue, QueryDict(said.get("query", "")))


def on_list(request: KnownRequest, rows: list[Any]) -> dict[str, Any]:
    """Build what the templates of a list need: the bar, and which rows are picked."""
    bar, found = bar_of(request)
    if bar is None:
        return {"bar": None, "picked": frozenset()}
    numbers = [row.number for row in rows]
    picked: set[int] = set()
    if found is not None and numbers:
        ids = dict(
            Ticket.objects.filter(number__in=numbers).values_list("pk", "number")
        )
        picked = {ids[pk] for pk in selection.picked_of(found, ids)}
    return {"bar": bar, "picked": picked, "selections_url": reverse("selections")}
