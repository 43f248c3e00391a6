"""Which pages are there, and what is asked of each? The whole site, as tests try it.

A URL of ours that is missing here fails ``tests/triage/test_access.py``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from deliveries.models import (
    DeliveryAttempt,
    Message,
    ResendEvent,
    ResendItem,
    ResendOperation,
    Route,
    RouteHealth,
)
from knowledgebase.models import Article, ArticleVersion
from tests.factories import make_address, make_message, make_route, make_source
from tests.resends import planned
from tests.work import UNAVAILABLE, category, make_article, make_ticket
from triage import access, webhooks
from triage.models import (
    AgentProfile,
    BusinessCalendar,
    BusinessHours,
    Decline,
    Diagnosis,
    DiagnosisRule,
    FailureReport,
    MemberRole,
    Membership,
    Note,
    RehearsalState,
    Resolution,
    RoutingRule,
    RuleEvent,
    RuleRehearsal,
    SlaClock,
    SlaPolicy,
    Ticket,
    TicketEvent,
    WebhookDelivery,
    WebhookEndpoint,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a surface is tried on; ``other`` works in the ticket's queue.

    ``rule`` was rehearsed and may be switched on; ``fresh`` waits for its rehearsal.
    """

    ticket: Ticket
    message: Message
    article: Article
    other: User
    resend: ResendOperation
    delivery: WebhookDelivery
    rule: DiagnosisRule
    fresh: DiagnosisRule

    def held_by(self, user: User | None) -> "Scene":
        """Give the open ticket to somebody."""
        Ticket.objects.filter(pk=self.ticket.pk).update(assignee=user, state="open")
        return self

    def unsettled(self) -> "Scene":
        """Let nobody know what became of the message."""
        Message.objects.filter(pk=self.message.pk).update(state="unknown")
        return self

    def solved(self) -> "Scene":
        """Solve the ticket, which puts it into the scope of editors."""
        category = self.ticket.group.category
        Resolution.objects.create(ticket=self.ticket, category=category)
        Ticket.objects.filter(pk=self.ticket.pk).update(state="solved")
        return self

    def with_other(self, other: User) -> "Scene":
        """The same scene with another colleague."""
        return replace(self, other=other)


@dataclass(frozen=True, slots=True)
class Surface:
    """One thing that can be asked of one page; the action is the one expected."""

    method: str
    name: str
    action: str
    data: Callable[[Scene], dict[str, Any]] = lambda scene: {}

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def of_a_ticket(self) -> bool:
        """Whether the page is about one ticket."""
        return "number" in ROUTES[self.name]

    def path(self, scene: Scene) -> str:
        """Where the page lies for this scene."""
        values = {
            "number": scene.ticket.number,
            "slug": self._slug(scene),
            "pk": route_of(scene).pk,
            "person": scene.other.pk,
            "rule": RoutingRule.objects.get().pk,
            "resend": scene.resend.number,
            "endpoint": scene.delivery.endpoint.public_id,
            "delivery": scene.delivery.public_id,
            "reference": scene.fresh.reference
            if self.name == "rule_rehearsal_end"
            else scene.rule.reference,
            "provider": "northpost",
        }
        route = ROUTES[self.name]
        wanted = {key: values[key] for key in values if f":{key}>" in route}
        query = f"?message={scene.message.public_id}"
        path = reverse(self.name, kwargs=wanted)
        about_one = self.name in ("ticket_retry", "ticket_settlement")
        return path + query if about_one else path

    def _slug(self, scene: Scene) -> str:
        if self.name == "sla_calendar":
            return BusinessCalendar.objects.get().slug
        of_queue = self.name in ("queue", "sla_queue")
        return scene.ticket.queue.slug if of_queue else scene.article.slug

    def ask(self, browser: Client, scene: Scene) -> HttpResponse:
        """Open the page, or post to it, as a browser would."""
        if self.method == "GET":
            return browser.get(self.path(scene))
        return browser.post(self.path(scene), self.data(scene))


def route_of(scene: Scene) -> Route:
    """The one route of a scene."""
    return Route.objects.get(channel=scene.message.channel)


def make_scene(other: User) -> Scene:
    """A ticket that nobody holds, about a message that may be sent again."""
    make_route()
    message = make_message(address=make_address())
    ticket = make_ticket(message, cause=UNAVAILABLE)
    sender = Membership.objects.filter(role=MemberRole.SENDER).first()
    source = sender.source if sender else make_source()
    endpoint, _ = webhooks.create(
        source, url="https://shop.example/hooks", events=["report.accepted"]
    )
    delivery = webhooks.try_out(endpoint)
    article = make_article().translation.article
    rule, fresh = (_rule(other, pattern) for pattern in ("box asleep", "box awake"))
    now = timezone.now()
    common = {"days": 7, "asked_by": other}
    RuleRehearsal.objects.create(
        rule=rule, state=RehearsalState.DONE, ended_at=now, **common
    )
    RuleRehearsal.objects.create(rule=fresh, **common)
    BusinessCalendar.objects.create(slug="office", name="Office")
    RoutingRule.objects.create(queue=ticket.queue, channel="push")
    resend = planned(other, [make_message()], queues=[ticket.queue_id], limit=1)
    return Scene(ticket, message, article, other, resend, delivery, rule, fresh)


def _rule(author: User, pattern: str) -> DiagnosisRule:
    rule = DiagnosisRule.objects.create(
        kind="phrase",
        pattern=pattern,
        category=category("recipient.inactive"),
        author=author,
        reason="Their support said so.",
    )
    rule.refresh_from_db()
    return rule


def _words(scene: Scene) -> dict[str, Any]:
    return {
        "locale": "en",
        "title": "When a server is busy",
        "body": "Wait.",
        "categories": [scene.ticket.group.category.pk],
    }


def _lesson(scene: Scene) -> dict[str, Any]:
    return {
        "kind": "phrase",
        "pattern": "box is asleep",
        "category": "recipient.moved",
        "reason": "Their support said so.",
    }


def _hours(scene: Scene) -> dict[str, Any]:
    return {"name": "Nights", "zone": "Asia/Shanghai", "day_0": "00:00–06:00"}


PAGES = (
    Surface("GET", "home", "queue.read"),
    Surface("GET", "search", "ticket.search"),
    Surface("GET", "queues", "queue.read"),
    Surface("GET", "queue", "ticket.list"),
    Surface("GET", "tickets", "ticket.list"),
    Surface("GET", "team", "team.read"),
    Surface("GET", "profile", "profile.own"),
    Surface("GET", "worker", "team.manage"),
    Surface("GET", "routing", "routing.manage"),
    Surface("GET", "routing_new", "routing.manage"),
    Surface("GET", "routing_rule", "routing.manage"),
    Surface("GET", "sla", "sla.manage"),
    Surface("GET", "sla_queue", "sla.manage"),
    Surface("GET", "sla_calendar", "sla.manage"),
    Surface("GET", "sla_calendar_new", "sla.manage"),
    Surface("GET", "routes", "route.read"),
    Surface("GET", "simulator", "simulator.read"),
    Surface("GET", "simulator_live", "simulator.read"),
    Surface("GET", "resends", "resend.read"),
    Surface("GET", "resend_new", "resend.plan"),
    Surface("GET", "resend", "resend.read"),
    Surface("GET", "resend_progress", "resend.read"),
    Surface("GET", "resend_items", "resend.read"),
    Surface("GET", "resend_csv", "resend.read"),
    Surface("GET", "webhooks", "webhook.browse"),
    Surface("GET", "webhook", "webhook.browse"),
    Surface("GET", "webhook_change", "webhook.browse"),
    Surface("GET", "webhook_deletion", "webhook.browse"),
    Surface("GET", "route_interruption", "breaker.set"),
    Surface("GET", "rules", "rule.read"),
    Surface("GET", "rule", "rule.read"),
    Surface("GET", "rule_new", "rule.teach"),
    Surface("GET", "rule_change", "rule.teach"),
    Surface("GET", "rule_rehearsal", "rule.read"),
    Surface("GET", "confusion", "analytics.read"),
    Surface("GET", "ticket", "ticket.read"),
    Surface("GET", "ticket_resolution", "ticket.solve"),
    Surface("GET", "ticket_articles", "ticket.solve"),
    Surface("GET", "knowledge", "article.read_internal"),
    Surface("GET", "article", "article.read_internal"),
    Surface("GET", "article_work", "ticket.list"),
    Surface("GET", "article_new", "article.draft"),
    Surface("GET", "article_edit", "article.draft"),
)
TAKE = Surface("POST", "ticket_assignment", "ticket.claim")
HAND_OVER = Surface(
    "POST",
    "ticket_handover",
    "ticket.hand_over",
    lambda scene: {"to": f"person:{scene.other.pk}"},
)
NOTE = Surface(
    "POST",
    "ticket_notes",
    "ticket.note",
    lambda scene: {"kind": "observation", "body": "It waits for the server."},
)
SETTLE = Surface(
    "POST",
    "ticket_settlement",
    "send.settle",
    lambda scene: {"outcome": "arrived", "reason": "Their console shows it."},
)
RETRY = Surface("POST", "ticket_retry", "resend.run")
SOLVE = Surface(
    "POST",
    "ticket_resolution",
    "ticket.solve",
    lambda scene: {"category": scene.ticket.group.category.slug},
)
REOPEN = Surface(
    "POST",
    "ticket_reopening",
    "ticket.reopen",
    lambda scene: {"reason": "It fails again."},
)
DIAGNOSE = Surface("POST", "ticket_diagnosis", "diagnosis.rerun")
DECISIONS = (TAKE, HAND_OVER, NOTE, RETRY, SETTLE, DIAGNOSE, SOLVE, REOPEN)
WRITING = (
    Surface("POST", "article_new", "article.draft", _words),
    Surface("POST", "article_edit", "article.draft", _words),
)
ROUTING = (
    Surface(
        "POST",
        "route_interruption",
        "breaker.set",
        lambda scene: {"reason": "The carrier is being replaced."},
    ),
    Surface("POST", "route_restoration", "breaker.set"),
)
SIMULATING = (
    Surface(
        "POST",
        "simulator_scenario",
        "simulator.set",
        lambda scene: {"scenario": "outage"},
    ),
    Surface("POST", "simulator_recovery", "simulator.set"),
)
RESENDING = (
    Surface(
        "POST",
        "resend_new",
        "resend.plan",
        lambda scene: {
            "ticket": scene.ticket.number,
            "canary_size": 1,
            "ramp": "1",
            "rate_per_s": 1,
        },
    ),
    Surface("POST", "resend_approval", "resend.approve"),
    Surface("POST", "resend_start", "resend.run"),
    Surface("POST", "resend_pause", "resend.pause"),
    Surface("POST", "resend_cancellation", "resend.cancel"),
)
HOOKS = (
    Surface(
        "POST",
        "webhooks",
        "webhook.browse",
        lambda scene: {
            "source": scene.delivery.endpoint.source_id,
            "url": "https://shop.example/more",
            "events": ["report.verified"],
        },
    ),
    Surface("POST", "webhook_test", "webhook.browse"),
    Surface("POST", "webhook_secret", "webhook.browse"),
    Surface(
        "POST",
        "webhook_state",
        "webhook.browse",
        lambda scene: {"state": "disabled"},
    ),
    Surface("POST", "webhook_redelivery", "webhook.browse"),
    Surface(
        "POST",
        "webhook_change",
        "webhook.browse",
        lambda scene: {
            "url": "https://shop.example/new",
            "events": ["report.verified"],
        },
    ),
    Surface("POST", "webhook_deletion", "webhook.browse"),
)
TEACHING = (
    Surface("POST", "rule_new", "rule.teach", _lesson),
    Surface("POST", "rule_change", "rule.teach", _lesson),
    Surface("POST", "rule_rehearsals", "rule.teach", lambda scene: {"days": 7}),
    Surface("POST", "rule_rehearsal_end", "rule.teach"),
    Surface("POST", "rule_mode", "diagnosis.rule", lambda scene: {"mode": "live"}),
    Surface("POST", "rule_retirement", "diagnosis.rule"),
)
OFFERING = (
    Surface("POST", "take_next", "ticket.claim"),
    Surface(
        "POST",
        "decline",
        "ticket.claim",
        lambda scene: {"ticket": scene.ticket.number, "reason": "time"},
    ),
    Surface("POST", "profile", "profile.own", lambda scene: {"away_until": ""}),
    Surface("POST", "worker", "team.manage", lambda scene: {"capacity": 3}),
)
STEERING = (
    Surface("POST", "routing_new", "routing.manage", lambda scene: {"queue": "1"}),
    Surface("POST", "routing_rule", "routing.manage", lambda scene: {"queue": "1"}),
    Surface("POST", "routing_change", "routing.manage", lambda scene: {"verb": "up"}),
)
PROMISING = (
    Surface("POST", "sla_queue", "sla.manage", lambda scene: {"S1_next_update": "1 h"}),
    Surface("POST", "sla_calendar", "sla.manage", _hours),
    Surface("POST", "sla_calendar_new", "sla.manage", _hours),
)
SURFACES = (
    *PAGES,
    *DECISIONS,
    *WRITING,
    *ROUTING,
    *SIMULATING,
    *RESENDING,
    *TEACHING,
    *HOOKS,
    *OFFERING,
    *STEERING,
    *PROMISING,
)


def patterns(
    resolver: URLResolver | None = None, spaces: tuple[str, ...] = ()
) -> Iterator[tuple[URLPattern, tuple[str, ...]]]:
    """Yield every URL of the site with the namespaces around it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from patterns(pattern, inner)
        else:
            yield pattern, spaces


def written_in(pattern: URLPattern, *packages: str) -> bool:
    """Whether the view behind a URL is written in one of the packages."""
    return str(getattr(pattern.callback, "__module__", "")).startswith(packages)


def action_of(pattern: URLPattern, spaces: tuple[str, ...], method: str) -> str | None:
    """The action that the gatekeeper finds for a request."""
    request = RequestFactory().generic(method, "/")
    match = SimpleNamespace(url_name=pattern.name, namespaces=list(spaces))
    request.resolver_match = match  # type: ignore[assignment]  # two names suffice
    return access.action_of(request, pattern.callback)


OURS = {
    str(pattern.name): pattern
    for pattern, _ in patterns()
    if written_in(pattern, "triage.web", "knowledgebase.web")
}
ROUTES = {name: str(pattern.pattern) for name, pattern in OURS.items()}

WATCHED: tuple[type[models.Model], ...] = (
    AgentProfile,
    Article,
    ArticleVersion,
    BusinessCalendar,
    BusinessHours,
    Decline,
    DeliveryAttempt,
    Diagnosis,
    DiagnosisRule,
    FailureReport,
    Message,
    Note,
    ResendEvent,
    ResendItem,
    ResendOperation,
    Resolution,
    RouteHealth,
    RoutingRule,
    RuleEvent,
    RuleRehearsal,
    SlaClock,
    SlaPolicy,
    Ticket,
    TicketEvent,
    WebhookDelivery,
    WebhookEndpoint,
)


def everything() -> list[list[tuple[Any, ...]]]:
    """All that a decision could change."""
    return [
        list(model._default_manager.order_by("pk").values_list()) for model in WATCHED
    ]
