"""What does every staff page show around its own content?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor, ActorKind
from deliveries.models import OVER, ResendOperation, ResendState
from deliveries.request import KnownRequest
from triage import bundles, counts, inbox
from triage.demo import simulator
from triage.web import keys, preferences

# action, name of its URL, icon, label, count, key
NavLine = tuple[str, str, str, Any, int | None, str]


@dataclass(frozen=True, slots=True)
class Face:
    """A person as a row or the rail shows them."""

    name: str
    initials: str
    is_me: bool = False


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the rail."""

    url: str
    icon: str
    label: str
    count: int | None = None
    current: bool = False
    hot: bool = False
    key: str = ""
    also: str = ""  # its name in the language that the page is not in


@dataclass(frozen=True, slots=True)
class Frame:
    """The rail, and how the reader wants to see the page."""

    actor: Face | None
    nav: tuple[NavItem, ...]
    search_url: str
    keys: tuple[keys.Key, ...]
    keys_on: bool
    is_bundled: bool  # sheets and scripts come in one piece each
    as_of: datetime
    theme: str
    density: str
    zone: str
    may_undo: bool = False
    doctor_url: str = ""
    profile_url: str = ""


def initials_of(name: str) -> str:
    """Two characters that stand for a person; one for a Chinese name."""
    words = name.split()
    if len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    return name[:2].upper() if name.isascii() else name[:1]


def frame(request: KnownRequest) -> dict[str, object]:
    """Fill in ``frame`` for the templates."""
    actor = getattr(request, "actor", None)
    mine = preferences.of(request)
    face: Face | None = None
    nav: tuple[NavItem, ...] = ()
    search_url = ""
    if actor is not None and actor.kind is ActorKind.PERSON:
        face = Face(actor.name, initials_of(actor.name), is_me=True)
        nav = tuple(nav_of(request))
        search_url = reverse("search") if actor.may("ticket.search") else ""
    return {
        "frame": Frame(
            actor=face,
            nav=nav,
            search_url=search_url,
            keys=keys.KEYS,
            keys_on=mine.keys_on,
            is_bundled=bundles.are_bundled(),
            as_of=timezone.now(),
            theme=preferences.theme_of(request),
            density=mine.density,
            zone=mine.zone and mine.zone_info.key,
            may_undo=face is not None and request.actor.may("ticket.undo"),
            doctor_url=reverse("doctor")
            if face is not None and request.actor.may("system.read")
            else "",
            profile_url=reverse("profile")
            if face is not None and request.actor.may("profile.own")
            else "",
        )
    }


# Some pages have no line of their own: they lie beside another.
BESIDE = {
    "queues": "tickets",
    "rules": "confusion",
    "messages": "suppressions",
    "training": "team_training",
}


def _current(path: str, names: Iterable[str]) -> str:
    """Name the line under which a page lies, that of the longest address; or none."""
    lines = {reverse(name): name for name in names}
    lines |= {reverse(BESIDE[name]): name for name in names if name in BESIDE}
    home = reverse("home")
    fits = [each for each in lines if path.startswith(each) and each != home]
    return lines[max(fits, key=len)] if fits else "home" if path == home else ""


def _resends(actor: Actor) -> "QuerySet[ResendOperation, tuple[int, int]]":
    """Ask how many bulk resends are not over, and how many of them wait for consent.

    One row. One's own are left out of the latter: somebody else decides them.
    """
    rows = ResendOperation.objects.visible_to(actor).exclude(state__in=OVER)
    waits = Q(state=ResendState.PLANNED, needs_second_person=True)
    of_others = ~Q(created_by=actor.person_id)
    counted = rows.order_by().annotate(every=Value(1)).values("every")
    figures: QuerySet[ResendOperation, tuple[int, int]] = counted.annotate(
        open=Count("pk"), waiting=Count("pk", filter=waits & of_others)
    ).values_list("open", "waiting")
    return figures


def _of_the_demo() -> list[NavLine]:
    """The line that is there only while the demo runs."""
    if not simulator.is_on():
        return []
    return [("simulator.read", "simulator", "machine", _("Simulator"), None, "")]


def nav_of(request: KnownRequest) -> list[NavItem]:
    """The lines of the rail that the actor may follow, with their counts."""
    actor = request.actor
    unread_rows, resend_rows = inbox.unread_rows(actor), _resends(actor)
    work = counts.of(counts.scope_of(actor), unread_rows, resend_rows)
    unread = sum(unread_rows) if actor.may("inbox.own") else 0
    under_way, waiting = next(iter(resend_rows), (0, 0))
    hot = {"queues": work.urgent > 0, "inbox": unread > 0}
    lines: list[NavLine] = [
        ("ticket.claim", "home", "day", _("My day"), None, "d"),
        ("inbox.own", "inbox", "bell", _("Inbox"), unread, "b"),
        ("queue.read", "queues", "queue", _("Queues"), work.unsolved, "q"),
        ("group.list", "incidents", "incident", _("Incidents"), None, "i"),
        ("message.list", "messages", "message", _("Messages"), None, "m"),
        ("resend.read", "resends", "resend", _("Resends"), under_way, "r"),
        ("approval.read", "approvals", "check", _("Approvals"), waiting, ""),
        ("article.read_internal", "knowledge", "book", _("Knowledge"), None, "k"),
        ("training.own", "training", "training", _("Training"), None, ""),
        ("route.read", "routes", "link", _("Routes"), None, ""),
        ("rule.read", "rules", "insight", _("Diagnosis"), None, ""),
        ("webhook.browse", "webhooks", "link", _("Webhooks"), None, ""),
        ("team.read", "team", "team", _("Team"), None, "t"),
        *_of_the_demo(),
        ("system.read", "admin:index", "gear", _("Settings"), None, ""),
    ]
    lines = [line for line in lines if actor.may(line[0])]
    current = _current(request.path, [line[1] for line in lines])
    return [
        NavItem(
            url=reverse(name),
            icon=icon,
            label=str(label),
            also=keys.in_other_language(label),
            count=count,
            current=name == current,
            hot=hot.get(name, False),
            key=key,
        )
        for _action, name, icon, label, count, key in lines
    ]
