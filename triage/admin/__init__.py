"""How do work and its configuration look in the admin site?"""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from triage.admin.accounts import register
from triage.admin.history import LogEntryAdmin
from triage.admin.inbox import (
    AttachmentAdmin,
    CannedTextAdmin,
    MacroAdmin,
    StaffNoticeAdmin,
    WatchAdmin,
)
from triage.admin.incidents import GroupAliasAdmin
from triage.admin.notices import (
    CarrierAdmin,
    LinkBudgetAdmin,
    NoticeAdmin,
    ReplyAdmin,
    StatusLinkAdmin,
    TipShowingAdmin,
)
from triage.admin.promises import SlaClockAdmin, SlaPolicyAdmin
from triage.admin.selections import (
    BulkActionAdmin,
    ChangeRehearsalAdmin,
    ExportAdmin,
    ExportPartAdmin,
    HandoverAdmin,
    HandoverLineAdmin,
    SavedViewAdmin,
    SelectionAdmin,
)
from triage.admin.steering import MembershipAdmin, QueueAdmin, RoutingRuleAdmin
from triage.admin.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin
from triage.models import (
    Diagnosis,
    DiagnosisRule,
    FailureGroup,
    FailureReport,
    Finding,
    GroupRecipient,
    Heartbeat,
    LogBundle,
    Note,
    Resolution,
    Reveal,
    RuleEvent,
    RuleRehearsal,
    ShadowVerdict,
    Ticket,
    TicketEvent,
)

__all__ = [
    "AttachmentAdmin",
    "BulkActionAdmin",
    "CannedTextAdmin",
    "CarrierAdmin",
    "ChangeRehearsalAdmin",
    "ExportAdmin",
    "ExportPartAdmin",
    "GroupAliasAdmin",
    "HandoverAdmin",
    "HandoverLineAdmin",
    "LinkBudgetAdmin",
    "LogEntryAdmin",
    "MacroAdmin",
    "MembershipAdmin",
    "NoticeAdmin",
    "QueueAdmin",
    "ReplyAdmin",
    "RoutingRuleAdmin",
    "SavedViewAdmin",
    "SelectionAdmin",
    "SlaClockAdmin",
    "SlaPolicyAdmin",
    "StaffNoticeAdmin",
    "StatusLinkAdmin",
    "TipShowingAdmin",
    "WatchAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
]


@admin.register(FailureReport)
class FailureReportAdmin(FactAdmin):
    """Reports, the newest first."""

    list_display = (
        "public_id",
        "source",
        "channel",
        "state",
        "category",
        "received_at",
    )
    list_filter = ("channel", "state", "origin")
    search_fields = ("public_id", "client_report_id")
    list_select_related: ClassVar = ("source", "category")


@admin.register(LogBundle)
class LogBundleAdmin(FactAdmin):
    """Logs, redacted."""

    list_display = ("report", "kind", "size", "created_at")
    list_filter = ("kind",)
    search_fields = ("=report__public_id",)
    list_select_related: ClassVar = ("report",)


@admin.register(Diagnosis)
class DiagnosisAdmin(FactAdmin):
    """Runs of the diagnosis."""

    list_display = ("report", "ruleset_version", "took_ms", "at")
    list_filter = ("plan_action",)
    search_fields = ("=report__public_id",)
    list_select_related: ClassVar = ("report",)


@admin.register(Finding)
class FindingAdmin(FactAdmin):
    """Ranked causes."""

    list_display = ("diagnosis", "rank", "category", "confidence")
    search_fields = ("=diagnosis__report__public_id", "=category__slug")
    list_select_related: ClassVar = ("diagnosis", "category")


@admin.register(DiagnosisRule)
class DiagnosisRuleAdmin(FactAdmin):
    """Taught rules; written on their own pages."""

    list_display = ("reference", "number", "kind", "pattern", "category", "mode")
    list_filter = ("kind", "mode")
    list_select_related: ClassVar = ("category",)


@admin.register(RuleEvent)
class RuleEventAdmin(FactAdmin):
    """The audit of the rules."""

    list_display = ("rule", "act", "actor", "at")
    list_filter = ("act",)
    list_select_related: ClassVar = ("rule", "actor")


@admin.register(Reveal)
class RevealAdmin(FactAdmin):
    """Who has looked at a personal value, and why; never changed."""

    list_display = ("object_id", "field", "person", "alarm", "reason", "at")
    list_filter = ("alarm", "field")
    search_fields = ("object_id",)
    list_select_related: ClassVar = ("person",)


@admin.register(RuleRehearsal)
class RuleRehearsalAdmin(FactAdmin):
    """Rehearsals of rules, the newest first."""

    list_display = ("rule", "days", "state", "examined", "would", "asked_at")
    list_filter = ("state",)
    list_select_related: ClassVar = ("rule",)


@admin.register(ShadowVerdict)
class ShadowVerdictAdmin(FactAdmin):
    """What rules in the shadow would have said."""

    list_display = ("rule", "diagnosis", "said", "would")
    search_fields = ("=diagnosis__report__public_id",)
    list_select_related: ClassVar = ("rule", "diagnosis__report", "said", "would")


@admin.register(FailureGroup)
class FailureGroupAdmin(FactAdmin):
    """Incidents."""

    list_display = ("number", "category", "channel", "provider", "reports", "unserved")
    list_filter = ("channel", "state")
    list_select_related: ClassVar = ("category",)


@admin.register(GroupRecipient)
class GroupRecipientAdmin(FactAdmin):
    """People counted once in an incident, by pseudonym."""

    list_display = ("digest", "pseudonym", "served_at")
    search_fields = ("=digest", "=pseudonym")


@admin.register(Ticket)
class TicketAdmin(FactAdmin):
    """Tickets; worked on their own page."""

    list_display = ("number", "tier", "state", "queue", "assignee", "opened_at")
    list_filter = ("state", "tier_computed", "queue")
    search_fields = ("number",)
    list_select_related: ClassVar = ("queue", "assignee")


@admin.register(TicketEvent)
class TicketEventAdmin(FactAdmin):
    """The audit of tickets."""

    list_display = ("ticket", "seq", "kind", "actor_kind", "actor", "at")
    list_filter = ("kind", "actor_kind")
    list_select_related: ClassVar = ("ticket", "actor")


@admin.register(Note)
class NoteAdmin(FactAdmin):
    """Notes of staff."""

    list_display = ("ticket", "kind", "author", "at")
    list_filter = ("kind",)
    search_fields = ("=ticket__number",)
    list_select_related: ClassVar = ("ticket", "author")


@admin.register(Resolution)
class ResolutionAdmin(FactAdmin):
    """How tickets were resolved."""

    list_display = ("ticket", "category", "state", "resolved_by", "resolved_at")
    list_filter = ("state",)
    list_select_related: ClassVar = ("ticket", "category", "resolved_by")


@admin.register(Heartbeat)
class HeartbeatAdmin(FactAdmin):
    """Signs of life."""

    list_display = ("name", "at")
    search_fields = ("name",)


register(admin.site)
