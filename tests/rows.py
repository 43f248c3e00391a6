"""How do tests make one row of any table, valid but for what they change?

``make(Message, state="failed")`` makes what the row refers to, too. Whoever needs
realistic facts takes ``factories``; this is for rules of single tables.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time
from itertools import count
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import models

from deliveries import taxonomy
from deliveries.models import (
    Address,
    ApiKey,
    CapUse,
    Consent,
    DelegatedSend,
    DeliveryAttempt,
    DeliveryEvent,
    FactChange,
    FailureCategory,
    FrequencyCap,
    HookCount,
    HookEndpoint,
    IdempotencyKey,
    Message,
    OutcomeRollup,
    ParkedReceipt,
    Provider,
    QuietHours,
    Recipient,
    RecipientKey,
    ResendEvent,
    ResendItem,
    ResendOperation,
    Route,
    RouteHealth,
    Source,
    Suppression,
)
from knowledgebase.models import ArticleVersion
from tests import knowledge_rows
from triage.models import (
    AgentProfile,
    Attachment,
    BulkAction,
    BusinessCalendar,
    BusinessHours,
    CannedText,
    Carrier,
    ChangeRehearsal,
    Decline,
    Diagnosis,
    DiagnosisRule,
    Export,
    ExportPart,
    FailureGroup,
    FailureReport,
    Finding,
    GroupAlias,
    GroupRecipient,
    Handover,
    HandoverLine,
    Heartbeat,
    Holiday,
    LinkBudget,
    LogBundle,
    Macro,
    Membership,
    Note,
    Notice,
    Queue,
    Reply,
    Resolution,
    Reveal,
    RoutingRule,
    RuleEvent,
    RuleRehearsal,
    SavedView,
    Selection,
    ShadowVerdict,
    SlaClock,
    SlaPolicy,
    StaffNotice,
    StatusLink,
    Ticket,
    TicketEvent,
    TipShowing,
    Watch,
    WebhookDelivery,
    WebhookEndpoint,
)

Row = TypeVar("Row", bound=models.Model)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = count(1)


def category(slug: str = taxonomy.UNKNOWN) -> FailureCategory:
    """One of the seeded causes."""
    return FailureCategory.objects.get(slug=slug)


def _new(word: str) -> str:
    return f"{word}-{next(_numbers)}"


def _in_letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def _of_message() -> dict[str, Any]:
    message = make(Message)
    return {"source": message.source, "message": message}


FACTS: dict[type[models.Model], Callable[[], dict[str, Any]]] = {
    FailureCategory: lambda: {
        "slug": f"content.made_{_in_letters(next(_numbers))}",
        "family": "content",
        "name_en": "Made up",
        "name_zh_hans": "虚构",
        "handling_level": 1,
        "retry_class": "never",
        "repair_policy": "human",
    },
    Source: lambda: {"slug": _new("source"), "name": "Shop"},
    ApiKey: lambda: {
        "source": make(Source),
        "name": "backend",
        "prefix": f"{next(_numbers):08}",
        "digest": _new("digest"),
        "scopes": ["report:write"],
    },
    IdempotencyKey: lambda: {
        "source": make(Source),
        "route": "reports",
        "key": _new("key"),
        "body_digest": "d",
        "response_status": 202,
        "response_body": {},
    },
    Provider: lambda: {
        "slug": _new("provider"),
        "name": "Provider",
        "channel": "webhook",
        "adapter": "webhook",
        "address": "https://provider.example/",
        "dedup": "key",
    },
    Route: lambda: {"channel": "webhook", "provider": make(Provider)},
    Recipient: lambda: {"source": make(Source), "external_ref": _new("person")},
    RecipientKey: lambda: {"recipient": make(Recipient), "wrapped_key": b"wrapped"},
    Address: lambda: {
        "recipient": make(Recipient),
        "channel": "webhook",
        "pseudonym": _new("pseudonym"),
        "sealed_value": b"sealed",
        "masked": "h•••@example.org",
    },
    Message: lambda: {
        "source": make(Source),
        "external_id": _new("m"),
        "channel": "webhook",
        "purpose": "transactional",
        "state": "failed",
        "needed_level": 3,
    },
    DeliveryAttempt: lambda: {
        **_of_message(),
        "n": 1,
        "route": make(Route),
        "cause": "auto",
        "idempotency_key": _new("key"),
    },
    DelegatedSend: lambda: {
        "source": make(Source),
        "attempt": make(DeliveryAttempt),
        "generation": 1,
        "requested_at": NOON,
        "ack_by": NOON,
    },
    DeliveryEvent: lambda: {
        **_of_message(),
        "dedup_hash": _new("hash"),
        "kind": "accepted",
        "level": 2,
        "occurred_at": NOON,
    },
    HookEndpoint: lambda: {
        "provider": make(Provider),
        "dialect": "standard",
        "scheme": "standard",
        "token_digest": _new("digest"),
        "sealed_secrets": b"sealed",
    },
    HookCount: lambda: {
        "endpoint": make(HookEndpoint),
        "day": NOON.date(),
        "fate": "refused",
    },
    ParkedReceipt: lambda: {
        "endpoint": make(HookEndpoint),
        "digest": _new("digest"),
        "why": "not JSON",
        "body": "?",
    },
    FactChange: lambda: {**_of_message(), "kind": "evidence"},
    Suppression: lambda: {
        "source": make(Source),
        "channel": "webhook",
        "pseudonym": _new("pseudonym"),
        "category": category(),
        "origin": "event",
    },
    Consent: lambda: {
        "address": make(Address),
        "purpose": "marketing",
        "state": "pending",
        "origin": "person",
    },
    FrequencyCap: lambda: {
        "source": make(Source),
        "channel": "sms",
        "purpose": "marketing",
        "window_s": 86_400,
        "max_sends": 2,
    },
    CapUse: lambda: {
        "cap": make(FrequencyCap),
        "pseudonym": _new("pseudonym"),
        "window_start": NOON,
    },
    QuietHours: lambda: {
        "source": make(Source),
        "channel": "sms",
        "purpose": "marketing",
        "starts": time(22),
        "ends": time(8),
    },
    ResendOperation: lambda: {
        "queue_ids": [1],
        "created_by": make(User),
        "ramp": [50],
        "resend_limit": 1,
    },
    ResendItem: lambda: {
        "operation": make(ResendOperation),
        "message": make(Message),
        "state": "planned",
    },
    ResendEvent: lambda: {"operation": make(ResendOperation), "state": "draft"},
    RouteHealth: lambda: {"route": make(Route), "window_start": NOON},
    OutcomeRollup: lambda: {
        "bucket": NOON,
        "grain": "minute",
        "source": make(Source),
        "channel": "sms",
        "provider": make(Provider),
        "purpose": "transactional",
        "sends": 3,
        "accepted": 1,
        "delivered": 1,
        "failed": 1,
        "unknown": 1,
    },
}

WORK: dict[type[models.Model], Callable[[], dict[str, Any]]] = {
    User: lambda: {"username": _new("person")},
    BusinessCalendar: lambda: {"slug": _new("calendar"), "name": "Office"},
    BusinessHours: lambda: {
        "calendar": make(BusinessCalendar),
        "weekday": 0,
        "opens_min": 9 * 60,
        "closes_min": 17 * 60,
    },
    Holiday: lambda: {"calendar": make(BusinessCalendar), "day": NOON.date()},
    Queue: lambda: {"slug": _new("queue"), "name": "Queue"},
    Membership: lambda: {
        "person": make(User),
        "queue": make(Queue),
        "role": "agent",
    },
    RoutingRule: lambda: {"queue": make(Queue)},
    AgentProfile: lambda: {"person": make(User)},
    Decline: lambda: {
        "ticket": make(Ticket),
        "person": make(User),
        "reason": "time",
    },
    SlaPolicy: lambda: {"queue": make(Queue), "tier": "S1"},
    SlaClock: lambda: {
        "ticket": make(Ticket),
        "queue": make(Queue),
        "tier": "S1",
        "kind": "first_response",
        "started_at": NOON,
        "target_at": NOON,
    },
    Heartbeat: lambda: {"name": _new("process"), "at": NOON},
    FailureGroup: lambda: {
        "digest": _new("digest"),
        "fingerprint": [],
        "category": category(),
        "channel": "webhook",
        "first_seen": NOON,
        "last_seen": NOON,
    },
    GroupAlias: lambda: {
        "digest": _new("digest"),
        "into": make(FailureGroup),
        "group": make(FailureGroup),
    },
    GroupRecipient: lambda: {"digest": _new("digest"), "pseudonym": "somebody"},
    Ticket: lambda: {"group": make(FailureGroup), "queue": make(Queue)},
    TicketEvent: lambda: {
        "ticket": make(Ticket),
        "seq": 1,
        "kind": "opened",
        "actor_kind": "machine",
    },
    Note: lambda: {
        "ticket": make(Ticket),
        "kind": "observation",
        "body": "It is the template.",
        "author": make(User),
    },
    Reply: lambda: {
        "ticket": make(Ticket),
        "texts": {"en": "We are on it."},
        "author": make(User),
        "undo_until": NOON,
    },
    Notice: lambda: {
        "report": make(FailureReport),
        "event": make(TicketEvent),
        "kind": "solved",
        "locale": "en",
        "dedup_key": _new("update"),
    },
    Carrier: lambda: {
        "notice": make(Notice),
        "message": make(Message),
        "at": NOON,
    },
    StatusLink: lambda: {"report": make(FailureReport), "digest": _new("digest")},
    LinkBudget: lambda: {"key": _new("link"), "hour": NOON, "used": 1},
    FailureReport: lambda: {
        "source": make(Source),
        "origin": "client",
        "channel": "webhook",
        "purpose": "transactional",
        "symptom": "failed_error",
        "occurred_at": NOON,
    },
    LogBundle: lambda: {
        "report": make(FailureReport),
        "kind": "http",
        "text": "HTTP/1.1 503",
        "size": 12,
        "sha256": "s",
    },
    Diagnosis: lambda: {
        "report": make(FailureReport),
        "ruleset_version": "1",
        "evidence_digest": "d",
        "took_ms": 0.5,
    },
    Finding: lambda: {
        "diagnosis": make(Diagnosis),
        "rank": 1,
        "category": category(),
        "confidence": 0.5,
    },
    DiagnosisRule: lambda: {
        "kind": "phrase",
        "pattern": _new("no such box"),
        "category": category(),
        "author": make(User),
        "reason": "Their support said so.",
    },
    Reveal: lambda: {
        "person": make(User),
        "object_id": _new("msg"),
        "field": "recipient",
        "reason": "The carrier asks for the number.",
    },
    RuleEvent: lambda: {
        "rule": make(DiagnosisRule),
        "act": "taught",
        "actor": make(User),
    },
    RuleRehearsal: lambda: {
        "rule": make(DiagnosisRule),
        "days": 7,
        "asked_by": make(User),
    },
    ShadowVerdict: lambda: {
        "rule": make(DiagnosisRule),
        "diagnosis": make(Diagnosis),
        "said": category(),
        "would": category("recipient.mailbox_full"),
    },
    Selection: lambda: {"owner": make(User), "ids": [1, 2]},
    BulkAction: lambda: {
        "selection": make(Selection),
        "action": "assign",
        "requested_by": make(User),
        "expected": 2,
    },
    Export: lambda: {"requested_by": make(User), "expected": 2},
    ExportPart: lambda: {"export": make(Export), "number": 1, "content": b""},
    ChangeRehearsal: lambda: {"kind": "routing", "asked_by": make(User)},
    Handover: lambda: {
        "given_by": make(User),
        "to_queue": make(Queue),
        "action": make(BulkAction),
    },
    HandoverLine: lambda: {"handover": make(Handover), "ticket": make(Ticket)},
    SavedView: lambda: {"slug": _new("view"), "name": "At risk", "owner": make(User)},
    TipShowing: lambda: {
        "version": make(ArticleVersion),
        "category": make(FailureCategory),
        "channel": "email",
        "source": make(Source),
        "person": _new("person"),
        "day": NOON.date(),
        "due_at": NOON,
    },
    StaffNotice: lambda: {
        "person": make(User),
        "kind": "mentioned",
        "ticket": make(Ticket),
        "dedup_key": _new("note"),
    },
    Macro: lambda: {"queue": make(Queue), "name": _new("macro"), "diagnose": True},
    CannedText: lambda: {
        "queue": make(Queue),
        "name": _new("text"),
        "text": "We asked the provider.",
    },
    Attachment: lambda: {
        "ticket": make(Ticket),
        "name": "answer.txt",
        "media_type": "text/plain",
        "size": 4,
        "sha256": _new("sha"),
        "content": b"busy",
        "added_by": make(User),
    },
    Watch: lambda: {"ticket": make(Ticket), "person": make(User)},
    Resolution: lambda: {"ticket": make(Ticket), "category": category()},
    WebhookEndpoint: lambda: {
        "source": make(Source),
        "url": "https://shop.example/hooks",
        "events": ["report.accepted"],
        "sealed_secret": b"sealed",
    },
    WebhookDelivery: lambda: {
        "endpoint": make(WebhookEndpoint),
        "event_id": _new("evt"),
        "kind": "report.accepted",
        "subject": "rep_1",
        "sequence": 1,
        "body": "{}",
    },
}


def make(model: type[Row], **changes: Any) -> Row:
    """Make one row, and whatever it has to refer to."""
    return model._default_manager.create(**{**VALID[model](), **changes})


KNOWLEDGE = knowledge_rows.valid(make, _new)
VALID = {**FACTS, **KNOWLEDGE, **WORK}


def twice(model: type[Row], **same: Any) -> Row:
    """Make two rows that have the named values in common; return the second."""
    make(model, **same)
    return make(model, **same)


def pointing_at_itself(model: type[Row], field: str, **changes: Any) -> None:
    """Make a row, then let it refer to itself."""
    row = make(model)
    model._default_manager.filter(pk=row.pk).update(**{**changes, field: row.pk})
