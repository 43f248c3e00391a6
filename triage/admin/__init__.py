"""How do work and its configuration look in the admin site?"""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest

from deliveries.admin import ConfigurationAdmin, FactAdmin
from deliveries.request import as_known
from triage.admin.accounts import register
from triage.admin.promises import SlaClockAdmin, SlaPolicyAdmin
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
    Membership,
    Note,
    Queue,
    Resolution,
    RoutingRule,
    RuleEvent,
    RuleRehearsal,
    ShadowVerdict,
    Ticket,
    TicketEvent,
)

__all__ = [
    "SlaClockAdmin",
    "SlaPolicyAdmin",
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
    list_select_related: ClassVar = ("report",)


@admin.register(Diagnosis)
class DiagnosisAdmin(FactAdmin):
    """Runs of the diagnosis."""

    list_display = ("report", "ruleset_version", "took_ms", "at")
    list_select_related: ClassVar = ("report",)


@admin.register(Finding)
class FindingAdmin(FactAdmin):
    """Ranked causes."""

    list_display = ("diagnosis", "rank", "category", "confidence")
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


@admin.register(Queue)
class QueueAdmin(ConfigurationAdmin):
    """Piles of work."""

    write_action = "queue.manage"
    list_display = ("name", "name_zh_hans", "slug")


@admin.register(Membership)
class MembershipAdmin(ConfigurationAdmin):
    """Who works where, as what. Nobody grants a role to themselves."""

    write_action = "account.manage"
    list_display = ("person", "queue", "source", "role")
    list_filter = ("role", "queue")
    list_select_related: ClassVar = ("person", "queue", "source")

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer everybody but oneself."""
        if db_field.name == "person":
            me = as_known(request).actor.person_id
            kwargs["queryset"] = User.objects.exclude(Q(pk=me))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Lock one's own."""
        return not self._is_own(request, obj) and super().has_change_permission(
            request, obj
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a membership end, unless it is one's own."""
        return not self._is_own(request, obj) and self._may(request, self.write_action)

    def _is_own(self, request: HttpRequest, obj: Membership | None) -> bool:
        return obj is not None and obj.person_id == as_known(request).actor.person_id


@admin.register(RoutingRule)
class RoutingRuleAdmin(ConfigurationAdmin):
    """Which tickets go where; the first match decides."""

    write_action = "queue.manage"
    list_display = ("position", "channel", "family", "provider", "queue", "enabled")
    list_select_related: ClassVar = ("queue",)


register(admin.site)
