"""Which work is stored?"""

from triage.models.attachment import Attachment, MediaType
from triage.models.calendar import BusinessCalendar, BusinessHours, Holiday, Weekday
from triage.models.change_rehearsal import (
    ChangeKind,
    ChangeRehearsal,
    ChangeRehearsalState,
)
from triage.models.diagnosis import Diagnosis, Finding, PlanAction
from triage.models.export import (
    EXPORTING,
    Export,
    ExportFormat,
    ExportPart,
    ExportState,
)
from triage.models.group import (
    FailureGroup,
    GroupAlias,
    GroupRecipient,
    GroupState,
)
from triage.models.handover import Handover, HandoverLine
from triage.models.heartbeat import Heartbeat
from triage.models.log_bundle import LOG_BYTES, LogBundle, LogKind
from triage.models.macro import Assignment, CannedText, Macro
from triage.models.notice import (
    Carrier,
    LinkBudget,
    Notice,
    NoticeKind,
    NoticeState,
    Reply,
    Skipped,
    StatusLink,
)
from triage.models.profile import (
    AgentProfile,
    Decline,
    DeclineReason,
    Density,
    Spoken,
    Theme,
    zone_named,
)
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
from triage.models.reveal import Reveal, RevealAlarm, RevealField
from triage.models.rule import (
    DiagnosisRule,
    RuleAct,
    RuleEvent,
    RuleKind,
    RuleMode,
    ShadowVerdict,
)
from triage.models.saved_view import SavedView
from triage.models.selection import (
    BulkAction,
    BulkState,
    Reason,
    SelectedModel,
    Selection,
    Verb,
)
from triage.models.showing import AfterTip, TipShowing
from triage.models.sla import CLOCK_OPEN, SOON, ClockState, SlaClock
from triage.models.staff_notice import StaffNotice, StaffNoticeKind
from triage.models.ticket import Ticket
from triage.models.ticket_states import (
    HAS_RESOLUTION,
    LIVE,
    PAST,
    TRANSITIONS,
    UNSOLVED,
    TicketState,
    Tier,
    WaitingOn,
)
from triage.models.timeline import EventKind, Note, NoteKind, TicketEvent
from triage.models.watch import Watch
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
    "EXPORTING",
    "GENERAL",
    "HAS_RESOLUTION",
    "LIVE",
    "LOG_BYTES",
    "MOST_MINUTES",
    "PAST",
    "REPORT_LIVE",
    "SOON",
    "TRANSITIONS",
    "UNSOLVED",
    "AfterTip",
    "AgentProfile",
    "Assignment",
    "Attachment",
    "BulkAction",
    "BulkState",
    "BusinessCalendar",
    "BusinessHours",
    "CannedText",
    "Carrier",
    "ChangeKind",
    "ChangeRehearsal",
    "ChangeRehearsalState",
    "ClockKind",
    "ClockState",
    "Decline",
    "DeclineReason",
    "Density",
    "Diagnosis",
    "DiagnosisRule",
    "DisabledReason",
    "EndpointState",
    "Escalation",
    "EventKind",
    "Export",
    "ExportFormat",
    "ExportPart",
    "ExportState",
    "FailureGroup",
    "FailureReport",
    "Finding",
    "GroupAlias",
    "GroupRecipient",
    "GroupState",
    "Handover",
    "HandoverLine",
    "Heartbeat",
    "Holiday",
    "HookDeliveryState",
    "LinkBudget",
    "LogBundle",
    "LogKind",
    "Macro",
    "MediaType",
    "MemberRole",
    "Membership",
    "Note",
    "NoteKind",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "Origin",
    "PlanAction",
    "Promises",
    "Queue",
    "Reason",
    "RehearsalState",
    "Reply",
    "ReportState",
    "Resolution",
    "ResolutionState",
    "Reveal",
    "RevealAlarm",
    "RevealField",
    "RoutingRule",
    "RuleAct",
    "RuleEvent",
    "RuleKind",
    "RuleMode",
    "RuleRehearsal",
    "SavedView",
    "SelectedModel",
    "Selection",
    "ShadowVerdict",
    "Skipped",
    "SlaClock",
    "SlaPolicy",
    "Spoken",
    "StaffNotice",
    "StaffNoticeKind",
    "StatusLink",
    "Symptom",
    "Theme",
    "Ticket",
    "TicketEvent",
    "TicketState",
    "Tier",
    "TipShowing",
    "Verb",
    "WaitingOn",
    "Watch",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookKind",
    "Weekday",
    "zone_named",
]
