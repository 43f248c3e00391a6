"""Which pages are there, and what is asked of each? The whole site, as tests try it.

A URL of ours that is missing here fails ``tests/triage/test_access.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from deliveries.models import (
    Route,
    Suppression,
)
from knowledgebase.models import MissedSearch, WritingTask
from tests import asking, incident_posts, knowledge_posts, set_up_posts, staffing
from tests.addresses import ROUTES
from tests.scenes import Scene
from tests.work import UNAVAILABLE
from triage.models import (
    Attachment,
    BulkAction,
    BusinessCalendar,
    CannedText,
    Macro,
    Queue,
    Reply,
    RoutingRule,
    SavedView,
    Selection,
    StaffNotice,
)


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
            "pk": BulkAction.objects.get().pk
            if self.name.startswith("bulk")
            else Reply.objects.get().pk
            if self.name in ("ticket_reply", "incident_reply")
            else route_of(scene).pk,
            "token": Selection.objects.get().token,
            "verb": "assign",
            "seq": 1,
            "n": 1,
            "person": scene.other.pk,
            "rule": RoutingRule.objects.get().pk,
            "incident": scene.ticket.group.number,
            "resend": scene.resend.number,
            "message": scene.message.public_id,
            "order": Suppression.objects.get().pk,
            "endpoint": scene.delivery.endpoint.public_id,
            "delivery": scene.delivery.public_id,
            "reference": scene.fresh.reference
            if self.name == "rule_rehearsal_end"
            else scene.rule.reference,
            "provider": "northpost",
            "macro": Macro.objects.get().pk,
            "task": WritingTask.objects.get().pk,
            "file": Attachment.objects.get().pk,
            "search_id": MissedSearch.objects.get().pk,
            "notice": StaffNotice.objects.get().pk,
            "kept": CannedText.objects.get().pk
            if self.name.startswith("text")
            else Macro.objects.get().pk,
            **staffing.values(),
            **asking.values(),
        }
        route = ROUTES[self.name]
        wanted = {key: values[key] for key in values if f":{key}>" in route}
        query = f"?message={scene.message.public_id}"
        path = reverse(self.name, kwargs=wanted)
        if self.name in ("ticket_retry", "ticket_settlement"):
            return path + query
        return f"{path}?verb=up" if self.name == "routing_change" else path

    def _slug(self, scene: Scene) -> str:
        if self.name.startswith("view"):
            return SavedView.objects.get().slug
        if self.name == "category":
            return UNAVAILABLE
        if self.name == "sla_calendar":
            return BusinessCalendar.objects.get().slug
        named = ("queue", "queue_changes", "sla_queue", *staffing.OF_QUEUE)
        of_queue = self.name in named
        return scene.ticket.queue.slug if of_queue else scene.article.slug

    def ask(self, browser: Client, scene: Scene) -> HttpResponse:
        """Open the page, or post to it, as a browser would."""
        if self.method == "GET":
            return browser.get(self.path(scene))
        return browser.post(self.path(scene), self.data(scene))


def route_of(scene: Scene) -> Route:
    """The one route of a scene."""
    return Route.objects.get(channel=scene.message.channel)


def _words(scene: Scene) -> dict[str, Any]:
    return {
        "locale": "en",
        "title": "When a server is busy",
        "body": "Wait.",
        "categories": [scene.ticket.group.category.pk],
    }


def _step(step: str) -> dict[str, Any]:
    return {"step": step, "language": "en", "seen": 1}


def _lesson(scene: Scene) -> dict[str, Any]:
    return {
        "kind": "phrase",
        "pattern": "box is asleep",
        "category": "recipient.moved",
        "reason": "Their support said so.",
    }


def _kept(scene: Scene, name: str, version: int = 0) -> dict[str, Any]:
    """What a macro and a canned text are both kept with."""
    return {
        "queue": scene.ticket.queue_id,
        "name": name,
        "assign": "me",
        "text": "Asked again.",
        "version": version,
    }


def _why(scene: Scene) -> dict[str, Any]:
    return {"reason": "Their support asks for it."}


def _hours(scene: Scene) -> dict[str, Any]:
    return {"name": "Nights", "zone": "Asia/Shanghai", "day_0": "00:00–06:00"}


PAGES = (
    Surface("GET", "incidents", "group.list"),
    Surface("GET", "incident", "group.read"),
    *(
        Surface("GET", f"{each}_split", "group.split")
        for each in ("incident", "ticket")
    ),
    Surface("GET", "incident_merge", "group.merge"),
    Surface("GET", "ticket_merge", "ticket.merge"),
    Surface("GET", "home", "queue.read"),
    Surface("GET", "search", "ticket.search"),
    Surface("GET", "queues", "queue.read"),
    Surface("GET", "queue", "ticket.list"),
    Surface("GET", "tickets", "ticket.list"),
    Surface("GET", "queue_changes", "ticket.list"),
    Surface("GET", "tickets_changes", "ticket.list"),
    Surface("GET", "day_changes", "queue.read"),
    Surface("GET", "queues_changes", "queue.read"),
    Surface("GET", "resends_changes", "resend.read"),
    Surface("GET", "ticket_changes", "ticket.read"),
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
    Surface("GET", "messages", "message.list"),
    Surface("GET", "message", "message.list"),
    Surface("GET", "message_work", "message.list"),
    Surface("GET", "message_reveal", "person.reveal"),
    Surface("GET", "suppressions", "suppression.read"),
    Surface("GET", "suppression_lifting", "suppression.lift"),
    Surface("GET", "approvals", "approval.read"),
    Surface("GET", "resends", "resend.read"),
    Surface("GET", "resend_new", "resend.plan"),
    Surface("GET", "resend", "resend.read"),
    Surface("GET", "resend_progress", "resend.read"),
    Surface("GET", "resend_items", "resend.read"),
    Surface("GET", "resend_csv", "resend.read"),
    Surface("GET", "route_interruption", "breaker.set"),
    Surface("GET", "ticket", "ticket.read"),
    Surface("GET", "ticket_peek", "ticket.read"),
    Surface("GET", "ticket_resolution", "ticket.solve"),
    Surface("GET", "ticket_articles", "ticket.solve"),
    Surface("GET", "ticket_macro", "macro.run"),
    Surface("GET", "ticket_file", "file.download"),
    Surface("GET", "inbox", "inbox.own"),
    Surface("GET", "bulk", "selection.make"),
    Surface("GET", "bulk_action", "selection.make"),
    Surface("GET", "view_new", "view.save"),
    Surface("GET", "view_edit", "view.save"),
    *(Surface("GET", *each) for each in knowledge_posts.PAGES),
    *(Surface("GET", *each) for each in set_up_posts.PAGES),
    *(Surface(*each) for each in staffing.PAGES),
    *(Surface(*each) for each in asking.PAGES),
)
SAYING = Surface(
    "POST",
    "article_feedback",
    "article.feedback",
    lambda scene: {"kind": "wrong", "language": "en"},
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
SET_TIER = Surface(
    "POST",
    "ticket_tier",
    "ticket.set_tier",
    lambda scene: {"tier": "S1", "reason": "The bank's customers wait."},
)
MOVE = Surface(
    "POST",
    "ticket_queue",
    "ticket.queue",
    lambda scene: {"queue": Queue.objects.get(slug="next").pk},
)
WAIT = Surface(
    "POST", "ticket_waiting", "ticket.waiting", lambda scene: {"on": "provider"}
)
NAME_CAUSE = Surface(
    "POST",
    "ticket_category",
    "ticket.category",
    lambda scene: {"category": "recipient.moved"},
)
CHANGES = (SET_TIER, MOVE, WAIT, NAME_CAUSE)
PICKING = (
    *(Surface(*each) for each in staffing.ANSWERED),
    Surface(
        "POST",
        "selections",
        "selection.make",
        lambda scene: {"ticket": [scene.ticket.number]},
    ),
    Surface("POST", "bulk_narrowing", "selection.make"),
    Surface("POST", "bulk_left", "selection.make"),
    Surface("POST", "bulk_undo", "ticket.undo"),
    Surface("POST", "ticket_undo", "ticket.undo"),
    Surface("POST", "undo_latest", "ticket.undo"),
    Surface("POST", "bulk", "selection.make"),
)
VIEWING = (
    Surface("GET", "view", "ticket.list"),
    Surface("POST", "view_new", "view.save", lambda scene: {"name": "At risk"}),
    Surface("POST", "view_edit", "view.save", lambda scene: {"name": "Other"}),
    Surface("POST", "view_deletion", "view.save"),
)
PRESENT = Surface("POST", "ticket_presence", "ticket.read")
REPLY = Surface(
    "POST", "ticket_replies", "ticket.reply", lambda scene: {"text_en": "We are on it."}
)
ANSWERING = (
    Surface("POST", "ticket_reply_preview", "ticket.reply", REPLY.data),
    Surface("POST", "ticket_reply", "ticket.reply"),
)
RUN_MACRO = Surface("POST", "ticket_macro", "macro.run")
INBOX = (
    Surface("POST", "inbox_line", "inbox.own"),
    Surface("POST", "inbox_read", "inbox.own", lambda scene: {"newest": 10**9}),
    Surface("POST", "ticket_watch", "inbox.own"),
)
KEEPING = (
    Surface("POST", "macro_new", "macro.manage", lambda scene: _kept(scene, "New")),
    Surface("POST", "macro", "macro.manage", lambda scene: _kept(scene, "Other", 1)),
    Surface("POST", "macro_deletion", "macro.manage"),
    Surface("POST", "text_new", "macro.manage", lambda scene: _kept(scene, "New")),
    Surface("POST", "text", "macro.manage", lambda scene: _kept(scene, "Other", 1)),
    Surface("POST", "text_deletion", "macro.manage"),
)
DECISIONS = (
    RUN_MACRO,
    TAKE,
    HAND_OVER,
    NOTE,
    REPLY,
    RETRY,
    SETTLE,
    DIAGNOSE,
    SOLVE,
    REOPEN,
    *CHANGES,
)
WRITING = (
    Surface("POST", "article_new", "article.draft", _words),
    Surface("POST", "article_edit", "article.draft", _words),
    Surface("POST", "missed_search_dismissal", "article.draft"),
    Surface(
        "POST",
        "writing_task_dismissal",
        "article.draft",
        lambda scene: {"reason": "The provider's page says it all."},
    ),
    Surface("POST", "article_review", "article.draft", lambda scene: _step("send")),
    Surface(
        "POST", "article_decision", "article.publish", lambda scene: _step("archive")
    ),
)
ASKING = tuple(Surface(*each) for each in asking.POSTED)
OF_ASKERS = tuple(Surface(*each) for each in asking.OWN)
FOLLOWING = tuple(Surface(*each) for each in asking.FOLLOWING)
PREVIEW = Surface("POST", "article_preview", "article.draft", _words)
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
LOOKING = (
    Surface("POST", "message_reveal", "person.reveal", _why),
    Surface("POST", "suppression_lifting", "suppression.lift", _why),
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
    Surface("GET", "resend_refusal", "resend.approve"),
    Surface("POST", "resend_refusal", "resend.approve", _why),
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
    *(Surface(*each) for each in staffing.POSTED),
    Surface("POST", "take_next", "ticket.claim"),
    Surface(
        "POST",
        "decline",
        "ticket.claim",
        lambda scene: {"ticket": scene.ticket.number, "reason": "time"},
    ),
    Surface("POST", "profile", "profile.own", lambda scene: {"away_until": ""}),
    Surface("POST", "set_keys", "profile.own", lambda scene: {"keys": "on"}),
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
INCIDENTS = tuple(
    Surface("POST", name, action, lambda scene: incident_posts.CHOSEN)
    for name, action in incident_posts.ACTIONS.items()
)
SURFACES = (
    *PAGES,
    PRESENT,
    PREVIEW,
    SAYING,
    *INCIDENTS,
    *DECISIONS,
    *ANSWERING,
    *PICKING,
    *VIEWING,
    *INBOX,
    *KEEPING,
    *WRITING,
    *ASKING,
    *OF_ASKERS,
    *FOLLOWING,
    *ROUTING,
    *SIMULATING,
    *LOOKING,
    *RESENDING,
    *TEACHING,
    *HOOKS,
    *OFFERING,
    *STEERING,
    *PROMISING,
)
