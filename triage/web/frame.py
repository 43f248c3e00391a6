"""What does every staff page show around its own content?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor, ActorKind
from deliveries.models import OVER, ResendOperation
from deliveries.request import KnownRequest
from triage import counts, sheets
from triage.demo import simulator
from triage.web import keys

THEMES = ("light", "dark")
THEME_COOKIE = "theme"

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
    is_bundled: bool  # the sheets of all pages come as one
    as_of: datetime
    theme: str
    density: str


def initials_of(name: str) -> str:
    """Two characters that stand for a person; one for a Chinese name."""
    words = name.split()
    if len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    return name[:2].upper() if name.isascii() else name[:1]


def theme_of(request: HttpRequest) -> str:
    """The theme that the reader chose; empty for the system's."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def frame(request: KnownRequest) -> dict[str, object]:
    """Fill in ``frame`` for the templates."""
    actor = getattr(request, "actor", None)
    face: Face | None = None
    nav: tuple[NavItem, ...] = ()
    search_url = ""
    if actor is not None and actor.kind is ActorKind.PERSON:
        face = Face(actor.name, initials_of(actor.name), is_me=True)
        nav = tuple(_nav(request))
        search_url = reverse("search") if actor.may("ticket.search") else ""
    return {
        "frame": Frame(
            actor=face,
            nav=nav,
            search_url=search_url,
            keys=keys.KEYS,
            keys_on=keys.are_on(request),
            is_bundled=sheets.are_bundled(),
            as_of=timezone.now(),
            theme=theme_of(request),
            density="",
        )
    }


def _is_current(path: str, name: str) -> bool:
    """Tickets lie in queues; what the diagnosis was worth lies beside its rules."""
    if name == "home":
        return path == reverse(name)
    beside = {"queues": "tickets", "rules": "confusion"}
    names = [name, beside[name]] if name in beside else [name]
    return path.startswith(tuple(reverse(each) for each in names))


def _open_resends(actor: Actor) -> int:
    """Count the bulk resends that are not over."""
    rows = ResendOperation.objects.visible_to(actor).exclude(state__in=OVER)
    return int(rows.count())


def _of_the_demo() -> list[NavLine]:
    """The line that is there only while the demo runs."""
    if not simulator.is_on():
        return []
    return [("simulator.read", "simulator", "machine", _("Simulator"), None, "")]


def _nav(request: KnownRequest) -> list[NavItem]:
    actor = request.actor
    work = counts.of(counts.scope_of(actor))
    lines: list[NavLine] = [
        ("ticket.claim", "home", "day", _("My day"), None, "d"),
        ("queue.read", "queues", "queue", _("Queues"), work.unsolved, "q"),
        ("article.read_internal", "knowledge", "book", _("Knowledge"), None, "k"),
        ("resend.read", "resends", "resend", _("Resends"), _open_resends(actor), "r"),
        ("route.read", "routes", "link", _("Routes"), None, ""),
        ("rule.read", "rules", "insight", _("Diagnosis"), None, ""),
        ("webhook.browse", "webhooks", "link", _("Webhooks"), None, ""),
        ("team.read", "team", "team", _("Team"), None, "t"),
        *_of_the_demo(),
        ("system.read", "admin:index", "gear", _("Settings"), None, ""),
    ]
    return [
        NavItem(
            url=reverse(name),
            icon=icon,
            label=str(label),
            also=keys.in_other_language(label),
            count=count,
            current=_is_current(request.path, name),
            hot=name == "queues" and work.urgent > 0,
            key=key,
        )
        for action, name, icon, label, count, key in lines
        if actor.may(action)
    ]
