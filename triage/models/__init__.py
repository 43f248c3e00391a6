"""Which work is stored?"""

from triage.models.calendar import BusinessCalendar, BusinessHours, Holiday, Weekday
from triage.models.diagnosis import Diagnosis, Finding, PlanAction
from triage.models.group import FailureGroup, GroupRecipient, GroupState
from triage.models.heartbeat import Heartbeat
from triage.models.log_bundle import LOG_BYTES, LogBundle, LogKind
from triage.models.profile import AgentProfile, Decline, DeclineReason
from triage.models.promise import MOST_MINUTES, ClockKind, Promises, SlaPolicy
from triage.models.queue import (
    GENERAL,
    Escalation,
    MemberRole,
    Membership,
    Queue,
    RoutingRule,
)
from triage.models.rehearsal import RehearsalState, RuleRehearsal
from triage.models.report import (
    ASIDE,
    FailureReport,
    Origin,
    ReportState,
    Symptom,
)
from triage.models.report import LIVE as REPORT_LIVE
from triage.models.resolution import Resolution, ResolutionState
from triage.models.rule import (
    DiagnosisRule,
    RuleAct,
    RuleEvent,
    RuleKind,
    RuleMode,
    ShadowVerdict,
)
from triage.models.sla import CLOCK_OPEN, SOON, ClockState, SlaClock
from triage.models.ticket import Ticket
from triage.models.ticket_states import (
    HAS_RESOLUTION,
    LIVE,
    TRANSITIONS,
    UNSOLVED,
    TicketState,
    Tier,
    WaitingOn,
)
from triage.models.timeline import EventKind, Note, NoteKind, TicketEvent
from triage.models.webhook import (
    DisabledReason,
    EndpointState,
    HookDeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookKind,
)

__all__ = [
    "ASIDE",
    "CLOCK_OPEN",
    "GENERAL",
    "HAS_RESOLUTION",
    "LIVE",
    "LOG_BYTES",
    "MOST_MINUTES",
    "REPORT_LIVE",
    "SOON",
    "TRANSITIONS",
    "UNSOLVED",
    "AgentProfile",
    "BusinessCalendar",
    "BusinessHours",
    "ClockKind",
    "ClockState",
    "Decline",
    "DeclineReason",
    "Diagnosis",
    "DiagnosisRule",
    "DisabledReason",
    "EndpointState",
    "Escalation",
    "EventKind",
    "FailureGroup",
    "FailureReport",
    "Finding",
    "GroupRecipient",
    "GroupState",
    "Heartbeat",
    "Holiday",
    "HookDeliveryState",
    "LogBundle",
    "LogKind",
    "MemberRole",
    "Membership",
    "Note",
    "NoteKind",
    "Origin",
    "PlanAction",
    "Promises",
    "Queue",
    "RehearsalState",
    "ReportState",
    "Resolution",
    "ResolutionState",
    "RoutingRule",
    "RuleAct",
    "RuleEvent",
    "RuleKind",
    "RuleMode",
    "RuleRehearsal",
    "ShadowVerdict",
    "SlaClock",
    "SlaPolicy",
    "Symptom",
    "Ticket",
    "TicketEvent",
    "TicketState",
    "Tier",
    "WaitingOn",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookKind",
    "Weekday",
]
