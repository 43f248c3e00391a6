"""What could a decision change? All of it, to be compared before and after."""

from typing import Any

from django.db import models

from deliveries.models import (
    DeliveryAttempt,
    Message,
    ResendEvent,
    ResendItem,
    ResendOperation,
    RouteHealth,
)
from knowledgebase.models import (
    Article,
    ArticleVersion,
)
from triage.models import (
    AgentProfile,
    BulkAction,
    BusinessCalendar,
    BusinessHours,
    Decline,
    Diagnosis,
    DiagnosisRule,
    FailureReport,
    Note,
    Resolution,
    RoutingRule,
    RuleEvent,
    RuleRehearsal,
    SavedView,
    Selection,
    SlaClock,
    SlaPolicy,
    Ticket,
    TicketEvent,
    WebhookDelivery,
    WebhookEndpoint,
)

WATCHED: tuple[type[models.Model], ...] = (
    AgentProfile,
    Article,
    ArticleVersion,
    BulkAction,
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
    SavedView,
    Selection,
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
